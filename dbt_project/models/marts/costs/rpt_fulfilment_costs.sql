-- What delivering cost, by the hub that sent (`is_total`: every hub) and by currency: of every parcel that states a
-- cost, those that came back included, over the orders that reached their door, and over the kilometres of parcels
-- whose distance is known. Of parcels under way the cost is in it already, the order not yet.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

by_hub as (
    select
        scope,
        hub_id,
        currency_code,
        sum(costed_parcels_count) as costed_parcels_count,
        sum(delivered_orders_count) as delivered_orders_count,
        sum(delivered_orders_of_all_count) as delivered_orders_of_all_count,
        sum(cost_amount) as cost_amount,
        sum(measured_cost_amount) as measured_cost_amount,
        sum(measured_km) as measured_km
    from {{ ref('int_shipments__months') }}
    where costed_parcels_count > 0 and {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope, hub_id, currency_code
),

-- An order that two hubs sent is one order of each of them, and one of all.
with_total as (
    select
        scope,
        hub_id,
        false as is_total,
        currency_code,
        costed_parcels_count,
        delivered_orders_count,
        cost_amount,
        measured_cost_amount,
        measured_km
    from by_hub

    union all

    select
        scope,
        'all' as hub_id,
        true as is_total,
        currency_code,
        sum(costed_parcels_count) as costed_parcels_count,
        sum(delivered_orders_of_all_count) as delivered_orders_count,
        sum(cost_amount) as cost_amount,
        sum(measured_cost_amount) as measured_cost_amount,
        sum(measured_km) as measured_km
    from by_hub
    group by scope, currency_code
),

costs as (
    select
        scope,
        hub_id,
        is_total,
        currency_code,
        costed_parcels_count::bigint as costed_parcels_count,
        delivered_orders_count::bigint as delivered_orders_count,
        cost_amount::decimal(38, 4) as cost_amount,
        measured_cost_amount::decimal(38, 4) as measured_cost_amount,
        measured_km::double as measured_km
    from with_total
),

with_rates as (
    select
        *,
        {{ rate('cost_amount', 'delivered_orders_count') }} as cost_per_delivered_order,
        {{ rate('measured_cost_amount', 'measured_km') }} as cost_per_km
    from costs
)

select * from with_rates
