-- An order counts for the shop, and for each drop that has a line in it. Cancelled orders and lines are out.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('order_id', 'stg_changes__orders') }}"
) }}

with

orders as (
    select * from {{ rows_where(ref('int_orders__assembled'), has_changed('order_id', 'stg_changes__orders')) }}
),

order_lines as (
    select *
    from {{ rows_where(ref('int_order_lines__attributed'), has_changed('order_id', 'stg_changes__orders')) }}
),

memberships as (
    select
        'shop' as scope,
        order_id
    from orders
    where not is_cancelled

    union all

    select distinct
        drop_id as scope,
        order_id
    from order_lines
    where drop_id is not null and not is_cancelled
),

scoped as (
    select
        memberships.scope,
        memberships.order_id,
        orders.ordered_at,
        orders.buyer_key,
        {{ key_number('memberships.order_id') }} as order_number,
        {{ key_number('orders.buyer_key') }} as buyer_number
    from memberships
    inner join orders on memberships.order_id = orders.order_id
)

select * from scoped
