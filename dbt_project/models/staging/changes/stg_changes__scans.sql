-- Scans and shares that came into view since the last build, with every box, order, drop and post that any content
-- under their scan_id names.
{{ config(materialized='table') }}

with

build as (
    select * from {{ source('raw', 'build_state') }}
),

changed as (
    select scans.scan_id
    from {{ source('raw', 'scans') }} as scans
    cross join build
    where scans.scanned_at >= build.changed_since and scans.scanned_at < build.as_of

    union

    select scan_id
    from {{ source('raw', 'scans') }}
    where _file_id in (select landed.file_id from {{ source('raw', 'new_files') }} as landed)
)

select
    scan_id,
    box_id,
    order_id,
    drop_id as named_drop_id,
    {{ counter_key('post_id', 'box_id', 'order_id', 'drop_id') }} as counter_key
from {{ source('raw', 'scans') }}
where scan_id in (select changed.scan_id from changed)
