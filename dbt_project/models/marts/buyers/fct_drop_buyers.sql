-- A buyer comes back to the shop after a drop with another order that has no line of that drop, placed later than their
-- first order in it and within 30 times 24 hours of it, that end included. For the shop: first order ever, any other.
-- Buyers are eligible once those 30 days have passed, their last instant seen too (an order at as_of is not seen yet);
-- the others are pending, whether they came back already or not. Of pending buyers without a new order only the time
-- goes on: their rows stay, and are told the time.
{%- set told_by_time = {
    'is_eligible': 'window_ends_at < as_of',
    'is_pending': 'window_ends_at >= as_of',
    'watched_hours': hours_between('index_ordered_at', 'coalesce(repeat_ordered_at, least(window_ends_at, as_of))'),
} %}
{%- set window_ends_at = days_after('index_ordered_at', 'repeat_window_days') %}
{%- set values = [] %}
{%- for column, value in told_by_time.items() %}
    {%- do values.append(column ~ ' = ' ~ value.replace('window_ends_at', window_ends_at)) %}
{%- endfor %}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ forget('buyer_key', 'stg_changes__buyers') }}",
        "{{ renew_where('is_pending', \"" ~ values | join(', ') ~ "\", 'stg_as_of__instant') }}",
    ]
) }}

with

orders as (
    select * from {{ ref('int_orders__of_buyers') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

ranked as (
    select
        *,
        row_number() over (partition by scope, buyer_key order by ordered_at, order_id) as order_rank
    from orders
),

first_orders as (
    select
        ranked.scope,
        ranked.buyer_key,
        ranked.order_id as index_order_id,
        ranked.ordered_at as index_ordered_at,
        {{ days_after('ranked.ordered_at', 'instant.repeat_window_days') }} as window_ends_at
    from ranked
    cross join instant
    where ranked.order_rank = 1
),

later_orders as (
    select
        first_orders.scope,
        first_orders.buyer_key,
        later.ordered_at,
        same_scope.order_id is null or first_orders.scope = 'shop' as is_repeat
    from first_orders
    inner join orders as later
        on
            first_orders.buyer_key = later.buyer_key
            and first_orders.index_order_id != later.order_id
            and first_orders.index_ordered_at < later.ordered_at
            and first_orders.window_ends_at >= later.ordered_at
    left join orders as same_scope
        on
            first_orders.scope = same_scope.scope
            and later.order_id = same_scope.order_id
    where later.scope = 'shop'
),

repeats as (
    select
        scope,
        buyer_key,
        min(case when is_repeat then ordered_at end) as repeat_ordered_at,
        min(ordered_at) as reordered_at
    from later_orders
    group by scope, buyer_key
),

described as (
    select
        first_orders.scope,
        first_orders.buyer_key,
        first_orders.index_order_id,
        first_orders.index_ordered_at,
        first_orders.window_ends_at,
        repeats.repeat_ordered_at,
        repeats.reordered_at is not null as is_any_reorder,
        instant.as_of
    from first_orders
    cross join instant
    left join repeats
        on
            first_orders.scope = repeats.scope
            and first_orders.buyer_key = repeats.buyer_key
),

drop_buyers as (
    select
        scope,
        buyer_key,
        index_order_id,
        index_ordered_at,
        repeat_ordered_at,
        {{ told_by_time.is_eligible }} as is_eligible,
        repeat_ordered_at is not null as is_returned,
        {{ told_by_time.is_pending }} as is_pending,
        is_any_reorder,
        {{ told_by_time.watched_hours }} as watched_hours
    from described
)

select * from drop_buyers
