-- Scans, shares and share counters known at as_of; of two contents under one scan_id the smaller hash counts.
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

ranked as (
    select
        scans.*,
        row_number() over (
            partition by scans.scan_id
            order by scans._row_hash
        ) as content_rank
    from {{ source('raw', 'scans') }} as scans
    cross join instant
    where scans.scanned_at < instant.as_of
)

select
    scan_id,
    kind,
    scanned_at,
    box_id,
    order_id,
    drop_id as named_drop_id,
    post_id,
    share_count as counted_shares_count,
    visitor_id,
    platform,
    {{ is_bot('user_agent') }} as is_bot
from ranked
where content_rank = 1
