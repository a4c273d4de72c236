-- Orders of which a box or share may look different now, or that a new scan names, in each scope that they count for.
{{ config(materialized='table') }}

with

touched as (
    select order_id
    from {{ ref('int_parcels__of_boxes') }}
    where order_id is not null

    union

    select order_id
    from {{ ref('stg_changes__scans') }}
    where order_id is not null

    union

    select order_id
    from {{ ref('int_changes__shares') }}
    where order_id is not null
)

select
    scope,
    order_id,
    ordered_at,
    buyer_key
from {{ rows_with_key(ref('int_orders__scoped'), 'order_id', 'order_number', 'select touched.order_id from touched') }}
