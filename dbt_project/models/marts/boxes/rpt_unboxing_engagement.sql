-- Scans and shares per delivered box, unknown where no box was delivered. What was left out is counted beside it.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

all_scopes as (
    select * from {{ ref('int_scopes__listed') }}
),

boxes as (
    select
        scope,
        count(*) as boxes_delivered_count,
        sum(scans_count)::bigint as scans_count,
        count(*) filter (where is_scanned) as boxes_scanned_count,
        {{ linear_quantile('first_scan_hours', 0.5, 'is_scanned') }} as first_scan_median_hours
    from {{ ref('fct_boxes') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

shares as (
    select
        scope,
        sum(shares_count)::bigint as shares_count
    from {{ ref('rpt_shares_by_platform') }}
    group by scope
),

left_out_scans as (
    select
        order_id,
        verdict
    from {{ ref('int_scans__counted') }}
    where verdict != 'counted'
),

left_out_by_scope as (
    select
        'shop' as scope,
        verdict
    from left_out_scans

    union all

    select
        orders.scope,
        left_out_scans.verdict
    from left_out_scans
    inner join {{ ref('int_orders__of_drops') }} as orders on left_out_scans.order_id = orders.order_id
),

left_out as (
    select
        scope,
        count(*) filter (where verdict = 'bot') as bot_scans_count,
        count(*) filter (where verdict = 'early') as early_scans_count,
        count(*) filter (where verdict = 'repeated') as repeated_scans_count,
        count(*) filter (where verdict = 'unknown_box') as unknown_box_scans_count
    from left_out_by_scope
    group by scope
),

-- Shares that name a drop without a plan, and no order: the shop has them, no drop does.
unknown_drops as (
    select
        'shop' as scope,
        sum(shares.shares_count)::bigint as unknown_drop_shares_count
    from {{ ref('int_shares__counted') }} as shares
    left join all_scopes on shares.named_drop_id = all_scopes.scope
    where
        shares.named_drop_id is not null
        and not shares.is_order_known
        and not shares.is_cancelled
        and all_scopes.scope is null
),

engagement as (
    select
        scopes.scope,
        coalesce(boxes.boxes_delivered_count, 0) as boxes_delivered_count,
        coalesce(boxes.scans_count, 0) as scans_count,
        coalesce(shares.shares_count, 0) as shares_count,
        coalesce(boxes.boxes_scanned_count, 0) as boxes_scanned_count,
        {{ rate('boxes.scans_count + coalesce(shares.shares_count, 0)', 'boxes.boxes_delivered_count') }}
            as engagement_per_box,
        {{ rate('boxes.scans_count', 'boxes.boxes_delivered_count') }} as scans_per_box,
        {{ rate('coalesce(shares.shares_count, 0)', 'boxes.boxes_delivered_count') }} as shares_per_box,
        {{ rate('boxes.boxes_scanned_count', 'boxes.boxes_delivered_count') }} as boxes_scanned_rate,
        boxes.first_scan_median_hours,
        coalesce(left_out.bot_scans_count, 0) as bot_scans_count,
        coalesce(left_out.early_scans_count, 0) as early_scans_count,
        coalesce(left_out.repeated_scans_count, 0) as repeated_scans_count,
        coalesce(left_out.unknown_box_scans_count, 0) as unknown_box_scans_count,
        coalesce(unknown_drops.unknown_drop_shares_count, 0) as unknown_drop_shares_count
    from scopes
    left join boxes on scopes.scope = boxes.scope
    left join shares on scopes.scope = shares.scope
    left join left_out on scopes.scope = left_out.scope
    left join unknown_drops on scopes.scope = unknown_drops.scope
)

select * from engagement
