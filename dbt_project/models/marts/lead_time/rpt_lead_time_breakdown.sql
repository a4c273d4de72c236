-- Lead time within the radius by hub, by carrier, by day of the order (UTC) and by what became of the promise. Hours
-- are of what was delivered alone, with what still waits counted beside them; `unknown` holds shipments that name none.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

lead_times as (
    select * from {{ ref('fct_parcel_lead_times') }}
    where is_in_headline and {{ has_changed('scope', 'int_changes__scopes') }}
),

dimensions (dimension) as (
    values ('hub'), ('carrier'), ('day'), ('promise')
),

described as (
    select
        lead_times.scope,
        lead_times.hub_id,
        lead_times.carrier,
        lead_times.ordered_at::date::varchar as ordered_on,
        case
            when lead_times.promised_at is null then 'no promise'
            when lead_times.state = 'delivered' and lead_times.delivered_at <= lead_times.promised_at then 'on time'
            when lead_times.state = 'delivered' then 'late'
            when lead_times.state = 'ended' then 'ended'
            when lead_times.is_overdue then 'overdue'
            else 'not due'
        end as promise,
        lead_times.state,
        lead_times.order_to_door_hours,
        lead_times.carrier_leg_hours
    from lead_times
),

grouped as (
    select
        described.scope,
        dimensions.dimension,
        case dimensions.dimension
            when 'hub' then coalesce(described.hub_id, 'unknown')
            when 'carrier' then coalesce(described.carrier, 'unknown')
            when 'day' then coalesce(described.ordered_on, 'unknown')
            else described.promise
        end as dimension_value,
        described.state,
        described.order_to_door_hours,
        described.carrier_leg_hours
    from described
    cross join dimensions
),

measured as (
    select
        scope,
        dimension,
        dimension_value,
        count(*) filter (where state = 'delivered') as delivered_count,
        count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
        count(*) filter (where state = 'ended') as ended_count,
        {{ linear_quantile('order_to_door_hours', 0.5, "state = 'delivered'") }} as delivered_only_median_hours,
        {{ linear_quantile('order_to_door_hours', 0.9, "state = 'delivered'") }} as delivered_only_p90_hours,
        {{ linear_quantile('carrier_leg_hours', 0.5, "state = 'delivered'") }} as carrier_leg_median_hours
    from grouped
    group by scope, dimension, dimension_value
)

select * from measured
