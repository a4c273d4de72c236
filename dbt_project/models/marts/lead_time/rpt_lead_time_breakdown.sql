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

described as (
    select
        scope,
        coalesce(hub_id, 'unknown') as hub_id,
        coalesce(carrier, 'unknown') as carrier,
        ordered_at::date as ordered_on,
        case
            when promised_at is null then 'no promise'
            when state = 'delivered' and delivered_at <= promised_at then 'on time'
            when state = 'delivered' then 'late'
            when state = 'ended' then 'ended'
            when is_overdue then 'overdue'
            else 'not due'
        end as promise,
        state,
        order_to_door_hours,
        carrier_leg_hours
    from lead_times
),

-- One pass for the four dimensions: of each row all but one are null.
measured as (
    select
        scope,
        case
            when grouping(hub_id) = 0 then 'hub'
            when grouping(carrier) = 0 then 'carrier'
            when grouping(ordered_on) = 0 then 'day'
            else 'promise'
        end as dimension,
        coalesce(hub_id, carrier, ordered_on::varchar, promise, 'unknown') as dimension_value,
        count(*) filter (where state = 'delivered') as delivered_count,
        count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
        count(*) filter (where state = 'ended') as ended_count,
        {{ linear_quantile('order_to_door_hours', 0.5, "state = 'delivered'") }} as delivered_only_median_hours,
        {{ linear_quantile('order_to_door_hours', 0.9, "state = 'delivered'") }} as delivered_only_p90_hours,
        {{ linear_quantile('carrier_leg_hours', 0.5, "state = 'delivered'") }} as carrier_leg_median_hours
    from described
    group by grouping sets ((scope, hub_id), (scope, carrier), (scope, ordered_on), (scope, promise))
)

select * from measured
