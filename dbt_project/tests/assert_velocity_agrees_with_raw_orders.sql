-- Units of each drop's SKUs in its velocity window, summed from raw rows, each line asked by itself which drop it is in.
{{ config(tags=['suite']) }}

with

instant as (
    select * from {{ source('raw', 'as_of') }}
),

order_lines as (
    {{ raw_order_lines_at('instant') }}
),

plans as (
    select distinct on (drop_id) * from {{ source('raw', 'drops') }}
    order by drop_id, version desc, _row_hash
),

by_raw as (
    select
        plans.drop_id,
        skus.sku,
        (
            select coalesce(sum(o.quantity), 0) from order_lines as o
            where
                o.sku = skus.sku
                and not o.is_cancelled
                and coalesce(o.drop_id, plans.drop_id) = plans.drop_id
                and o.ordered_at >= plans.starts_at
                and o.ordered_at < least(plans.ends_at, plans.starts_at + to_hours(instant.velocity_window_hours))
        ) as sold_units,
        (
            select coalesce(sum(s.units), 0) from {{ source('raw', 'drop_stock') }} as s
            where
                s._row_hash = plans._row_hash
                and s.sku = skus.sku
                and s.staged_at < plans.starts_at + to_hours(instant.velocity_window_hours)
        ) as staged_units
    from plans
    inner join {{ source('raw', 'drop_skus') }} as skus on plans._row_hash = skus._row_hash
    cross join instant
)

select *
from by_raw
full join {{ ref('rpt_inventory_velocity_by_sku') }} as rpt using (drop_id, sku)
where
    by_raw.sold_units is distinct from rpt.sold_units
    or by_raw.staged_units is distinct from rpt.staged_units
