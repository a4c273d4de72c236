-- Lines of drops that may look different now: looked up once for all that a drop's lines tell.
{{ config(materialized='table') }}

select
    order_id,
    line_number,
    drop_id,
    sku,
    channel,
    is_cancelled,
    ordered_at,
    hours_since_start,
    hub_id,
    currency_code,
    ordered_units,
    gross_sales_amount,
    discount_amount,
    is_other_currency
from {{ ref('int_order_lines__attributed') }}
where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
