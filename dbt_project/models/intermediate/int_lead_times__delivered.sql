-- What was delivered within the radius, with median and 90th percentile of its hours: all of it, by hub, by carrier and
-- by what became of the promise; and what was delivered at any distance, by ring. Times are looked at one by one only
-- in the tenths of an hour that hold a quantile and more than one time; of the others the least time stands for all.
{{ config(materialized='table') }}

{#- Each with its value, and what of the steps and hours is in it. #}
{%- set dimensions = [
    ('all', "'all'", 'is_in_headline'),
    ('hub', 'hub', 'is_in_headline'),
    ('carrier', 'carrier', 'is_in_headline'),
    ('promise', 'promise', 'is_in_headline'),
    ('ring', 'ring', "measure = 'order_to_door_hours'"),
] %}
{%- set measures = ['order_to_door_hours', 'carrier_leg_hours'] %}

with

finest as (
    select * from {{ ref('int_lead_times__steps') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

steps as (
    {% for dimension, value, condition in dimensions -%}
        select
            scope,
            '{{ dimension }}' as dimension,
            {{ value }} as dimension_value,
            measure,
            step,
            sum(hours_count)::bigint as hours_count,
            min(least_hours) as least_hours,
            max(greatest_hours) as greatest_hours
        from finest
        where {{ condition }}
        group by scope, {{ value }}, measure, step
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

placed_steps as (
    select
        *,
        {{ places_of_counted('hours_count', 'scope, dimension, dimension_value, measure', 'step') }}
    from steps
),

judged_steps as (
    select
        scope,
        dimension,
        dimension_value,
        measure,
        step,
        hours_count,
        least_hours,
        least_hours < greatest_hours and ({{ holds_quantile(0.5) }} or {{ holds_quantile(0.9) }}) as is_wanted
    from placed_steps
),

wanted_steps as (
    select distinct
        scope,
        measure,
        step
    from judged_steps
    where is_wanted
),

wanted_hours as (
    {% for measure in measures -%}
        select
            lead_times.scope,
            lead_times.is_in_headline,
            lead_times.ring,
            {{ name_or_unknown('lead_times.hub_id') }} as hub,
            {{ name_or_unknown('lead_times.carrier') }} as carrier,
            lead_times.promise,
            wanted_steps.measure,
            wanted_steps.step,
            lead_times.{{ measure }} as hours
        from {{ ref('fct_parcel_lead_times') }} as lead_times
        inner join wanted_steps
            on
                lead_times.scope = wanted_steps.scope
                and {{ six_minutes('lead_times.' ~ measure) }} = wanted_steps.step
        where
            lead_times.state = 'delivered'
            and lead_times.fulfilment = 'delivery'
            and wanted_steps.measure = '{{ measure }}'
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

counted as (
    select
        scope,
        dimension,
        dimension_value,
        measure,
        least_hours as hours,
        hours_count
    from judged_steps
    where not is_wanted
    {% for dimension, value, condition in dimensions %}

        union all

        select
            judged_steps.scope,
            judged_steps.dimension,
            judged_steps.dimension_value,
            judged_steps.measure,
            wanted_hours.hours,
            count(*) as hours_count
        from judged_steps
        inner join wanted_hours
            on
                judged_steps.scope = wanted_hours.scope
                and judged_steps.measure = wanted_hours.measure
                and judged_steps.step = wanted_hours.step
                and judged_steps.dimension_value = {{ value if dimension == 'all' else 'wanted_hours.' ~ value }}
        where
            judged_steps.is_wanted
            and judged_steps.dimension = '{{ dimension }}'
            and wanted_hours.{{ condition }}
        group by
            judged_steps.scope,
            judged_steps.dimension,
            judged_steps.dimension_value,
            judged_steps.measure,
            wanted_hours.hours
    {%- endfor %}
),

placed as (
    select
        *,
        {{ places_of_counted('hours_count', 'scope, dimension, dimension_value, measure', 'hours') }}
    from counted
),

delivered as (
    select
        scope,
        dimension,
        dimension_value,
        coalesce(sum(case when measure = 'order_to_door_hours' then hours_count end), 0)::bigint as delivered_count,
        coalesce(sum(case when measure = 'carrier_leg_hours' then hours_count end), 0)::bigint as carrier_leg_count,
        {{ quantile_of_counted('hours', 0.5, "measure = 'order_to_door_hours'") }} as delivered_only_median_hours,
        {{ quantile_of_counted('hours', 0.9, "measure = 'order_to_door_hours'") }} as delivered_only_p90_hours,
        {{ quantile_of_counted('hours', 0.5, "measure = 'carrier_leg_hours'") }} as carrier_leg_median_hours
    from placed
    group by scope, dimension, dimension_value
)

select * from delivered
