-- How many of a scope's buyers have come back by each of the days after their first order: as seen among those whose
-- window has passed, and as Kaplan and Meier estimate it from everyone, pending buyers watched as long as they can be.
-- The estimate of a day that no buyer has reached yet is unknown.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

days as (
    select {{ count_up_to('repeat_window_days') }} as day_number
    from {{ ref('stg_as_of__instant') }}
),

buyers as (
    select
        *,
        {{ whole_days_up('watched_hours') }} as watched_days
    from {{ ref('fct_drop_buyers') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

-- A return on day d lies in (d - 1, d] times 24 hours: the last instant of the window is in its last day.
by_day as (
    select
        scope,
        watched_days as day_number,
        count(*) filter (where is_returned and is_eligible) as returned_count
    from buyers
    group by scope, watched_days
),

totals as (
    select
        scope,
        count(*) filter (where is_eligible) as eligible_count,
        max(watched_hours) as longest_watched_hours
    from buyers
    group by scope
),

survival as (
    select
        *,
        {{ whole_days_up('hours') }} as day_number
    from {{ ref('int_buyers__survival') }}
),

last_of_day as (
    select
        scope,
        day_number,
        {{ last_by('survival_rate', 'hours') }} as survival_rate,
        {{ last_by('survival_lower_rate', 'hours') }} as survival_lower_rate,
        {{ last_by('survival_upper_rate', 'hours') }} as survival_upper_rate
    from survival
    group by scope, day_number
),

filled as (
    select
        scopes.scope,
        days.day_number,
        coalesce(totals.eligible_count, 0) as eligible_count,
        sum(coalesce(by_day.returned_count, 0)) over by_days as returned_count,
        totals.longest_watched_hours,
        -- The curve falls: its smallest share so far is that of the last day on which somebody came back.
        coalesce(min(last_of_day.survival_rate) over by_days, 1) as survival_rate,
        -- Days on which nobody came back share this number with the last one on which somebody did.
        count(last_of_day.survival_rate) over by_days as steps_count,
        last_of_day.survival_lower_rate,
        last_of_day.survival_upper_rate
    from scopes
    cross join days
    left join totals on scopes.scope = totals.scope
    left join by_day on scopes.scope = by_day.scope and days.day_number = by_day.day_number
    left join last_of_day on scopes.scope = last_of_day.scope and days.day_number = last_of_day.day_number
    window by_days as (partition by scopes.scope order by days.day_number)
),

curve as (
    select
        scope,
        day_number,
        eligible_count,
        returned_count::bigint as returned_count,
        {{ rate('returned_count', 'eligible_count') }} as returned_rate,
        longest_watched_hours >= 24 * day_number or survival_rate = 0 as is_known,
        1 - survival_rate as estimated_rate,
        case when survival_rate > 0 then 1 - max(survival_upper_rate) over step end as estimated_lower_rate,
        case when survival_rate > 0 then 1 - max(survival_lower_rate) over step end as estimated_upper_rate
    from filled
    window step as (partition by scope, steps_count)
)

select
    scope,
    day_number,
    eligible_count,
    returned_count,
    returned_rate,
    case when is_known then estimated_rate end as estimated_rate,
    case when is_known then estimated_lower_rate end as estimated_lower_rate,
    case when is_known then estimated_upper_rate end as estimated_upper_rate
from curve
