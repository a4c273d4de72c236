-- Of shipments that wait and have not changed, the rows that the last build left of which as_of alone says more: those
-- of the shop, and of a drop those that are younger than its 30 days.
{{ config(materialized='table') }}

{%- set lead_times = built_before('marts', 'fct_parcel_lead_times') %}
{%- set nothing = nothing_built('scope', 'parcel_key', 'order_id', 'parcel_id') %}

select *
from {{ rows_where(lead_times, is_still_watched()) if lead_times else nothing }}
where
    not coalesce({{ has_changed('order_id', 'stg_changes__orders') }}, false)
    and not coalesce({{ has_changed('parcel_id', 'stg_changes__parcels') }}, false)
