-- What delivering cost, by the hub that sent (`is_total`: every hub) and by currency: of every parcel that states a
-- cost, those that came back included, over the orders that reached their door, and over the kilometres of parcels
-- whose distance is known. Of parcels under way the cost is in it already, the order not yet.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

parcels as (
    select
        scope,
        coalesce(hub_id, 'unknown') as hub_id,
        order_id,
        state,
        cost_amount,
        currency_code,
        -- Whole metres are added up exactly, in whatever order they come.
        distance_km::decimal(18, 3) as distance_km
    from {{ ref('fct_parcel_lead_times') }}
    where cost_amount is not null and {{ has_changed('scope', 'int_changes__scopes') }}
),

-- Each parcel once for its hub and once for all of them.
with_all_hubs as (
    select
        *,
        false as is_total
    from parcels

    union all

    select
        scope,
        'all' as hub_id,
        order_id,
        state,
        cost_amount,
        currency_code,
        distance_km,
        true as is_total
    from parcels
),

costs as (
    select
        scope,
        hub_id,
        is_total,
        currency_code,
        count(*) as costed_parcels_count,
        count(distinct case when state = 'delivered' then order_id end) as delivered_orders_count,
        sum(cost_amount)::decimal(38, 4) as cost_amount,
        sum(case when distance_km is not null then cost_amount end)::decimal(38, 4) as measured_cost_amount,
        sum(distance_km)::double as measured_km
    from with_all_hubs
    group by scope, hub_id, is_total, currency_code
),

with_rates as (
    select
        *,
        {{ rate('cost_amount', 'delivered_orders_count') }} as cost_per_delivered_order,
        {{ rate('measured_cost_amount', 'measured_km') }} as cost_per_km
    from costs
)

select * from with_rates
