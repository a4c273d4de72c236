-- A returned line, with what it returns: the drop, SKU and channel are those of the order line. A refund whose line is
-- not known, or that comes before its line, or in another currency, is kept and flagged. One that states no currency is
-- in that of its line.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('order_id', 'stg_changes__orders') }}"
) }}

with

returned_lines as (
    select * from {{ ref('stg_returns__returns') }}
),

order_lines as (
    select *
    from {{ rows_where(ref('int_order_lines__attributed'), has_changed('order_id', 'stg_changes__orders')) }}
),

returns as (
    select
        returned_lines.return_id,
        returned_lines.order_id,
        returned_lines.line_number,
        order_lines.drop_id,
        order_lines.sku,
        order_lines.channel,
        returned_lines.returned_units,
        returned_lines.refund_amount,
        coalesce(returned_lines.currency_code, order_lines.currency_code) as currency_code,
        returned_lines.reason,
        order_lines.ordered_at,
        returned_lines.returned_at,
        {{ hours_between('order_lines.ordered_at', 'returned_lines.returned_at') }} as refund_lag_hours,
        order_lines.order_id is null as is_unknown_order,
        coalesce(returned_lines.returned_at < order_lines.ordered_at, false) as is_before_order,
        coalesce(order_lines.is_cancelled, false) as is_cancelled_line,
        coalesce(returned_lines.currency_code != order_lines.currency_code, false) as is_other_currency
    from returned_lines
    left join order_lines
        on
            returned_lines.order_id = order_lines.order_id
            and returned_lines.line_number = order_lines.line_number
)

select * from returns
