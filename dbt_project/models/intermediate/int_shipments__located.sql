-- What has to reach a door: each parcel that is not cancelled, and each order and hub from which nothing was sent yet.
-- A parcel is sent by the hub of its first event that names one, else by the order line's. Orders that are cancelled
-- are out, and so are their parcels. A parcel whose order is not known stays, without an instant of ordering.
-- Only shipments that may look different now.
with

orders as (
    select * from {{ ref('int_orders__assembled') }}
    where {{ has_changed('order_id', 'stg_changes__orders') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__attributed') }}
    where {{ has_changed('order_id', 'stg_changes__orders') }}
),

parcels as (
    select * from {{ ref('int_parcels__assembled') }}
    where {{ has_changed('order_id', 'stg_changes__orders') }} or {{ has_changed('parcel_id', 'stg_changes__parcels') }}
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

default_hubs as (
    select
        order_id,
        min(hub_id) as hub_id
    from order_hubs
    group by order_id
),

sent as (
    select
        parcels.parcel_id as shipment_key,
        parcels.parcel_id,
        parcels.order_id,
        coalesce(parcels.hub_id, default_hubs.hub_id) as hub_id,
        parcels.carrier,
        parcels.promised_at,
        parcels.first_event_at,
        parcels.handed_over_at,
        parcels.delivered_at,
        parcels.ended_at,
        parcels.is_with_carrier,
        parcels.cost_amount,
        parcels.currency_code
    from parcels
    left join orders on parcels.order_id = orders.order_id
    left join default_hubs on parcels.order_id = default_hubs.order_id
    where not parcels.is_cancelled and not coalesce(orders.is_cancelled, false)
),

-- A group without a hub waits only while nothing at all was sent for its order: a parcel cannot be matched to it.
waiting as (
    select
        order_hubs.order_id || '@' || coalesce(order_hubs.hub_id, '') as shipment_key,
        order_hubs.order_id,
        order_hubs.hub_id
    from order_hubs
    left join sent
        on
            order_hubs.order_id = sent.order_id
            and coalesce(order_hubs.hub_id, sent.hub_id, '') = coalesce(sent.hub_id, '')
    where sent.order_id is null
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
        is_with_carrier,
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
        false as is_with_carrier,
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
        orders.fulfilment,
        orders.ordered_at,
        shipments.promised_at,
        shipments.first_event_at,
        shipments.handed_over_at,
        shipments.delivered_at,
        shipments.ended_at,
        shipments.is_with_carrier,
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
