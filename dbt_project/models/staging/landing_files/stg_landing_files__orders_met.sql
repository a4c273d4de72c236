-- The instant of the last tick that met an orders file, known content included: what was sold after it nobody knows
-- yet. A header alone is a heartbeat; a file whose every row was rejected says nothing of what was sold.
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

told as (
    select
        file_id,
        as_of
    from {{ source('raw', 'landing_files') }}
    where feed = 'orders' and status = 'loaded' and (rows_read = 0 or rejected < rows_read)
),

met as (
    select told.as_of as met_at
    from told

    union all

    select sightings.as_of as met_at
    from {{ source('raw', 'file_sightings') }} as sightings
    where sightings.file_id in (select told.file_id from told)
)

select
    instant.as_of,
    max(met.met_at) as orders_met_at
from instant
left join met on instant.as_of >= met.met_at
group by instant.as_of
