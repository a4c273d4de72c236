-- Every buyer with a key and an order that is not cancelled; of two first orders at one instant the smaller order_id.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('buyer_key', 'stg_changes__buyers') }}"
) }}

with

orders as (
    select * from {{ ref('int_orders__of_buyers') }}
    where scope = 'shop'
),

ranked as (
    select
        *,
        row_number() over (partition by buyer_key order by ordered_at, order_id) as order_rank
    from orders
),

buyers as (
    select
        buyer_key,
        min(case when order_rank = 1 then order_id end) as first_order_id,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        count(*) as orders_count
    from ranked
    group by buyer_key
)

select * from buyers
