-- Of shipments that wait and have not changed, the rows that the last build left of which as_of alone says more: those of
-- the shop, and of a drop those that are younger than its 30 days.
{{ config(materialized='table') }}

{%- set lead_times = built_before('marts', 'fct_parcel_lead_times') %}
{%- set is_of_changed_order = has_changed('order_id', 'stg_changes__orders') %}
{%- set is_changed_parcel = has_changed('parcel_id', 'stg_changes__parcels') %}
{%- if lead_times %}

select *
from {{ rows_where(lead_times, is_still_watched()) }}
where
    not coalesce({{ is_of_changed_order }}, false)
    and not coalesce({{ is_changed_parcel }}, false)
{%- else %}

{{ nothing_built('scope', 'parcel_key') }}
{%- endif %}
