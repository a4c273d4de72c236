-- What any version of a changed order says of its time and buyer, and each drop that it may belong to by any version of
-- the drop's plan. One row per version and such drop; without a drop where there is none.
{{ config(materialized='table') }}

with

versions as (
    select distinct
        ordered_at,
        buyer_key,
        sku,
        drop_id
    from {{ source('raw', 'orders') }}
    where {{ has_changed('order_id', 'stg_changes__orders') }}
),

windows as (
    select distinct
        skus.sku,
        plans.drop_id,
        plans.starts_at,
        plans.ends_at
    from {{ source('raw', 'drop_skus') }} as skus
    inner join {{ source('raw', 'drops') }} as plans on skus.drop_id = plans.drop_id
)

select distinct
    versions.ordered_at,
    versions.buyer_key,
    windows.drop_id as scope
from versions
left join windows
    on
        versions.sku = windows.sku
        and versions.ordered_at >= windows.starts_at
        and versions.ordered_at < windows.ends_at
