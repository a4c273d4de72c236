-- A line belongs to the drop that it names, if the plan has its SKU and the drop's window holds its ordered_at; if they
-- do not fit it is flagged and belongs to none. A line that names no drop belongs to the one whose plan has its SKU and
-- whose window holds its ordered_at, in any channel. Windows are half-open: the last instant is not in it.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('order_id', 'stg_changes__orders') }}"
) }}

with

order_lines as (
    select * from {{ ref('stg_orders__lines') }}
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
),

skus as (
    select * from {{ ref('stg_drops__skus') }}
),

-- Plans may not share a SKU at one time; should two do so all the same, the earlier drop has it and nothing is doubled.
fitting as (
    select
        order_lines.order_id,
        order_lines.line_number,
        plans.drop_id,
        plans.starts_at,
        plans.currency_code as drop_currency_code,
        row_number() over (
            partition by order_lines.order_id, order_lines.line_number
            order by plans.starts_at, plans.drop_id
        ) as fit_rank
    from order_lines
    inner join skus on order_lines.sku = skus.sku
    inner join plans
        on
            skus.drop_id = plans.drop_id
            and order_lines.ordered_at >= plans.starts_at
            and order_lines.ordered_at < plans.ends_at
    where order_lines.named_drop_id is null or order_lines.named_drop_id = plans.drop_id
),

attributed as (
    select
        order_lines.order_id,
        order_lines.line_number,
        fitting.drop_id,
        order_lines.named_drop_id,
        order_lines.sku,
        order_lines.channel,
        order_lines.is_cancelled,
        order_lines.ordered_at,
        {{ hours_between('fitting.starts_at', 'order_lines.ordered_at') }} as hours_since_start,
        order_lines.buyer_key,
        order_lines.hub_id,
        order_lines.fulfilment,
        order_lines.door_latitude,
        order_lines.door_longitude,
        order_lines.country_code,
        order_lines.currency_code,
        order_lines.ordered_units,
        order_lines.unit_price_amount,
        order_lines.ordered_units * order_lines.unit_price_amount as gross_sales_amount,
        order_lines.discount_amount,
        case
            when order_lines.named_drop_id is null or fitting.drop_id is not null then null
            when named_plans.drop_id is null then 'unknown_drop'
            when named_skus.sku is null then 'sku_not_in_drop'
            else 'outside_window'
        end as drop_flag,
        coalesce(order_lines.currency_code != fitting.drop_currency_code, false) as is_other_currency
    from order_lines
    left join fitting
        on
            order_lines.order_id = fitting.order_id
            and order_lines.line_number = fitting.line_number
            and fitting.fit_rank = 1
    left join plans as named_plans on order_lines.named_drop_id = named_plans.drop_id
    left join skus as named_skus
        on
            order_lines.named_drop_id = named_skus.drop_id
            and order_lines.sku = named_skus.sku
)

select * from attributed
