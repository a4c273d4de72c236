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

returned as (
    select
        lines.scope,
        lines.sku,
        lines.currency_code,
        coalesce(returned_lines.reason, 'all') as reason,
        count(*) as returns_count,
        sum(returned_lines.returned_units)::bigint as returned_units,
        sum(returned_lines.refund_amount)::decimal(38, 4) as refund_amount,
        {{ linear_quantile('returned_lines.refund_lag_hours', 0.5, 'not returned_lines.is_before_order') }}
            as refund_lag_median_hours
    from {{ ref('fct_returns') }} as returned_lines
    inner join scopes_of_lines as lines
        on
            returned_lines.order_id = lines.order_id
            and returned_lines.line_number = lines.line_number
    where not returned_lines.is_other_currency
    group by grouping sets (
        (lines.scope, lines.sku, lines.currency_code, returned_lines.reason),
        (lines.scope, lines.sku, lines.currency_code)
    )
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
