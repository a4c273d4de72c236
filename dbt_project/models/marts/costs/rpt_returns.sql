-- What came back, by SKU and reason (`all` is every reason): returned units over the units sold of that SKU, cancelled
-- lines out, and the hours from order to refund. Refunds of unknown lines are in none; currencies are apart.
with

scopes_of_lines as (
    select
        order_lines.order_id,
        order_lines.line_number,
        order_lines.sku,
        order_lines.currency_code,
        order_lines.ordered_units,
        scopes.scope
    from {{ ref('int_order_lines__attributed') }} as order_lines
    inner join {{ ref('int_scopes__listed') }} as scopes
        on scopes.scope = 'shop' or order_lines.drop_id = scopes.scope
    where not order_lines.is_cancelled
),

sold as (
    select
        scope,
        sku,
        currency_code,
        sum(ordered_units)::bigint as sold_units
    from scopes_of_lines
    group by scope, sku, currency_code
),

returned_lines as (
    select
        scoped.scope,
        scoped.sku,
        scoped.currency_code,
        returned.reason,
        returned.returned_units,
        returned.refund_amount,
        case when not returned.is_before_order then returned.refund_lag_hours end as refund_lag_hours
    from {{ ref('fct_returns') }} as returned
    inner join scopes_of_lines as scoped
        on
            returned.order_id = scoped.order_id
            and returned.line_number = scoped.line_number
    where not returned.is_other_currency
),

-- Each return once for its reason and once for all of them.
with_all_reasons as (
    select * from returned_lines

    union all

    select
        scope,
        sku,
        currency_code,
        'all' as reason,
        returned_units,
        refund_amount,
        refund_lag_hours
    from returned_lines
),

returned as (
    select
        scope,
        sku,
        currency_code,
        reason,
        count(*) as returns_count,
        sum(returned_units)::bigint as returned_units,
        sum(refund_amount)::decimal(38, 4) as refund_amount,
        {{ linear_quantile('refund_lag_hours', 0.5, 'true') }} as refund_lag_median_hours
    from with_all_reasons
    group by scope, sku, currency_code, reason
),

rated as (
    select
        returned.scope,
        returned.sku,
        returned.reason,
        returned.currency_code,
        returned.returns_count,
        returned.returned_units,
        sold.sold_units,
        {{ rate('returned.returned_units', 'sold.sold_units') }} as returned_rate,
        returned.refund_amount,
        returned.refund_lag_median_hours
    from returned
    inner join sold
        on
            returned.scope = sold.scope
            and returned.sku = sold.sku
            and returned.currency_code = sold.currency_code
)

select * from rated
