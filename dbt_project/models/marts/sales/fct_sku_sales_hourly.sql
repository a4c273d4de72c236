-- What a drop sold in an hour, by SKU and channel: the hour on the clock, which a drop that does not start on the
-- hour has in two rows, one for each of the hours since its start that meet in it. Cancelled lines are out. Refunds
-- and returned units are those of the lines of that hour, whenever they came back, so that net sales belong to the
-- hour of the order. Currencies are apart.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('drop_id', 'int_changes__scopes', 'scope') }}"
) }}

with

order_lines as (
    select *
    from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled
),

refunds as (
    select
        order_id,
        line_number,
        currency_code,
        sum(returned_units) as returned_units,
        sum(refund_amount) as refund_amount
    from {{ ref('fct_returns') }}
    where
        {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
        and not is_unknown_order
        and not is_other_currency
    group by order_id, line_number, currency_code
),

hourly as (
    select
        order_lines.drop_id,
        order_lines.sku,
        order_lines.channel,
        date_trunc('hour', order_lines.ordered_at) as hour_at,
        floor(order_lines.hours_since_start)::bigint as hours_since_start,
        order_lines.currency_code,
        count(distinct order_lines.order_id) as orders_count,
        sum(order_lines.ordered_units)::bigint as sold_units,
        sum(order_lines.gross_sales_amount)::decimal(38, 4) as gross_sales_amount,
        sum(order_lines.discount_amount)::decimal(38, 4) as discounts_amount,
        coalesce(sum(refunds.refund_amount), 0)::decimal(38, 4) as refunds_amount,
        coalesce(sum(refunds.returned_units), 0)::bigint as returned_units
    from order_lines
    left join refunds
        on
            order_lines.order_id = refunds.order_id
            and order_lines.line_number = refunds.line_number
    group by
        order_lines.drop_id, order_lines.sku, order_lines.channel,
        date_trunc('hour', order_lines.ordered_at), floor(order_lines.hours_since_start), order_lines.currency_code
),

sales as (
    select
        hourly.drop_id,
        hourly.sku,
        hourly.channel,
        hourly.hour_at,
        hourly.hours_since_start,
        hourly.orders_count,
        hourly.sold_units,
        hourly.gross_sales_amount,
        hourly.discounts_amount,
        hourly.refunds_amount,
        hourly.returned_units,
        (hourly.gross_sales_amount - hourly.discounts_amount - hourly.refunds_amount)::decimal(38, 4)
            as net_sales_amount,
        hourly.currency_code
    from hourly
)

select * from sales
