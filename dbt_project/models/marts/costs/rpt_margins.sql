-- What is left of a drop's net sales by SKU, channel and hub, in the drop's currency: tax, the channel's fee and the
-- cost of the goods that stayed sold taken off. A returned unit is back in stock and costs nothing here; delivery is
-- not in it, since one parcel carries several SKUs (see the fulfilment costs).
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('drop_id', 'int_changes__scopes', 'scope') }}"
) }}

with

order_lines as (
    select *
    from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled and not is_other_currency
),

refunds as (
    select
        order_id,
        line_number,
        sum(returned_units) as returned_units,
        sum(refund_amount) as refund_amount
    from {{ ref('fct_returns') }}
    where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }} and not is_other_currency
    group by order_id, line_number
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
),

skus as (
    select * from {{ ref('stg_drops__skus') }}
),

channels as (
    select * from {{ ref('stg_drops__channels') }}
),

sales as (
    select
        order_lines.drop_id,
        order_lines.sku,
        order_lines.channel,
        {{ name_or_unknown('order_lines.hub_id') }} as hub_id,
        sum(order_lines.ordered_units)::bigint as sold_units,
        coalesce(sum(refunds.returned_units), 0)::bigint as returned_units,
        sum(order_lines.gross_sales_amount)::decimal(38, 4) as gross_sales_amount,
        sum(order_lines.discount_amount)::decimal(38, 4) as discounts_amount,
        coalesce(sum(refunds.refund_amount), 0)::decimal(38, 4) as refunds_amount
    from order_lines
    left join refunds
        on
            order_lines.order_id = refunds.order_id
            and order_lines.line_number = refunds.line_number
    group by order_lines.drop_id, order_lines.sku, order_lines.channel, {{ name_or_unknown('order_lines.hub_id') }}
),

-- Prices include tax; a channel that the plan does not name takes no fee.
priced as (
    select
        sales.*,
        plans.currency_code,
        (sales.gross_sales_amount - sales.discounts_amount - sales.refunds_amount)::decimal(38, 4) as net_sales_amount,
        coalesce(channels.fee_rate, 0) as fee_rate,
        plans.tax_rate,
        greatest(sales.sold_units - sales.returned_units, 0) * skus.unit_cost_amount as goods_cost_amount
    from sales
    inner join plans on sales.drop_id = plans.drop_id
    inner join skus on sales.drop_id = skus.drop_id and sales.sku = skus.sku
    left join channels on sales.drop_id = channels.drop_id and sales.channel = channels.channel
),

taxed as (
    select
        *,
        (net_sales_amount::double / (1 + tax_rate::double))::decimal(38, 4) as untaxed_sales_amount
    from priced
),

margins as (
    select
        drop_id,
        sku,
        channel,
        hub_id,
        currency_code,
        sold_units,
        returned_units,
        gross_sales_amount,
        discounts_amount,
        refunds_amount,
        net_sales_amount,
        untaxed_sales_amount,
        (untaxed_sales_amount::double * fee_rate::double)::decimal(38, 4) as fees_amount,
        goods_cost_amount::decimal(38, 4) as goods_cost_amount
    from taxed
),

with_margin as (
    select
        *,
        (untaxed_sales_amount - fees_amount - goods_cost_amount)::decimal(38, 4) as margin_amount,
        {{ rate('untaxed_sales_amount - fees_amount - goods_cost_amount', 'untaxed_sales_amount') }} as margin_rate
    from margins
)

select * from with_margin
