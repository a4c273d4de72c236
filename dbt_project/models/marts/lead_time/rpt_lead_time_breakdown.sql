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
        coalesce(hub_id, 'unknown') as hub,
        coalesce(carrier, 'unknown') as carrier,
        coalesce(ordered_at::date::varchar, 'unknown') as ordered_on,
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

counted as (
    {% for dimension in ['hub', 'carrier', 'promise'] %}
        {%- for measure in ['order_to_door_hours', 'carrier_leg_hours'] -%}
            select
                scope,
                '{{ dimension }}' as dimension,
                {{ dimension }} as dimension_value,
                '{{ measure }}' as measure,
                {{ measure }} as hours,
                count(*) as hours_count
            from described
            where state = 'delivered' and {{ measure }} is not null
            group by scope, {{ dimension }}, {{ measure }}
            {% if not loop.last %}

                union all

            {% endif %}
        {%- endfor %}
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

placed as (
    select
        scope,
        dimension,
        dimension_value,
        measure,
        hours,
        sum(hours_count) over (
            partition by scope, dimension, dimension_value, measure order by hours
        ) as up_to_count,
        sum(hours_count) over (partition by scope, dimension, dimension_value, measure) as values_count
    from counted
),

delivered_only as (
    select
        scope,
        dimension,
        dimension_value,
        {{ delivered_only_quantiles() }}
    from placed
    group by scope, dimension, dimension_value
),

by_state as (
    {% for dimension in ['hub', 'carrier', 'promise'] -%}
        select
            scope,
            '{{ dimension }}' as dimension,
            {{ dimension }} as dimension_value,
            count(*) filter (where state = 'delivered') as delivered_count,
            count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
            count(*) filter (where state = 'ended') as ended_count
        from described
        group by scope, {{ dimension }}
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

by_dimension as (
    select
        by_state.*,
        delivered_only.delivered_only_median_hours,
        delivered_only.delivered_only_p90_hours,
        delivered_only.carrier_leg_median_hours
    from by_state
    left join delivered_only
        on
            by_state.scope = delivered_only.scope
            and by_state.dimension = delivered_only.dimension
            and by_state.dimension_value = delivered_only.dimension_value
),

-- Within a day hardly two parcels take the same time, so there is nothing to count.
by_day as (
    select
        scope,
        'day' as dimension,
        ordered_on as dimension_value,
        count(*) filter (where state = 'delivered') as delivered_count,
        count(*) filter (where state in ('under_way', 'not_handed_over')) as waiting_count,
        count(*) filter (where state = 'ended') as ended_count,
        {{ linear_quantiles('order_to_door_hours', [0.5, 0.9], "state = 'delivered'") }} as delivered_only_hours,
        {{ linear_quantile('carrier_leg_hours', 0.5, "state = 'delivered'") }} as carrier_leg_median_hours
    from described
    group by scope, ordered_on
)

select * from by_dimension

union all

select
    scope,
    dimension,
    dimension_value,
    delivered_count,
    waiting_count,
    ended_count,
    delivered_only_hours[1] as delivered_only_median_hours,
    delivered_only_hours[2] as delivered_only_p90_hours,
    carrier_leg_median_hours
from by_day
