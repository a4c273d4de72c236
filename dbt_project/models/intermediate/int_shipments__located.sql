-- What has to reach a door: each parcel that is not cancelled, and each order and hub from which nothing was sent yet.
-- A parcel is sent by the hub of its first event that names one. A hub of the order waits until a parcel names it; a
-- parcel that names another hub or none takes the place of one that still waits, in the order of their first events and
-- of the hubs' names, and one that names none is that hub's, or the order's first if none waits. A parcel from a hub
-- with lines to be picked up alone is picked up, though other lines of its order are delivered. Orders that are
-- cancelled are out, and so are their parcels. A parcel whose order is not known stays, without an instant of ordering.
-- Only shipments that may look different now.
{% set is_of_changed_order = has_changed('order_id', 'stg_changes__orders') -%}
{% set is_changed_of_none = 'order_id is null and ' ~ has_changed('parcel_id', 'stg_changes__parcels') -%}
with

orders as (
    select * from {{ rows_where(ref('int_orders__assembled'), has_changed('order_id', 'stg_changes__orders')) }}
),

order_lines as (
    select *
    from {{ rows_where(ref('int_order_lines__attributed'), has_changed('order_id', 'stg_changes__orders')) }}
),

parcels as (
    select * from {{ rows_where(ref('int_parcels__assembled'), is_of_changed_order, is_changed_of_none) }}
),

hubs as (
    select * from {{ ref('stg_hubs__hubs') }}
),

-- Lines without a hub are one group of their own. In an order that is delivered in part and picked up in part only the
-- delivered lines wait for a parcel.
order_hubs as (
    select
        order_lines.order_id,
        order_lines.hub_id
    from order_lines
    inner join orders
        on
            order_lines.order_id = orders.order_id
            and order_lines.fulfilment = orders.fulfilment
    where not order_lines.is_cancelled
    group by order_lines.order_id, order_lines.hub_id
),

-- In an order that is delivered in part, the hubs with nothing but lines to be picked up.
pickup_hubs as (
    select
        order_lines.order_id,
        order_lines.hub_id
    from order_lines
    inner join orders
        on
            order_lines.order_id = orders.order_id
            and orders.fulfilment = 'delivery'
    where not order_lines.is_cancelled
    group by order_lines.order_id, order_lines.hub_id
    having bool_and(order_lines.fulfilment = 'pickup')
),

default_hubs as (
    select
        order_id,
        min(hub_id) as hub_id
    from order_hubs
    group by order_id
),

live_parcels as (
    select
        parcels.*,
        order_hubs.hub_id is not null as is_of_its_hub,
        pickup_hubs.hub_id is not null as is_picked_up
    from parcels
    left join orders on parcels.order_id = orders.order_id
    left join order_hubs
        on
            parcels.order_id = order_hubs.order_id
            and parcels.hub_id = order_hubs.hub_id
    left join pickup_hubs
        on
            parcels.order_id = pickup_hubs.order_id
            and parcels.hub_id = pickup_hubs.hub_id
    where not parcels.is_cancelled and not coalesce(orders.is_cancelled, false)
),

-- Parcels that name none of their order's hubs, the first sent first.
stray_parcels as (
    select
        parcel_id,
        order_id,
        row_number() over (partition by order_id order by first_event_at, parcel_id) as place
    from live_parcels
    where not is_of_its_hub and not is_picked_up
),

-- Hubs of an order that no parcel names. Each is taken by one stray parcel, while there are any.
open_hubs as (
    select
        order_hubs.order_id,
        order_hubs.hub_id,
        row_number() over (partition by order_hubs.order_id order by order_hubs.hub_id nulls last) as place
    from order_hubs
    left join live_parcels
        on
            order_hubs.order_id = live_parcels.order_id
            and order_hubs.hub_id = live_parcels.hub_id
    where live_parcels.parcel_id is null
),

sent as (
    select
        live_parcels.parcel_id as shipment_key,
        live_parcels.parcel_id,
        live_parcels.order_id,
        coalesce(live_parcels.hub_id, open_hubs.hub_id, default_hubs.hub_id) as hub_id,
        live_parcels.carrier,
        live_parcels.promised_at,
        live_parcels.first_event_at,
        live_parcels.handed_over_at,
        live_parcels.delivered_at,
        live_parcels.ended_at,
        live_parcels.with_carrier_at,
        live_parcels.is_with_carrier,
        live_parcels.is_recorded_early,
        live_parcels.is_picked_up,
        live_parcels.cost_amount,
        live_parcels.currency_code
    from live_parcels
    left join stray_parcels on live_parcels.parcel_id = stray_parcels.parcel_id
    left join open_hubs
        on
            stray_parcels.order_id = open_hubs.order_id
            and stray_parcels.place = open_hubs.place
    left join default_hubs on live_parcels.order_id = default_hubs.order_id
),

sent_orders as (
    select distinct order_id
    from sent
    where not is_picked_up
),

-- A group without a hub waits only while nothing at all was sent for its order: a parcel cannot be matched to it.
waiting as (
    select
        open_hubs.order_id || '@' || coalesce(open_hubs.hub_id, '') as shipment_key,
        open_hubs.order_id,
        open_hubs.hub_id
    from open_hubs
    left join stray_parcels
        on
            open_hubs.order_id = stray_parcels.order_id
            and open_hubs.place = stray_parcels.place
    left join sent_orders on open_hubs.order_id = sent_orders.order_id
    where
        stray_parcels.parcel_id is null
        and (open_hubs.hub_id is not null or sent_orders.order_id is null)
),

shipments as (
    select
        shipment_key,
        parcel_id,
        order_id,
        hub_id,
        carrier,
        promised_at,
        first_event_at,
        handed_over_at,
        delivered_at,
        ended_at,
        with_carrier_at,
        is_with_carrier,
        is_recorded_early,
        is_picked_up,
        cost_amount,
        currency_code
    from sent

    union all

    select
        shipment_key,
        null as parcel_id,
        order_id,
        hub_id,
        null as carrier,
        null as promised_at,
        null as first_event_at,
        null as handed_over_at,
        null as delivered_at,
        null as ended_at,
        null as with_carrier_at,
        false as is_with_carrier,
        false as is_recorded_early,
        false as is_picked_up,
        null as cost_amount,
        null as currency_code
    from waiting
),

located as (
    select
        shipments.shipment_key,
        shipments.parcel_id,
        shipments.order_id,
        shipments.hub_id,
        shipments.carrier,
        case when shipments.is_picked_up then 'pickup' else orders.fulfilment end as fulfilment,
        orders.ordered_at,
        shipments.promised_at,
        shipments.first_event_at,
        shipments.handed_over_at,
        shipments.delivered_at,
        shipments.ended_at,
        shipments.with_carrier_at,
        shipments.is_with_carrier,
        shipments.is_recorded_early,
        shipments.cost_amount,
        shipments.currency_code,
        orders.order_id is null as is_unknown_order,
        shipments.hub_id is not null and hubs.hub_id is null as is_unknown_hub,
        {{ great_circle_km('hubs.latitude', 'hubs.longitude', 'orders.door_latitude', 'orders.door_longitude') }}
            as distance_km,
        {{ kilometre_cell('orders.door_latitude', 'orders.door_longitude') }} as door_cell
    from shipments
    left join orders on shipments.order_id = orders.order_id
    left join hubs on shipments.hub_id = hubs.hub_id
)

select * from located
