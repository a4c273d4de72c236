-- Of a drop's plans the highest version counts; of two that claim one version, the smaller hash, whatever came first.
with

plans as (
    select * from {{ source('raw', 'drops') }}
),

ranked as (
    select
        *,
        row_number() over (partition by drop_id order by version desc, _row_hash asc) as plan_rank
    from plans
)

select
    drop_id,
    version,
    name,
    starts_at,
    ends_at,
    timezone,
    currency_code,
    tax_rate,
    max_staleness_hours,
    holdout_rate,
    taper_hours,
    seed,
    _row_hash as plan_hash
from ranked
where plan_rank = 1
