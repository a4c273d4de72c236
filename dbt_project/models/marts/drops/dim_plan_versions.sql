-- What each version of a drop's plan said. The highest one counts (`dim_drops`), whenever the others landed: rows, and
-- no dbt snapshot, whose history would depend on which file came when.
{{ config(materialized='view') }}

with

versions as (
    select * from {{ ref('stg_drops__plan_versions') }}
),

described as (
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
        contents_count,
        version = max(version) over (partition by drop_id) as is_current
    from versions
)

select * from described
