-- Of buyers without a new order whose 30 days have not passed, the rows that the last build left.
{{ config(materialized='table') }}

{%- set buyers = built_before('marts', 'fct_drop_buyers') %}

select *
from {{ rows_where(buyers, 'is_pending') if buyers else nothing_built('scope', 'buyer_key') }}
where not {{ has_changed('buyer_key', 'stg_changes__buyers') }}
