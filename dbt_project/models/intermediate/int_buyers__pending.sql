-- Of buyers without a new order whose 30 days have not passed, the rows that the last build left.
{{ config(materialized='table') }}

{%- set buyers = built_before('marts', 'fct_drop_buyers') %}
{%- set has_new_order = has_changed('buyer_key', 'stg_changes__buyers') %}
{%- if buyers %}

select *
from {{ rows_where(buyers, 'is_pending') }}
where not {{ has_new_order }}
{%- else %}

{{ nothing_built('scope', 'buyer_key') }}
{%- endif %}
