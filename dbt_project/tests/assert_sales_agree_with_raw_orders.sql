-- The money of the shop is that of the raw order lines, to the last digit; and the money of each drop is the sum of its
-- hours in its own currency.
{{ config(tags=['suite']) }}

with

instant as (
    select * from {{ source('raw', 'as_of') }}
),

order_lines as (
    {{ raw_order_lines_at('instant') }}
),

expected as (
    select
        'shop' as scope,
        sum(quantity) as sold_units,
        case when count(distinct currency_code) = 1 then sum(quantity * unit_price) end as gross_sales_amount,
        case when count(distinct currency_code) = 1 then sum(coalesce(discount_amount, 0)) end as discounts_amount
    from order_lines
    where not is_cancelled

    union all

    select
        drops.drop_id as scope,
        coalesce(sum(hourly.sold_units), 0) as sold_units,
        coalesce(sum(hourly.gross_sales_amount) filter (where hourly.currency_code = drops.currency_code), 0) as gross_sales_amount,
        coalesce(sum(hourly.discounts_amount) filter (where hourly.currency_code = drops.currency_code), 0) as discounts_amount
    from {{ ref('dim_drops') }} as drops
    left join {{ ref('fct_sku_sales_hourly') }} as hourly on drops.drop_id = hourly.drop_id
    group by drops.drop_id
)

select *
from expected
full join {{ ref('rpt_drop_scorecard') }} as rpt using (scope)
where
    coalesce(expected.sold_units, 0) is distinct from rpt.sold_units
    or expected.gross_sales_amount is distinct from rpt.gross_sales_amount
    or expected.discounts_amount is distinct from rpt.discounts_amount
