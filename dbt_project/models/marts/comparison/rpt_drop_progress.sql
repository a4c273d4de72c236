-- What a drop had sold by the end of each hour since its start, hours without a sale and those still to come apart: lay
-- two drops side by side by `hours_since_start`. Money in the drop's own currency alone.
with

drops as (
    select * from {{ ref('dim_drops') }}
),

hours as (
    select
        drop_id,
        currency_code,
        unnest(
            -- The hour that has begun is there too.
            generate_series(0, ceil(hours_elapsed)::bigint - 1)
        ) as hours_since_start
    from drops
    where hours_elapsed > 0
),

staged as (
    select
        drop_id,
        sum(staged_48h_units)::bigint as staged_units
    from {{ ref('dim_skus') }}
    group by drop_id
),

sales as (
    select
        sales.drop_id,
        sales.hours_since_start,
        sum(sales.sold_units)::bigint as sold_units,
        sum(case when sales.currency_code = drops.currency_code then sales.net_sales_amount end) as net_sales_amount
    from {{ ref('fct_sku_sales_hourly') }} as sales
    inner join drops on sales.drop_id = drops.drop_id
    group by sales.drop_id, sales.hours_since_start
),

progress as (
    select
        hours.drop_id,
        hours.hours_since_start::integer as hours_since_start,
        hours.currency_code,
        coalesce(sales.sold_units, 0) as sold_units,
        coalesce(sales.net_sales_amount, 0)::decimal(38, 4) as net_sales_amount,
        (sum(coalesce(sales.sold_units, 0)) over so_far)::bigint as cumulative_units,
        (sum(coalesce(sales.net_sales_amount, 0)) over so_far)::decimal(38, 4) as cumulative_net_sales_amount,
        {{ rate('sum(coalesce(sales.sold_units, 0)) over so_far', 'staged.staged_units') }} as cumulative_staged_rate
    from hours
    left join sales on hours.drop_id = sales.drop_id and hours.hours_since_start = sales.hours_since_start
    left join staged on hours.drop_id = staged.drop_id
    window so_far as (partition by hours.drop_id order by hours.hours_since_start)
)

select * from progress
