-- Buyers with an order that may look different now, in any of its versions, and those whose 30 days have not passed.
{{ config(materialized='table') }}

select distinct buyer_key
from {{ source('raw', 'orders') }}
where
    buyer_key is not null
    and order_id in (
        select changes.order_id
        from {{ ref('stg_changes__orders') }} as changes
        where changes.is_changed
    )

{%- set buyers = built_before('marts', 'fct_drop_buyers') %}
{%- if buyers %}

union

select buyer_key
from {{ buyers }}
where is_pending
{%- endif %}
