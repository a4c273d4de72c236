-- Orders of drops that may look different now: looked up once for all that a drop's orders tell.
{{ config(materialized='table') }}

select
    scope,
    order_id,
    ordered_at,
    buyer_key
from {{ ref('int_orders__scoped') }}
where scope != 'shop' and {{ has_changed('scope', 'int_changes__scopes') }}
