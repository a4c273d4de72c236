-- What shipments add up to, by month of the order (UTC), hub and currency; without a month where the order is not
-- known. Only months of changed orders are added up anew, and what has none, so that a tick need not look at all of a
-- long history. Nothing here is moved by as_of alone.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=["{{ forget_months() }}", "{{ forget_where('ordered_in is null') }}"]
) }}

{% set is_of_changed_month = is_of_changed('month', 'intermediate', 'int_shipments__months') -%}
{% for is_looked_at in ['ordered_at is not null and ' ~ is_of_changed_month, 'ordered_at is null'] -%}
    select
        scope,
        date_trunc('month', ordered_at)::date as ordered_in,
        {{ name_or_unknown('hub_id') }} as hub_id,
        currency_code,
        count(*) filter (where fulfilment = 'pickup') as pickup_count,
        count(*) filter (where fulfilment = 'delivery' and distance_km is null) as no_distance_count,
        count(*) filter (where fulfilment is null) as unknown_order_count,
        count(*) filter (where is_flagged) as flagged_count,
        count(cost_amount) as costed_parcels_count,
        count(*) filter (where is_costed_order_of_hub) as delivered_orders_count,
        count(*) filter (where is_costed_order) as delivered_orders_of_all_count,
        sum(cost_amount) as cost_amount,
        sum(case when distance_km is not null then cost_amount end) as measured_cost_amount,
        -- Whole metres are added up exactly, in whatever order they come.
        sum(case when cost_amount is not null then distance_km::decimal(18, 3) end) as measured_km
    from {{ ref('fct_parcel_lead_times') }}
    where {{ is_looked_at }}
    group by scope, date_trunc('month', ordered_at), {{ name_or_unknown('hub_id') }}, currency_code
    {% if not loop.last %}

        union all

    {% endif %}
{%- endfor %}
