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

delivered as (
    select
        scope,
        max(case when dimension = 'all' then delivered_count end) as delivered_count,
        max(case when dimension = 'all' then carrier_leg_count end) as carrier_leg_count,
        sum(case when dimension = 'promise' and dimension_value != 'no promise' then delivered_count end)::bigint
            as promised_count,
        max(case when dimension = 'promise' and dimension_value = 'on time' then delivered_count end)
            as on_time_count,
        max(case when dimension = 'all' then delivered_only_median_hours end) as delivered_only_median_hours,
        max(case when dimension = 'all' then delivered_only_p90_hours end) as delivered_only_p90_hours,
        max(case when dimension = 'all' then carrier_leg_median_hours end) as carrier_leg_median_hours
    from {{ ref('int_lead_times__delivered') }}
    group by scope
),

not_delivered as (
    select
        scope,
        count(*) filter (where state = 'under_way') as under_way_count,
        count(*) filter (where state = 'not_handed_over') as not_handed_over_count,
        count(*) filter (where state = 'ended') as ended_count,
        count(*) filter (where is_overdue) as overdue_count
    from {{ ref('fct_parcel_lead_times') }}
    where is_in_headline and state != 'delivered' and {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

apart as (
    select
        scope,
        sum(pickup_count)::bigint as pickup_count,
        sum(no_distance_count)::bigint as no_distance_count,
        sum(unknown_order_count)::bigint as unknown_order_count,
        sum(flagged_count)::bigint as flagged_count
    from {{ ref('int_shipments__months') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

lead_time as (
    select
        scopes.scope,
        instant.as_of,
        coalesce(delivered.delivered_count, 0) as delivered_count,
        coalesce(not_delivered.under_way_count, 0) as under_way_count,
        coalesce(not_delivered.not_handed_over_count, 0) as not_handed_over_count,
        coalesce(not_delivered.ended_count, 0) as ended_count,
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
        delivered.delivered_only_median_hours,
        delivered.delivered_only_p90_hours,
        delivered.carrier_leg_median_hours,
        coalesce(delivered.carrier_leg_count, 0) as carrier_leg_count,
        coalesce(delivered.promised_count, 0) as promised_count,
        coalesce(delivered.on_time_count, 0) as on_time_count,
        coalesce(not_delivered.overdue_count, 0) as overdue_count
    from scopes
    cross join instant
    left join delivered on scopes.scope = delivered.scope
    left join not_delivered on scopes.scope = not_delivered.scope
    left join apart on scopes.scope = apart.scope
    left join reached on scopes.scope = reached.scope
)

select * from lead_time
