-- A share is one event that a person made, or what a post's counter has gained since its last reading, never below 0
-- (counters are reset now and then). The first reading counts whole: a post starts at nothing. Counters are read by
-- machines, so only single shares ask who made them. A reading that names no platform is of the one its post's others
-- name. A share belongs to the order of its box, else to the order it names, else to the drop it names; two parcels
-- that name one box are told apart as for scans. Shares of cancelled orders are kept apart.
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

orders as (
    select
        order_id,
        is_cancelled
    from {{ ref('int_orders__assembled') }}
    where
        order_id in (select events.order_id from events)
        or order_id in (
            select parcels.order_id
            from {{ ref('int_parcels__assembled') }} as parcels
            where parcels.box_id in (select events.box_id from events)
        )
),

-- Boxes of cancelled parcels and orders come last, and are kept: their shares must not count for the drop they name.
ranked_boxes as (
    select
        parcels.box_id,
        parcels.order_id,
        row_number() over (
            partition by parcels.box_id
            order by
                parcels.is_cancelled or coalesce(orders.is_cancelled, false),
                parcels.delivered_at nulls last,
                parcels.parcel_id
        ) as box_rank
    from {{ ref('int_parcels__assembled') }} as parcels
    left join orders on parcels.order_id = orders.order_id
    where parcels.box_id in (select events.box_id from events)
),

boxes as (
    select
        box_id,
        order_id
    from ranked_boxes
    where box_rank = 1
),

readings as (
    select
        scan_id,
        counter_key,
        coalesce(platform, min(platform) over (partition by counter_key)) as platform,
        scanned_at,
        counted_shares_count
    from events
    where kind = 'share_count' and counted_shares_count is not null
),

counters as (
    select
        scan_id,
        platform,
        counted_shares_count,
        lag(counted_shares_count) over (
            partition by counter_key, platform
            order by scanned_at, counted_shares_count, scan_id
        ) as previous_shares_count
    from readings
),

counted as (
    select
        events.scan_id,
        events.counter_key,
        events.box_id,
        coalesce(boxes.order_id, events.order_id) as order_id,
        events.named_drop_id,
        coalesce(counters.platform, events.platform) as platform,
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
    where events.kind = 'share_count' or (events.kind = 'share' and not events.is_bot)
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
        orders.order_id is not null as is_order_known,
        coalesce(orders.is_cancelled, false) as is_cancelled
    from counted
    left join orders on counted.order_id = orders.order_id
)

select * from kept
