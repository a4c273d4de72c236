-- Everything that is said first about a drop, or about the shop, in one row. Money is in one currency: a drop's own
-- (lines in others are counted, not added), the shop's only if it has a single one.
with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
),

drops as (
    select * from {{ ref('dim_drops') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__attributed') }}
    where not is_cancelled
),

refunds as (
    select
        order_id,
        line_number,
        sum(refund_amount) as refund_amount,
        count(*) as returns_count
    from {{ ref('fct_returns') }}
    where not is_unknown_order and not is_other_currency
    group by order_id, line_number
),

refunded_lines as (
    select
        order_lines.order_id,
        order_lines.drop_id,
        order_lines.currency_code,
        order_lines.is_other_currency,
        order_lines.ordered_units,
        order_lines.gross_sales_amount,
        order_lines.discount_amount,
        refunds.refund_amount,
        refunds.returns_count
    from order_lines
    left join refunds
        on
            order_lines.order_id = refunds.order_id
            and order_lines.line_number = refunds.line_number
),

shop_sales as (
    select
        'shop' as scope,
        count(distinct order_id) as orders_count,
        count(*) as order_lines_count,
        sum(ordered_units)::bigint as sold_units,
        case when count(distinct currency_code) = 1 then min(currency_code) end as currency_code,
        case when count(distinct currency_code) = 1 then sum(gross_sales_amount) end as gross_sales_amount,
        case when count(distinct currency_code) = 1 then sum(discount_amount) end as discounts_amount,
        case when count(distinct currency_code) = 1 then coalesce(sum(refund_amount), 0) end as refunds_amount,
        sum(returns_count)::bigint as returns_count,
        0 as other_currency_lines_count
    from refunded_lines
),

drop_sales as (
    select
        drop_id as scope,
        count(distinct order_id) as orders_count,
        count(*) as order_lines_count,
        sum(ordered_units)::bigint as sold_units,
        null as currency_code,
        sum(case when is_other_currency then 0 else gross_sales_amount end) as gross_sales_amount,
        sum(case when is_other_currency then 0 else discount_amount end) as discounts_amount,
        coalesce(sum(case when is_other_currency then 0 else refund_amount end), 0) as refunds_amount,
        sum(returns_count)::bigint as returns_count,
        count(*) filter (where is_other_currency) as other_currency_lines_count
    from refunded_lines
    where drop_id is not null
    group by drop_id
),

sales as (
    select * from shop_sales
    union all
    select * from drop_sales
),

lead_time as (
    select * from {{ ref('rpt_lead_time') }}
),

velocity as (
    select * from {{ ref('rpt_inventory_velocity') }}
),

conversion as (
    select * from {{ ref('rpt_repeat_conversion') }}
),

engagement as (
    select * from {{ ref('rpt_unboxing_engagement') }}
),

scorecard as (
    select
        scopes.scope,
        drops.status,
        drops.unsettled_count,
        scopes.name,
        scopes.starts_at,
        scopes.ends_at,
        lead_time.as_of,
        coalesce(scopes.currency_code, sales.currency_code) as currency_code,
        coalesce(sales.orders_count, 0) as orders_count,
        coalesce(sales.order_lines_count, 0) as order_lines_count,
        coalesce(sales.sold_units, 0) as sold_units,
        -- Nothing sold is 0 in the currency of a drop, and unknown for a shop that has no currency yet.
        case when scopes.scope = 'shop' then sales.gross_sales_amount else coalesce(sales.gross_sales_amount, 0) end
        ::decimal(38, 4) as gross_sales_amount,
        case when scopes.scope = 'shop' then sales.discounts_amount else coalesce(sales.discounts_amount, 0) end
        ::decimal(38, 4) as discounts_amount,
        case when scopes.scope = 'shop' then sales.refunds_amount else coalesce(sales.refunds_amount, 0) end
        ::decimal(38, 4) as refunds_amount,
        coalesce(sales.returns_count, 0) as returns_count,
        coalesce(sales.other_currency_lines_count, 0)::bigint as other_currency_lines_count,
        lead_time.delivered_count,
        lead_time.under_way_count,
        lead_time.not_handed_over_count,
        lead_time.ended_count,
        lead_time.no_distance_count,
        lead_time.pickup_count,
        lead_time.median_hours,
        lead_time.median_lower_hours,
        lead_time.median_upper_hours,
        lead_time.km_p90_hours,
        lead_time.km_p90_lower_hours,
        lead_time.km_p90_upper_hours,
        lead_time.delivered_only_median_hours,
        lead_time.delivered_only_p90_hours,
        lead_time.carrier_leg_median_hours,
        lead_time.carrier_leg_count,
        lead_time.promised_count,
        lead_time.on_time_count,
        velocity.sold_units as velocity_sold_units,
        velocity.staged_units as velocity_staged_units,
        velocity.sell_through_rate,
        velocity.skus_count,
        velocity.skus_sold_out_count,
        velocity.skus_sold_count,
        velocity.is_final as is_velocity_final,
        velocity.is_oversold,
        conversion.buyers_count,
        conversion.eligible_count,
        conversion.returned_count,
        conversion.pending_count,
        conversion.pending_returned_count,
        conversion.any_reorder_count,
        conversion.keyless_orders_count,
        conversion.conversion_rate,
        conversion.estimated_conversion_rate,
        conversion.estimated_conversion_lower_rate,
        conversion.estimated_conversion_upper_rate,
        engagement.boxes_delivered_count,
        engagement.scans_count,
        engagement.shares_count,
        engagement.boxes_scanned_count,
        engagement.engagement_per_box,
        engagement.scans_per_box,
        engagement.shares_per_box,
        engagement.boxes_scanned_rate,
        engagement.first_scan_median_hours,
        engagement.bot_scans_count,
        engagement.early_scans_count
    from scopes
    left join drops on scopes.scope = drops.drop_id
    left join sales on scopes.scope = sales.scope
    inner join lead_time on scopes.scope = lead_time.scope
    left join velocity on scopes.scope = velocity.scope
    inner join conversion on scopes.scope = conversion.scope
    inner join engagement on scopes.scope = engagement.scope
),

with_net as (
    select
        *,
        (gross_sales_amount - discounts_amount - refunds_amount)::decimal(38, 4) as net_sales_amount
    from scorecard
)

select * from with_net
