-- How often what was delivered took so many tenths of an hour, by month of the order (UTC), distance, hub, carrier and
-- what became of the promise, with the least and the greatest time of each step. Only months of changed orders are
-- counted anew, so that a tick need not look at all of a long history.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_months() }}"
) }}

{% for measure in ['order_to_door_hours', 'carrier_leg_hours'] -%}
    select
        scope,
        date_trunc('month', ordered_at)::date as ordered_in,
        is_in_headline,
        ring,
        {{ name_or_unknown('hub_id') }} as hub,
        {{ name_or_unknown('carrier') }} as carrier,
        promise,
        '{{ measure }}' as measure,
        {{ six_minutes(measure) }} as step,
        count(*) as hours_count,
        min({{ measure }}) as least_hours,
        max({{ measure }}) as greatest_hours
    from {{ ref('fct_parcel_lead_times') }}
    where
        state = 'delivered'
        and fulfilment = 'delivery'
        and ring is not null
        and {{ measure }} is not null
        and {{ is_of_changed('month', 'intermediate', 'int_lead_times__steps') }}
    group by
        scope,
        date_trunc('month', ordered_at),
        is_in_headline,
        ring,
        {{ name_or_unknown('hub_id') }},
        {{ name_or_unknown('carrier') }},
        promise,
        {{ six_minutes(measure) }}
    {% if not loop.last %}

        union all

    {% endif %}
{%- endfor %}
