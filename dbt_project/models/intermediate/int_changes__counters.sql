-- Share counters and shares that may look different now: a reading came in, or their box or order has changed.
{{ config(materialized='table') }}

{%- set shares = built_before('intermediate', 'int_shares__counted') %}
{%- set of_changed_boxes = has_changed('box_id', 'int_changes__boxes') %}
{%- set of_changed_orders = has_changed('order_id', 'stg_changes__orders') %}

select distinct counter_key
from {{ ref('stg_changes__scans') }}
{%- if shares %}

union

select counter_key
from {{ shares }}
where {{ of_changed_boxes }}

union

select counter_key
from {{ shares }}
where {{ of_changed_orders }}
{%- endif %}
