-- Every scan known at as_of is in exactly one of the shop's counts, but for those of cancelled orders, whose boxes are
-- unknown; and no box is scanned or delivered that the raw events do not know.
{{ config(tags=['suite']) }}

with

instant as (
    select * from {{ source('raw', 'as_of') }}
),

by_raw as (
    select
        (
            select count(distinct s.scan_id) from {{ source('raw', 'scans') }} as s, instant
            where s.kind = 'scan' and s.scanned_at < instant.as_of
        ) as all_scans_count,
        (
            select count(distinct d.parcel_id) from {{ source('raw', 'deliveries') }} as d, instant
            where d.status = 'delivered' and coalesce(d.recorded_at, d.occurred_at) < instant.as_of
        ) as parcels_delivered_count
)

select *
from {{ ref('rpt_unboxing_engagement') }} as rpt, by_raw
where
    rpt.scope = 'shop'
    and (
        rpt.scans_count + rpt.bot_scans_count + rpt.early_scans_count
        + rpt.repeated_scans_count + rpt.unknown_box_scans_count != by_raw.all_scans_count
        or rpt.boxes_delivered_count > by_raw.parcels_delivered_count
        or rpt.boxes_scanned_count > least(rpt.boxes_delivered_count, rpt.scans_count)
        or round(rpt.engagement_per_box - rpt.scans_per_box - rpt.shares_per_box, 9) != 0
    )
