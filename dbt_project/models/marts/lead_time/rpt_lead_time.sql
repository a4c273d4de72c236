-- Hours from order to door for deliveries within the radius. The headline is Kaplan and Meier's median: the smallest
-- hour by which half has arrived, what still waits counted in, null if that is not reached yet. Beside it the numbers
-- of what was delivered alone, which a live drop flatters. The interval of a quantile holds each hour at which the
-- curve's own 95 % interval holds the quantile's share (Brookmeyer and Crowley); without an upper end it is open.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}",
    post_hook="update {{ this }} set as_of = (select as_of from {{ ref('stg_as_of__instant') }})"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

lead_times as (
    select * from {{ ref('fct_parcel_lead_times') }}
),

reached as (
    select
        scope,
        min(case when survival_rate <= 0.5 then hours end) as median_hours,
        min(case when coalesce(survival_lower_rate, 0) <= 0.5 then hours end) as median_lower_hours,
        min(case when survival_upper_rate <= 0.5 then hours end) as median_upper_hours,
        min(case when survival_rate <= 0.1 then hours end) as km_p90_hours,
        min(case when coalesce(survival_lower_rate, 0) <= 0.1 then hours end) as km_p90_lower_hours,
        min(case when survival_upper_rate <= 0.1 then hours end) as km_p90_upper_hours
    from {{ ref('int_lead_times__survival') }}
    group by scope
),

headline as (
    select
        scope,
        count(*) filter (where state = 'delivered') as delivered_count,
        count(*) filter (where state = 'under_way') as under_way_count,
        count(*) filter (where state = 'not_handed_over') as not_handed_over_count,
        count(*) filter (where state = 'ended') as ended_count,
        count(carrier_leg_hours) as carrier_leg_count,
        count(*) filter (where state = 'delivered' and promised_at is not null) as promised_count,
        count(*) filter (where state = 'delivered' and delivered_at <= promised_at) as on_time_count,
        count(*) filter (where is_overdue) as overdue_count
    from lead_times
    where is_in_headline and {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

counted as (
    {% for measure in ['order_to_door_hours', 'carrier_leg_hours'] -%}
        select
            scope,
            '{{ measure }}' as measure,
            {{ measure }} as hours,
            count(*) as hours_count
        from lead_times
        where
            is_in_headline
            and state = 'delivered'
            and {{ measure }} is not null
            and {{ has_changed('scope', 'int_changes__scopes') }}
        group by scope, {{ measure }}
        {% if not loop.last %}

            union all

        {% endif %}
    {%- endfor %}
),

placed as (
    select
        scope,
        measure,
        hours,
        sum(hours_count) over (partition by scope, measure order by hours) as up_to_count,
        sum(hours_count) over (partition by scope, measure) as values_count
    from counted
),

delivered_only as (
    select
        scope,
        {{ delivered_only_quantiles() }}
    from placed
    group by scope
),

apart as (
    select
        scope,
        count(*) filter (where fulfilment = 'pickup') as pickup_count,
        count(*) filter (where fulfilment = 'delivery' and distance_km is null) as no_distance_count,
        count(*) filter (where fulfilment is null) as unknown_order_count,
        count(*) filter (where is_flagged) as flagged_count
    from lead_times
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

lead_time as (
    select
        scopes.scope,
        instant.as_of,
        coalesce(headline.delivered_count, 0) as delivered_count,
        coalesce(headline.under_way_count, 0) as under_way_count,
        coalesce(headline.not_handed_over_count, 0) as not_handed_over_count,
        coalesce(headline.ended_count, 0) as ended_count,
        coalesce(apart.no_distance_count, 0) as no_distance_count,
        coalesce(apart.pickup_count, 0) as pickup_count,
        coalesce(apart.unknown_order_count, 0) as unknown_order_count,
        coalesce(apart.flagged_count, 0) as flagged_count,
        reached.median_hours,
        reached.median_lower_hours,
        reached.median_upper_hours,
        reached.km_p90_hours,
        reached.km_p90_lower_hours,
        reached.km_p90_upper_hours,
        delivered_only.delivered_only_median_hours,
        delivered_only.delivered_only_p90_hours,
        delivered_only.carrier_leg_median_hours,
        coalesce(headline.carrier_leg_count, 0) as carrier_leg_count,
        coalesce(headline.promised_count, 0) as promised_count,
        coalesce(headline.on_time_count, 0) as on_time_count,
        coalesce(headline.overdue_count, 0) as overdue_count
    from scopes
    cross join instant
    left join headline on scopes.scope = headline.scope
    left join delivered_only on scopes.scope = delivered_only.scope
    left join apart on scopes.scope = apart.scope
    left join reached on scopes.scope = reached.scope
)

select * from lead_time
