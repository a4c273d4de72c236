-- A box is a parcel that bears a label. Parcels without box_id bear none; cancelled parcels and orders are out. Should
-- two parcels name one box, it is the one delivered first. A box under way is kept, without an instant of delivery.
-- Only boxes that may look different now.
{{ config(materialized='table') }}

with

parcels as (
    select * from {{ ref('int_parcels__of_boxes') }}
    where not is_cancelled
),

orders as (
    select
        order_id,
        is_cancelled
    from {{ ref('int_orders__assembled') }}
    where order_id in (select parcels.order_id from parcels)
),

ranked as (
    select
        parcels.box_id,
        parcels.parcel_id,
        parcels.order_id,
        parcels.delivered_at,
        row_number() over (
            partition by parcels.box_id
            order by parcels.delivered_at nulls last, parcels.parcel_id
        ) as box_rank
    from parcels
    left join orders on parcels.order_id = orders.order_id
    where not coalesce(orders.is_cancelled, false)
)

select
    box_id,
    parcel_id,
    order_id,
    delivered_at
from ranked
where box_rank = 1
