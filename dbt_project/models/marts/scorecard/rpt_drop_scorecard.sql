-- Everything that is said first about a drop, or about the shop, in one row. Money is in one currency: a drop's own
-- (lines in others are counted, not added), the shop's only if it has a single one.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}",
    post_hook="update {{ this }} set as_of = (select as_of from {{ ref('stg_as_of__instant') }})"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

drops as (
    select * from {{ ref('dim_drops') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

orders as (
    select
        scope,
        count(*) as orders_count
    from {{ ref('int_orders__scoped') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

-- Each line once for the shop and once for its drop, if that may have changed.
line_sales as (
    select
        'shop' as scope,
        sum(order_lines_count)::bigint as order_lines_count,
        sum(sold_units)::bigint as sold_units,
        min(currency_code) as currency_code,
        min(currency_code) = max(currency_code) as is_one_currency,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        0 as other_currency_lines_count
    from {{ ref('int_order_lines__months') }}
    having count(*) > 0

    union all

    select
        drop_id as scope,
        count(*) as order_lines_count,
        sum(ordered_units)::bigint as sold_units,
        min(currency_code) as currency_code,
        min(currency_code) = max(currency_code) as is_one_currency,
        sum(case when is_other_currency then 0 else gross_sales_amount end) as gross_sales_amount,
        sum(case when is_other_currency then 0 else discount_amount end) as discounts_amount,
        count(*) filter (where is_other_currency) as other_currency_lines_count
    from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled
    group by drop_id
),

returned_lines as (
    select
        'shop' as scope,
        false as is_drop_in_other_currency,
        refund_amount
    from {{ ref('fct_returns') }}
    where not is_unknown_order and not is_other_currency and not is_cancelled_line

    union all

    select
        returned.drop_id as scope,
        returned.currency_code != plans.currency_code as is_drop_in_other_currency,
        returned.refund_amount
    from {{ ref('fct_returns') }} as returned
    inner join {{ ref('stg_drops__plans') }} as plans on returned.drop_id = plans.drop_id
    where
        {{ has_changed('returned.drop_id', 'int_changes__scopes', 'scope') }}
        and not returned.is_other_currency
        and not returned.is_cancelled_line
),

refunds as (
    select
        scope,
        sum(case when is_drop_in_other_currency then 0 else refund_amount end) as refunds_amount,
        count(*) as returns_count
    from returned_lines
    group by scope
),

-- A shop with several currencies has no amount; a drop has its own.
sales as (
    select
        line_sales.scope,
        orders.orders_count,
        line_sales.order_lines_count,
        line_sales.sold_units,
        case when line_sales.scope = 'shop' and line_sales.is_one_currency then line_sales.currency_code end
            as currency_code,
        line_sales.scope != 'shop' or line_sales.is_one_currency as has_amounts,
        line_sales.gross_sales_amount,
        line_sales.discounts_amount,
        coalesce(refunds.refunds_amount, 0) as refunds_amount,
        refunds.returns_count,
        line_sales.other_currency_lines_count
    from line_sales
    left join orders on line_sales.scope = orders.scope
    left join refunds on line_sales.scope = refunds.scope
),

-- Lines that name a drop to which they do not belong: counted for it, and all of them for the shop.
flagged as (
    select
        scopes.scope,
        count(*) as flagged_lines_count
    from {{ ref('int_order_lines__attributed') }} as flagged_lines
    inner join scopes on scopes.scope = 'shop' or flagged_lines.named_drop_id = scopes.scope
    where flagged_lines.drop_flag is not null and not flagged_lines.is_cancelled
    group by scopes.scope
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

bounds as (
    select
        scope,
        max(case when metric = 'sell_through_rate' then lower_bound end) as sell_through_lower_rate,
        max(case when metric = 'sell_through_rate' then upper_bound end) as sell_through_upper_rate,
        max(case when metric = 'conversion_rate' then lower_bound end) as conversion_lower_rate,
        max(case when metric = 'conversion_rate' then upper_bound end) as conversion_upper_rate,
        max(case when metric = 'engagement_per_box' then lower_bound end) as engagement_lower_per_box,
        max(case when metric = 'engagement_per_box' then upper_bound end) as engagement_upper_per_box
    from {{ ref('int_rates__bounded') }}
    group by scope
),

scorecard as (
    select
        scopes.scope,
        drops.status,
        drops.unsettled_count,
        scopes.name,
        scopes.starts_at,
        scopes.ends_at,
        instant.as_of,
        coalesce(scopes.currency_code, sales.currency_code) as currency_code,
        coalesce(sales.orders_count, 0) as orders_count,
        coalesce(sales.order_lines_count, 0) as order_lines_count,
        coalesce(sales.sold_units, 0) as sold_units,
        -- Nothing sold is 0 in the currency of a drop, and unknown for a shop that has no currency yet.
        case when sales.has_amounts then sales.gross_sales_amount when scopes.scope != 'shop' then 0 end
        ::decimal(38, 4) as gross_sales_amount,
        case when sales.has_amounts then sales.discounts_amount when scopes.scope != 'shop' then 0 end
        ::decimal(38, 4) as discounts_amount,
        case when sales.has_amounts then sales.refunds_amount when scopes.scope != 'shop' then 0 end
        ::decimal(38, 4) as refunds_amount,
        coalesce(sales.returns_count, 0) as returns_count,
        coalesce(sales.other_currency_lines_count, 0)::bigint as other_currency_lines_count,
        coalesce(flagged.flagged_lines_count, 0) as flagged_lines_count,
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
        lead_time.overdue_count,
        velocity.sold_units as velocity_sold_units,
        velocity.staged_units as velocity_staged_units,
        velocity.sell_through_rate,
        bounds.sell_through_lower_rate,
        bounds.sell_through_upper_rate,
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
        bounds.conversion_lower_rate,
        bounds.conversion_upper_rate,
        conversion.estimated_conversion_rate,
        conversion.estimated_conversion_lower_rate,
        conversion.estimated_conversion_upper_rate,
        engagement.boxes_delivered_count,
        engagement.scans_count,
        engagement.shares_count,
        engagement.boxes_scanned_count,
        engagement.engagement_per_box,
        bounds.engagement_lower_per_box,
        bounds.engagement_upper_per_box,
        engagement.scans_per_box,
        engagement.shares_per_box,
        engagement.boxes_scanned_rate,
        engagement.first_scan_median_hours,
        engagement.bot_scans_count,
        engagement.early_scans_count
    from scopes
    cross join instant
    left join drops on scopes.scope = drops.drop_id
    left join sales on scopes.scope = sales.scope
    left join flagged on scopes.scope = flagged.scope
    inner join lead_time on scopes.scope = lead_time.scope
    left join velocity on scopes.scope = velocity.scope
    inner join conversion on scopes.scope = conversion.scope
    inner join engagement on scopes.scope = engagement.scope
    left join bounds on scopes.scope = bounds.scope
),

with_net as (
    select
        *,
        (gross_sales_amount - discounts_amount - refunds_amount)::decimal(38, 4) as net_sales_amount
    from scorecard
)

select * from with_net
