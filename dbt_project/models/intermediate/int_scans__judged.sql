-- A scan of a delivered box counts if a person made it after delivery and the visitor had not scanned that box in the
-- 30 minutes before (exactly 30 minutes is still the same look). Scans without a visitor cannot be told apart from one
-- another and count each. What does not count is kept with its reason.
-- Only those of boxes that may look different now.
{{ config(materialized='table') }}

with

scans as (
    select * from {{ ref('stg_scans__events') }}
    where
        kind = 'scan'
        and {{ box_or_none('box_id') }} in (select changes.box_id from {{ ref('int_changes__boxes') }} as changes)
),

boxes as (
    select * from {{ ref('int_boxes__delivered') }}
),

judged as (
    select
        scans.scan_id,
        scans.box_id,
        scans.scanned_at,
        scans.visitor_id,
        boxes.order_id,
        case
            when scans.is_bot then 'bot'
            when boxes.box_id is null then 'unknown_box'
            when boxes.delivered_at is null or scans.scanned_at < boxes.delivered_at then 'early'
            else 'counted'
        end as verdict
    from scans
    left join boxes on scans.box_id = boxes.box_id
),

with_previous as (
    select
        *,
        lag(scanned_at) over (
            partition by verdict, box_id, coalesce(visitor_id, scan_id)
            order by scanned_at, scan_id
        ) as previous_scanned_at
    from judged
),

counted as (
    select
        scan_id,
        box_id,
        order_id,
        scanned_at,
        case
            when
                verdict = 'counted'
                and previous_scanned_at is not null
                and scanned_at <= previous_scanned_at + interval '30 minutes'
                then 'repeated'
            else verdict
        end as verdict
    from with_previous
)

select * from counted
