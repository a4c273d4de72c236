-- Lead time within the radius by hub, by carrier, by day of the order (UTC) and by what became of the promise. Hours
-- are of what was delivered alone, with what still waits counted beside them; `unknown` holds shipments that name none.
-- Of the days only those of changed orders are made anew.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ forget_where(\"dimension != 'day' and \" ~ has_changed('scope', 'int_changes__scopes')) }}",
        "{{ forget_where(\"dimension = 'day' and \" ~ has_changed('dimension_value', 'int_changes__days', 'ordered_on::varchar')) }}",
    ]
) }}

with

states as (
    select
        scope,
        {{ name_or_unknown('hub_id') }} as hub,
        {{ name_or_unknown('carrier') }} as carrier,
        promise,
        count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
        count(*) filter (where state = 'ended') as ended_count
    from {{ ref('fct_parcel_lead_times') }}
    where is_in_headline and state != 'delivered' and {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope, {{ name_or_unknown('hub_id') }}, {{ name_or_unknown('carrier') }}, promise
),

not_delivered as (
    {% for dimension in ['hub', 'carrier', 'promise'] -%}
        select
            scope,
            '{{ dimension }}' as dimension,
            {{ dimension }} as dimension_value,
            sum(waiting_count)::bigint as waiting_count,
            sum(ended_count)::bigint as ended_count
        from states
        group by scope, {{ dimension }}
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

delivered as (
    select * from {{ ref('int_lead_times__delivered') }}
    where dimension in ('hub', 'carrier', 'promise')
),

by_dimension as (
    select
        coalesce(delivered.scope, not_delivered.scope) as scope,
        coalesce(delivered.dimension, not_delivered.dimension) as dimension,
        coalesce(delivered.dimension_value, not_delivered.dimension_value) as dimension_value,
        coalesce(delivered.delivered_count, 0) as delivered_count,
        coalesce(not_delivered.waiting_count, 0) as waiting_count,
        coalesce(not_delivered.ended_count, 0) as ended_count,
        delivered.delivered_only_median_hours,
        delivered.delivered_only_p90_hours,
        delivered.carrier_leg_median_hours
    from delivered
    full outer join not_delivered
        on
            delivered.scope = not_delivered.scope
            and delivered.dimension = not_delivered.dimension
            and delivered.dimension_value = not_delivered.dimension_value
),

-- A day is so short that its hours need not be counted first.
by_day as (
    select
        scope,
        ordered_at::date::varchar as ordered_on,
        count(*) filter (where state = 'delivered') as delivered_count,
        count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
        count(*) filter (where state = 'ended') as ended_count,
        {{ linear_quantiles('order_to_door_hours', [0.5, 0.9], "state = 'delivered'") }} as delivered_only_hours,
        {{ linear_quantile('carrier_leg_hours', 0.5, "state = 'delivered'") }} as carrier_leg_median_hours
    from {{ ref('fct_parcel_lead_times') }}
    where is_in_headline and {{ is_of_changed('day', 'marts', 'rpt_lead_time_breakdown') }}
    group by scope, ordered_at::date
)

select * from by_dimension

union all

select
    scope,
    'day' as dimension,
    ordered_on as dimension_value,
    delivered_count,
    waiting_count,
    ended_count,
    delivered_only_hours[1] as delivered_only_median_hours,
    delivered_only_hours[2] as delivered_only_p90_hours,
    carrier_leg_median_hours
from by_day
