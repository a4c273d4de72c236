-- Units of a SKU sold in the first 48 hours (the 48th hour's end is out, cancelled lines are out, later returns are not
-- taken off) over the units staged before it. Sold out is the instant of the order that took the last unit staged; what
-- was never staged cannot sell out, it is oversold.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('drop_id', 'int_changes__scopes', 'scope') }}"
) }}

with

skus as (
    select * from {{ ref('dim_skus') }}
    where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
),

drops as (
    select
        plans.drop_id,
        plans.starts_at,
        {{ hours_after('plans.starts_at', 'instant.velocity_window_hours') }} as window_ends_at,
        instant.as_of
    from {{ ref('stg_drops__plans') }} as plans
    cross join {{ ref('stg_as_of__instant') }} as instant
    where {{ has_changed('plans.drop_id', 'int_changes__scopes', 'scope') }}
),

sold_lines as (
    select
        order_lines.drop_id,
        order_lines.sku,
        order_lines.ordered_at,
        order_lines.ordered_units,
        sum(order_lines.ordered_units) over (
            partition by order_lines.drop_id, order_lines.sku
            order by order_lines.ordered_at, order_lines.order_id, order_lines.line_number
        ) as cumulative_units
    from {{ ref('int_order_lines__of_drops') }} as order_lines
    inner join drops
        on
            order_lines.drop_id = drops.drop_id
            and order_lines.ordered_at < drops.window_ends_at
    where not order_lines.is_cancelled
),

sold as (
    select
        skus.drop_id,
        skus.sku,
        coalesce(sum(sold_lines.ordered_units), 0)::bigint as sold_units,
        min(
            case
                when skus.staged_48h_units > 0 and sold_lines.cumulative_units >= skus.staged_48h_units
                    then sold_lines.ordered_at
            end
        ) as sold_out_at
    from skus
    left join sold_lines on skus.drop_id = sold_lines.drop_id and skus.sku = sold_lines.sku
    group by skus.drop_id, skus.sku
),

velocity as (
    select
        skus.drop_id,
        skus.sku,
        drops.starts_at,
        sold.sold_units,
        skus.staged_48h_units as staged_units,
        case
            when drops.as_of > drops.starts_at then {{ rate('sold.sold_units', 'skus.staged_48h_units') }}
        end as sell_through_rate,
        sold.sold_out_at,
        {{ hours_between('drops.starts_at', 'sold.sold_out_at') }} as sold_out_hours,
        drops.as_of >= drops.window_ends_at as is_final,
        sold.sold_units > skus.staged_48h_units as is_oversold
    from skus
    inner join sold on skus.drop_id = sold.drop_id and skus.sku = sold.sku
    inner join drops on skus.drop_id = drops.drop_id
)

select * from velocity
