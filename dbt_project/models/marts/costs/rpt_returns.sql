-- What came back, by SKU and reason (`is_total`: every reason): returned units over the units sold of that SKU,
-- cancelled lines out, and the hours from order to refund. Refunds of unknown lines are in none; currencies are
-- apart.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

-- Each line once for the shop and once for its drop, if that may have changed.
sold as (
    select
        'shop' as scope,
        sku,
        currency_code,
        sum(sold_units)::bigint as sold_units
    from {{ ref('int_order_lines__months') }}
    group by sku, currency_code

    union all

    select
        drop_id as scope,
        sku,
        currency_code,
        sum(ordered_units)::bigint as sold_units
    from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled
    group by drop_id, sku, currency_code
),

kept_returns as (
    select
        *,
        case when not is_before_order then refund_lag_hours end as known_lag_hours
    from {{ ref('fct_returns') }}
    where not is_unknown_order and not is_other_currency and not is_cancelled_line
),

returned_lines as (
    select
        'shop' as scope,
        sku,
        currency_code,
        reason,
        returned_units,
        refund_amount,
        known_lag_hours as refund_lag_hours
    from kept_returns

    union all

    select
        drop_id as scope,
        sku,
        currency_code,
        reason,
        returned_units,
        refund_amount,
        known_lag_hours as refund_lag_hours
    from kept_returns
    where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
),

-- Each return once for its reason and once for all of them.
with_all_reasons as (
    select
        *,
        false as is_total
    from returned_lines

    union all

    select
        scope,
        sku,
        currency_code,
        'all' as reason,
        returned_units,
        refund_amount,
        refund_lag_hours,
        true as is_total
    from returned_lines
),

returned as (
    select
        scope,
        sku,
        currency_code,
        reason,
        is_total,
        count(*) as returns_count,
        sum(returned_units)::bigint as returned_units,
        sum(refund_amount)::decimal(38, 4) as refund_amount,
        {{ linear_quantile('refund_lag_hours', 0.5, 'true') }} as refund_lag_median_hours
    from with_all_reasons
    group by scope, sku, currency_code, reason, is_total
),

rated as (
    select
        returned.scope,
        returned.sku,
        returned.reason,
        returned.is_total,
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
