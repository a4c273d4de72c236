-- A drop is planned before its start, live in its window, then settling; it is final 30 days after its end, once
-- nothing of it that still waits is younger than 30 days. What was final at the last build is asked for before this one
-- says what is final now.
-- depends_on: {{ ref('int_changes__scopes') }}
with

plans as (
    select * from {{ ref('stg_drops__plans') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

lead_times as (
    select * from {{ ref('fct_parcel_lead_times') }}
),

unsettled as (
    select
        scope,
        count(*) as unsettled_count
    from lead_times
    where not is_settled
    group by scope
),

drops as (
    select
        plans.drop_id,
        plans.version,
        plans.name,
        plans.starts_at,
        plans.ends_at,
        plans.timezone,
        plans.currency_code,
        plans.tax_rate,
        plans.max_staleness_hours,
        plans.holdout_rate,
        plans.taper_hours,
        plans.seed,
        case
            when instant.as_of < plans.starts_at then 'planned'
            when instant.as_of < plans.ends_at then 'live'
            when
                instant.as_of < {{ days_after('plans.ends_at', 'instant.settling_days') }}
                or unsettled.unsettled_count > 0
                then 'settling'
            else 'final'
        end as status,
        greatest(
            0.0,
            {{ hours_between('plans.starts_at', 'least(instant.as_of, plans.ends_at)') }}
        )::double as hours_elapsed,
        coalesce(unsettled.unsettled_count, 0) as unsettled_count
    from plans
    cross join instant
    left join unsettled on plans.drop_id = unsettled.scope
)

select * from drops
