-- An order was placed when its earliest line was, and it is cancelled when every line is. Its door is the first line's
-- that bears coordinates, lines that are to be delivered before those picked up, and cancelled lines last; it is picked
-- up only if no line is to be delivered.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('order_id', 'stg_changes__orders') }}"
) }}

with

order_lines as (
    select *
    from {{ rows_where(ref('int_order_lines__attributed'), has_changed('order_id', 'stg_changes__orders')) }}
),

{% set door_order = "row(is_cancelled, fulfilment != 'delivery', line_number)" -%}
assembled as (
    select
        order_id,
        min(ordered_at) as ordered_at,
        bool_and(is_cancelled) as is_cancelled,
        min(buyer_key) as buyer_key,
        min(case when not is_cancelled then fulfilment end) as fulfilment,
        {{ first_by('door_latitude', door_order, 'door_longitude is not null') }} as door_latitude,
        {{ first_by('door_longitude', door_order, 'door_latitude is not null') }} as door_longitude
    from order_lines
    group by order_id
)

select * from assembled
