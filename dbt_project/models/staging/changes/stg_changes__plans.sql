-- Drops and hubs of which a description landed since the last build, whichever version it is.
with

new_files as (
    select file_id from {{ source('raw', 'new_files') }}
),

build as (
    select * from {{ source('raw', 'build_state') }}
),

changed as (
    select
        'drop' as kind,
        drops.drop_id as described_id
    from {{ source('raw', 'drops') }} as drops
    cross join build
    where build.is_full or drops._file_id in (select new_files.file_id from new_files)

    union all

    select
        'hub' as kind,
        hubs.hub_id as described_id
    from {{ source('raw', 'hubs') }} as hubs
    cross join build
    where build.is_full or hubs._file_id in (select new_files.file_id from new_files)
)

select distinct
    kind,
    described_id
from changed
