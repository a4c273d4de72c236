-- What order lines add up to, by month of the order (UTC), SKU and currency, cancelled lines out. Only months of
-- changed orders are added up anew, so that a tick need not look at all of a long history.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_months() }}"
) }}

select
    date_trunc('month', ordered_at)::date as ordered_in,
    sku,
    currency_code,
    count(*) as order_lines_count,
    sum(ordered_units)::bigint as sold_units,
    sum(gross_sales_amount)::decimal(38, 4) as gross_sales_amount,
    sum(discount_amount)::decimal(38, 4) as discounts_amount
from {{ ref('int_order_lines__attributed') }}
where not is_cancelled and {{ is_of_changed('month', 'intermediate', 'int_order_lines__months') }}
group by date_trunc('month', ordered_at), sku, currency_code
