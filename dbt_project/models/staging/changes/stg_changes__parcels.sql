-- Parcels of which an event came into view since the last build: it landed, or as_of passed the instant from which it
-- counts or from which it was withdrawn. One row for each order and box that any of the parcel's events names, since
-- what it belongs to may change too.
{{ config(materialized='table') }}

with

build as (
    select * from {{ source('raw', 'build_state') }}
),

changed_events as (
    -- One instant at a time, here and in the lists beside: only so does an engine skip the stretches of a large table
    -- that hold none of the hour's.
    select deliveries.event_id
    from {{ source('raw', 'deliveries') }} as deliveries
    cross join build
    where deliveries.recorded_at >= build.changed_since and deliveries.recorded_at < build.as_of

    union

    select deliveries.event_id
    from {{ source('raw', 'deliveries') }} as deliveries
    cross join build
    where
        deliveries.recorded_at is null
        and deliveries.occurred_at >= build.changed_since
        and deliveries.occurred_at < build.as_of

    union

    select deliveries.event_id
    from {{ source('raw', 'deliveries') }} as deliveries
    cross join build
    where deliveries.withdrawn_at >= build.changed_since and deliveries.withdrawn_at < build.as_of

    union

    select event_id
    from {{ source('raw', 'deliveries') }}
    where _file_id in (select landed.file_id from {{ source('raw', 'new_files') }} as landed)
),

changed as (
    select parcel_id
    from {{ source('raw', 'deliveries') }}
    where event_id in (select changed_events.event_id from changed_events)

    union

    select parcel_id
    from {{ source('raw', 'deliveries') }}
    where
        hub_id in (
            select plans.described_id
            from {{ ref('stg_changes__plans') }} as plans
            where plans.kind = 'hub'
        )
)

select distinct
    parcel_id,
    order_id,
    box_id
from {{ rows_where(source('raw', 'deliveries'), 'parcel_id in (select changed.parcel_id from changed)') }}
