-- Of a hub's descriptions the latest counts; of two with one date, the smaller hash.
with

ranked as (
    select
        *,
        row_number() over (
            partition by hub_id
            order by updated_at desc nulls last, _row_hash asc
        ) as content_rank
    from {{ source('raw', 'hubs') }}
)

select
    hub_id,
    name,
    latitude,
    longitude,
    capacity_units
from ranked
where content_rank = 1
