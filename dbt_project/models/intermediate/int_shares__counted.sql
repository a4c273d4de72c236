-- A share is one event that a person made, or what a post's counter has gained since its last reading, never below 0
-- (counters are reset now and then). The first reading counts whole: a post starts at nothing. A share belongs to the
-- order of its box, else to the order it names, else to the drop it names. Shares of cancelled orders are kept apart.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('counter_key', 'int_changes__counters') }}"
) }}

with

events as (
    select * from {{ ref('stg_scans__events') }}
    where kind in ('share', 'share_count') and {{ has_changed('counter_key', 'int_changes__counters') }}
),

boxes as (
    select
        box_id,
        {{ first_by('order_id', 'parcel_id') }} as order_id
    from {{ ref('int_parcels__assembled') }}
    where box_id is not null
    group by box_id
),

orders as (
    select * from {{ ref('int_orders__assembled') }}
),

counters as (
    select
        scan_id,
        counted_shares_count,
        lag(counted_shares_count) over (
            partition by counter_key, platform
            order by scanned_at, counted_shares_count, scan_id
        ) as previous_shares_count
    from events
    where kind = 'share_count' and counted_shares_count is not null
),

counted as (
    select
        events.scan_id,
        events.counter_key,
        events.box_id,
        coalesce(boxes.order_id, events.order_id) as order_id,
        events.named_drop_id,
        events.platform,
        events.scanned_at as shared_at,
        case
            when events.kind = 'share' then 1
            else greatest(
                coalesce(counters.counted_shares_count, 0) - coalesce(counters.previous_shares_count, 0),
                0
            )
        end::bigint as shares_count
    from events
    left join boxes on events.box_id = boxes.box_id
    left join counters on events.scan_id = counters.scan_id
    where not events.is_bot
),

kept as (
    select
        counted.scan_id,
        counted.counter_key,
        counted.box_id,
        counted.order_id,
        counted.named_drop_id,
        counted.platform,
        counted.shared_at,
        counted.shares_count,
        coalesce(orders.is_cancelled, false) as is_cancelled
    from counted
    left join orders on counted.order_id = orders.order_id
)

select * from kept
