-- Units sold in a drop's first 48 hours over the units staged for them. Before hour 48 it is "so far" and not final;
-- before the start, and without stock, it is unknown. A drop is oversold if one of its SKUs is.
with

by_sku as (
    select * from {{ ref('rpt_inventory_velocity_by_sku') }}
),

velocity as (
    select
        drop_id as scope,
        sum(sold_units)::bigint as sold_units,
        sum(staged_units)::bigint as staged_units,
        case when max(sell_through_rate) is not null then {{ rate('sum(sold_units)', 'sum(staged_units)') }} end
            as sell_through_rate,
        count(*) as skus_count,
        count(sold_out_at) as skus_sold_out_count,
        count(*) filter (where sold_units > 0) as skus_sold_count,
        bool_and(is_final) as is_final,
        bool_or(is_oversold) as is_oversold
    from by_sku
    group by drop_id
)

select * from velocity
