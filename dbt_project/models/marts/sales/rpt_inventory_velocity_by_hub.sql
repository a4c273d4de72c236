-- Where a drop's stock lies and where it sells: units sold in the first 48 hours over units staged for them, by SKU and
-- hub, and the instant at which the hub's last unit went. Lines that name no hub are under `unknown`. Before the start
-- the rate is unknown.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('drop_id', 'int_changes__scopes', 'scope') }}"
) }}

with

plans as (
    select
        plans.drop_id,
        plans.starts_at,
        {{ hours_after('plans.starts_at', 'instant.velocity_window_hours') }} as window_ends_at,
        instant.as_of
    from {{ ref('stg_drops__plans') }} as plans
    cross join {{ ref('stg_as_of__instant') }} as instant
    where {{ has_changed('plans.drop_id', 'int_changes__scopes', 'scope') }}
),

staged as (
    select
        stock.drop_id,
        stock.sku,
        stock.hub_id,
        sum(stock.staged_units)::bigint as staged_units
    from {{ ref('stg_drops__stock') }} as stock
    inner join plans on stock.drop_id = plans.drop_id and stock.staged_at < plans.window_ends_at
    group by stock.drop_id, stock.sku, stock.hub_id
),

sold_lines as (
    select
        order_lines.drop_id,
        order_lines.sku,
        {{ name_or_unknown('order_lines.hub_id') }} as hub_id,
        order_lines.ordered_at,
        order_lines.ordered_units,
        sum(order_lines.ordered_units) over (
            partition by order_lines.drop_id, order_lines.sku, {{ name_or_unknown('order_lines.hub_id') }}
            order by order_lines.ordered_at, order_lines.order_id, order_lines.line_number
        ) as cumulative_units
    from {{ ref('int_order_lines__of_drops') }} as order_lines
    inner join plans
        on
            order_lines.drop_id = plans.drop_id
            and order_lines.ordered_at < plans.window_ends_at
    where not order_lines.is_cancelled
),

sold as (
    select
        sold_lines.drop_id,
        sold_lines.sku,
        sold_lines.hub_id,
        sum(sold_lines.ordered_units)::bigint as sold_units,
        min(case when sold_lines.cumulative_units >= staged.staged_units then sold_lines.ordered_at end) as sold_out_at
    from sold_lines
    left join staged
        on
            sold_lines.drop_id = staged.drop_id
            and sold_lines.sku = staged.sku
            and sold_lines.hub_id = staged.hub_id
    group by sold_lines.drop_id, sold_lines.sku, sold_lines.hub_id
),

by_hub as (
    select
        coalesce(staged.drop_id, sold.drop_id) as drop_id,
        coalesce(staged.sku, sold.sku) as sku,
        coalesce(staged.hub_id, sold.hub_id) as hub_id,
        coalesce(sold.sold_units, 0) as sold_units,
        coalesce(staged.staged_units, 0) as staged_units,
        sold.sold_out_at
    from staged
    full outer join sold
        on
            staged.drop_id = sold.drop_id
            and staged.sku = sold.sku
            and staged.hub_id = sold.hub_id
),

timed as (
    select
        by_hub.drop_id,
        by_hub.sku,
        by_hub.hub_id,
        by_hub.sold_units,
        by_hub.staged_units,
        case
            when plans.as_of > plans.starts_at then {{ rate('by_hub.sold_units', 'by_hub.staged_units') }}
        end as sell_through_rate,
        by_hub.sold_out_at,
        {{ hours_between('plans.starts_at', 'by_hub.sold_out_at') }} as sold_out_hours
    from by_hub
    inner join plans on by_hub.drop_id = plans.drop_id
)

select * from timed
