-- A share is one event that a person made, or what a post's counter has gained since its last reading, never below 0
-- (counters are reset now and then). The first reading counts whole: a post starts at nothing. A share belongs to the
-- order of its box, else to the order it names, else to the drop it names. Shares of cancelled orders are out.
with

events as (
    select * from {{ ref('stg_scans__events') }}
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
            partition by coalesce(post_id, box_id, order_id, named_drop_id), platform
            order by scanned_at, counted_shares_count, scan_id
        ) as previous_shares_count
    from events
    where kind = 'share_count' and counted_shares_count is not null
),

counted as (
    select
        events.scan_id,
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
    where events.kind in ('share', 'share_count') and not events.is_bot
),

kept as (
    select
        counted.scan_id,
        counted.box_id,
        counted.order_id,
        counted.named_drop_id,
        counted.platform,
        counted.shared_at,
        counted.shares_count
    from counted
    left join orders on counted.order_id = orders.order_id
    where not coalesce(orders.is_cancelled, false)
)

select * from kept
