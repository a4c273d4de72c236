-- All orders of buyers with an order that may look different now, in each scope that they count for.
{{ config(materialized='table') }}

select
    scope,
    order_id,
    ordered_at,
    buyer_key
from {{ ref('int_orders__scoped') }}
where {{ has_changed('buyer_key', 'stg_changes__buyers') }}
