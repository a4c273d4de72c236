-- What the shares under a counter with a new reading named, as the last build left them: a late reading takes shares
-- from the one after it, which may be of another box, order or drop.
{{ config(materialized='table') }}

{%- set shares = built_before('intermediate', 'int_shares__counted') %}
{%- set nothing = nothing_built('counter_key', 'box_id', 'order_id', 'named_drop_id') %}

select distinct
    box_id,
    order_id,
    named_drop_id
from {{ shares or nothing }} as shares
where {{ has_changed('counter_key', 'stg_changes__scans') }}
