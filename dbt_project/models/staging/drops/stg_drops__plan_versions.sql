-- Every version of a drop's plan that has landed; of two contents under one version the smaller hash counts.
with

ranked as (
    select
        *,
        row_number() over (partition by drop_id, version order by _row_hash) as content_rank,
        count(*) over (partition by drop_id, version) as contents_count
    from {{ source('raw', 'drops') }}
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
    contents_count
from ranked
where content_rank = 1
