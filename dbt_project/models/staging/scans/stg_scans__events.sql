-- Scans, shares and share counters known at as_of; of two contents under one scan_id the smaller hash counts.
-- Only those whose box or share counter may look different now.
{{ config(materialized='table') }}
{% set scans = source('raw', 'scans') -%}
{% set of_changed_boxes -%}
    scan_id in (
        select contents.scan_id from {{ scans }} as contents
        where
            contents.kind = 'scan'
            and {{ box_or_none('contents.box_id') }}
            in (select boxes.box_id from {{ ref('int_changes__boxes') }} as boxes)

        union all

        select contents.scan_id from {{ scans }} as contents
        where
            contents.kind != 'scan'
            and {{ counter_key('contents.post_id', 'contents.box_id', 'contents.order_id', 'contents.drop_id') }}
            in (select counters.counter_key from {{ ref('int_changes__counters') }} as counters)
    )
{%- endset -%}
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
    from {{ rows_where(scans, of_changed_boxes) }} as scans
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
    {{ counter_key('post_id', 'box_id', 'order_id', 'drop_id') }} as counter_key,
    share_count as counted_shares_count,
    visitor_id,
    platform,
    {{ is_bot('user_agent') }} as is_bot
from ranked
where content_rank = 1
