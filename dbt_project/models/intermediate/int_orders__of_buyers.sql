-- All orders of buyers with an order that may look different now, in each scope that they count for.
{{ config(materialized='table') }}
{% set changed_buyers = 'select buyers.buyer_key from ' ~ ref('stg_changes__buyers') ~ ' as buyers' %}

select
    scope,
    order_id,
    ordered_at,
    buyer_key
from {{ rows_with_key(ref('int_orders__scoped'), 'buyer_key', 'buyer_number', changed_buyers) }}
