-- The shop's deliveries within the radius, counted from raw rows by another route: each version picked by `distinct on`,
-- the distance as a chord through the Earth, the median as Kaplan and Meier's product over every earlier hour.
{{ config(tags=['suite']) }}

with

instant as (
    select * from {{ source('raw', 'as_of') }}
),

order_lines as (
    {{ raw_order_lines_at('instant') }}
),

orders as (
    select
        order_id,
        min(ordered_at) as ordered_at
    from order_lines
    group by order_id
    having bool_or(not is_cancelled and fulfilment = 'delivery')
),

doors as (
    select distinct on (order_id) * from order_lines
    where ship_latitude is not null and ship_longitude is not null
    order by order_id, is_cancelled, fulfilment = 'pickup', line_number
),

events as (
    select distinct on (d.event_id) d.*
    from {{ source('raw', 'deliveries') }} as d, instant
    where
        coalesce(d.recorded_at, d.occurred_at) < instant.as_of
        and d.withdrawn_at is null
        and not exists (
            select * from {{ source('raw', 'deliveries') }} as w
            where w.event_id = d.event_id and w.withdrawn_at < instant.as_of
        )
    order by d.event_id, d._row_hash
),

parcels as (
    select
        e.parcel_id,
        (array_agg(e.order_id order by e.occurred_at, e.event_id) filter (where e.order_id is not null))[1] as order_id,
        (array_agg(e.hub_id order by e.occurred_at, e.event_id) filter (where e.hub_id is not null))[1] as hub_id,
        min(e.occurred_at) as first_event_at,
        min(e.occurred_at) filter (where e.status = 'delivered') as delivered_at,
        min(e.occurred_at) filter (where e.status = 'return_to_sender') as sent_back_at
    from events as e
    group by e.parcel_id
    having not bool_or(e.status = 'cancelled')
),

-- The hubs that an order's lines name to be delivered, those that its parcels name, and its parcels that name none of
-- the first, as lists: which hub a parcel without one takes is a matter of places in them.
order_lists as (
    select
        order_id,
        coalesce(list_sort(list_distinct(list(hub_id) filter (where not is_cancelled and fulfilment = 'delivery'))), []) as line_hubs,
        coalesce(list_distinct(list(hub_id) filter (where not is_cancelled and fulfilment = 'pickup')), []) as pickup_hubs
    from order_lines
    group by order_id
),

parcel_lists as (
    select
        parcels.order_id,
        list_filter(any_value(order_lists.line_hubs), lambda h: not list_contains(coalesce(list(parcels.hub_id), []), h)) as open_hubs,
        list(parcels.parcel_id order by parcels.first_event_at, parcels.parcel_id) filter (
            where
                parcels.hub_id is null
                or not list_contains(list_concat(order_lists.line_hubs, order_lists.pickup_hubs), parcels.hub_id)
        ) as stray_parcels
    from parcels
    inner join order_lists using (order_id)
    group by parcels.order_id
),

sent as (
    select
        parcels.*,
        coalesce(
            parcels.hub_id,
            parcel_lists.open_hubs[list_position(parcel_lists.stray_parcels, parcels.parcel_id)],
            order_lists.line_hubs[1]
        ) as sending_hub_id
    from parcels
    inner join order_lists using (order_id)
    inner join parcel_lists using (order_id)
    where
        list_contains(order_lists.line_hubs, parcels.hub_id)
        or not coalesce(list_contains(order_lists.pickup_hubs, parcels.hub_id), false)
),

hubs as (
    select distinct on (hub_id) * from {{ source('raw', 'hubs') }}
    order by hub_id, updated_at desc nulls last, _row_hash
),

delivered as (
    select
        date_diff('microsecond', orders.ordered_at, sent.delivered_at) / 3.6e9 as hours,
        2 * 6371.0088 * asin(least(1.0, sqrt(
            (cos(radians(hubs.latitude)) * cos(radians(hubs.longitude)) - cos(radians(doors.ship_latitude)) * cos(radians(doors.ship_longitude))) ** 2
            + (cos(radians(hubs.latitude)) * sin(radians(hubs.longitude)) - cos(radians(doors.ship_latitude)) * sin(radians(doors.ship_longitude))) ** 2
            + (sin(radians(hubs.latitude)) - sin(radians(doors.ship_latitude))) ** 2
        ) / 2)) as distance_km
    from sent
    inner join orders using (order_id)
    inner join doors using (order_id)
    inner join hubs on sent.sending_hub_id = hubs.hub_id
    where sent.delivered_at <= coalesce(sent.sent_back_at, sent.delivered_at)
),

by_raw as (
    select
        count(*) as delivered_count,
        median(hours) as delivered_only_median_hours
    from delivered, instant
    where round(distance_km, 6) <= instant.lead_time_radius_km
),

watched as (
    select
        watched_hours,
        state
    from {{ ref('fct_parcel_lead_times') }}
    where scope = 'shop' and is_in_headline
),

hours as (
    select
        watched_hours,
        count(*) filter (where state = 'delivered')::double as d,
        (select count(*) from watched as w where w.watched_hours >= watched.watched_hours)::double as n
    from watched
    group by watched_hours
),

by_product as (
    select min(h.watched_hours) as median_hours
    from hours as h
    where
        h.d > 0
        and (select round(product(1 - e.d / e.n), 12) from hours as e where e.watched_hours <= h.watched_hours) <= 0.5
)

select
    rpt.scope,
    rpt.delivered_count,
    by_raw.delivered_count as raw_delivered_count,
    rpt.delivered_only_median_hours,
    by_raw.delivered_only_median_hours as raw_delivered_only_median_hours,
    rpt.median_hours,
    by_product.median_hours as product_median_hours
from {{ ref('rpt_lead_time') }} as rpt, by_raw, by_product
where
    rpt.scope = 'shop'
    and (
        rpt.delivered_count != by_raw.delivered_count
        or round(rpt.delivered_only_median_hours, 6) is distinct from round(by_raw.delivered_only_median_hours, 6)
        or rpt.median_hours is distinct from by_product.median_hours
    )
