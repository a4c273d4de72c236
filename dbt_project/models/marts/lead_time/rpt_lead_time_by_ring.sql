-- Hours from order to door by distance, of what was delivered; every distance, so this reaches beyond the headline's
-- radius. A ring from a to b is a < km <= b, the first includes 0; deliveries without a distance are in none.
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

rings (ring, ring_number) as (
    values ('0-5', 1), ('5-20', 2), ('20-100', 3), ('100-500', 4), ('500+', 5)
),

measured as (
    select * from {{ ref('int_lead_times__delivered') }}
    where dimension = 'ring'
),

by_ring as (
    select
        scopes.scope,
        rings.ring,
        rings.ring_number,
        coalesce(measured.delivered_count, 0) as delivered_count,
        measured.delivered_only_median_hours
    from scopes
    cross join rings
    left join measured on scopes.scope = measured.scope and rings.ring = measured.dimension_value
)

select * from by_ring
