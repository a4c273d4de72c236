-- What each hour of a drop says about its demand: what was sold, at which price, while it could be bought.
--
-- An hour is cut wherever the price or the stock changes. In each piece the price is what storefronts say they showed
-- (two of them saying different things is no word at all), else what the decision shows; an hour that was missed, or
-- decided too late, has only the storefronts' word. Of the prices of an hour the one at which it could be bought the
-- longest counts, with what was sold at it: a part that is not known teaches nothing and spoils nothing. An hour with a
-- sale while nothing was left has a stock that is not known.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('drop_id', 'int_changes__scopes', 'scope') }}"
) }}

with

instant as (
    select * from {{ ref('stg_landing_files__orders_met') }}
),

cells as (
    select
        plans.drop_id,
        skus.sku,
        channels.channel,
        plans.starts_at,
        plans.ends_at,
        plans.currency_code,
        skus.low_price_amount,
        skus.mid_price_amount,
        skus.high_price_amount,
        instant.orders_met_at,
        least(plans.ends_at, instant.as_of) as known_to,
        ceil(
            {{ hours_between("date_trunc('hour', plans.starts_at)", 'least(plans.ends_at, instant.as_of)') }}
        )::bigint as hours_count
    from {{ ref('stg_drops__plans') }} as plans
    inner join {{ ref('stg_drops__skus') }} as skus on plans.drop_id = skus.drop_id
    inner join {{ ref('stg_drops__channels') }} as channels on plans.drop_id = channels.drop_id
    cross join instant
    where {{ has_changed('plans.drop_id', 'int_changes__scopes', 'scope') }}
),

decisions as (
    select * from {{ ref('fct_price_decisions') }}
    where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled
),

said_prices as (
    select
        cells.drop_id,
        cells.sku,
        cells.channel,
        prices.valid_from,
        prices.valid_to,
        prices.price_amount
    from cells
    inner join {{ ref('stg_shown_prices__prices') }} as prices
        on
            cells.sku = prices.sku
            and cells.channel = prices.channel
            and cells.currency_code = prices.currency_code
            and cells.starts_at < prices.valid_to
            and cells.ends_at > prices.valid_from
),

stock as (
    select
        cells.drop_id,
        cells.sku,
        cells.channel,
        stretches.begins_at,
        stretches.ends_at
    from cells
    inner join {{ ref('int_stock__stretches') }} as stretches
        on cells.drop_id = stretches.drop_id and cells.sku = stretches.sku
),

numbered as (
    select
        *,
        {{ count_up_to('hours_count') }} as hour_number
    from cells
),

clock_hours as (
    select
        *,
        date_trunc('hour', starts_at) + (hour_number - 1) * interval '1 hour' as hour_at
    from numbered
),

cell_hours as (
    select
        *,
        greatest(hour_at, starts_at) as begins_at,
        least({{ hours_after('hour_at', 1) }}, known_to) as stops_at
    from clock_hours
),

changes as (
    select
        drop_id,
        sku,
        channel,
        valid_from as changed_at
    from said_prices

    union all

    select
        drop_id,
        sku,
        channel,
        valid_to as changed_at
    from said_prices

    union all

    select
        drop_id,
        sku,
        channel,
        begins_at as changed_at
    from stock

    union all

    select
        drop_id,
        sku,
        channel,
        ends_at as changed_at
    from stock

    union all

    select
        drop_id,
        sku,
        channel,
        killed_at as changed_at
    from decisions
),

edges as (
    select
        drop_id,
        sku,
        channel,
        hour_at,
        begins_at,
        stops_at
    from cell_hours

    union

    select
        cell_hours.drop_id,
        cell_hours.sku,
        cell_hours.channel,
        cell_hours.hour_at,
        changes.changed_at as begins_at,
        cell_hours.stops_at
    from cell_hours
    inner join changes
        on
            cell_hours.drop_id = changes.drop_id
            and cell_hours.sku = changes.sku
            and cell_hours.channel = changes.channel
            and cell_hours.begins_at < changes.changed_at
            and cell_hours.stops_at > changes.changed_at
),

pieces as (
    select
        drop_id,
        sku,
        channel,
        hour_at,
        begins_at,
        coalesce(
            lead(begins_at) over (partition by drop_id, sku, channel, hour_at order by begins_at), stops_at
        ) as ends_at
    from edges
),

said as (
    select
        pieces.drop_id,
        pieces.sku,
        pieces.channel,
        pieces.begins_at,
        min(said_prices.price_amount) as price_amount,
        count(distinct said_prices.price_amount) as prices_count
    from pieces
    inner join said_prices
        on
            pieces.drop_id = said_prices.drop_id
            and pieces.sku = said_prices.sku
            and pieces.channel = said_prices.channel
            and pieces.begins_at >= said_prices.valid_from
            and pieces.begins_at < said_prices.valid_to
    group by pieces.drop_id, pieces.sku, pieces.channel, pieces.begins_at
),

sold as (
    select
        pieces.drop_id,
        pieces.sku,
        pieces.channel,
        pieces.begins_at,
        sum(order_lines.ordered_units)::bigint as sold_units,
        sum(
            case
                when not order_lines.is_other_currency
                    then order_lines.gross_sales_amount - order_lines.discount_amount
            end
        ) as revenue_amount
    from pieces
    inner join order_lines
        on
            pieces.drop_id = order_lines.drop_id
            and pieces.sku = order_lines.sku
            and pieces.channel = order_lines.channel
            and pieces.begins_at <= order_lines.ordered_at
            and pieces.ends_at > order_lines.ordered_at
    group by pieces.drop_id, pieces.sku, pieces.channel, pieces.begins_at
),

described as (
    select
        pieces.drop_id,
        pieces.sku,
        pieces.channel,
        pieces.hour_at,
        {{ microseconds_between('pieces.begins_at', 'pieces.ends_at') }} as microseconds,
        stock.begins_at is not null as is_in_stock,
        coalesce(sold.sold_units, 0) as sold_units,
        coalesce(sold.revenue_amount, 0) as revenue_amount,
        case
            when said.prices_count = 1 then said.price_amount
            when said.prices_count > 1 or not decisions.is_in_time then null
            when decisions.killed_at <= pieces.begins_at and decisions.price_amount is not null
                then decisions.list_amount
            else decisions.price_amount
        end as price_amount
    from pieces
    left join stock
        on
            pieces.drop_id = stock.drop_id
            and pieces.sku = stock.sku
            and pieces.channel = stock.channel
            and pieces.begins_at >= stock.begins_at
            and (pieces.begins_at < stock.ends_at or stock.ends_at is null)
    left join sold
        on
            pieces.drop_id = sold.drop_id
            and pieces.sku = sold.sku
            and pieces.channel = sold.channel
            and pieces.begins_at = sold.begins_at
    left join said
        on
            pieces.drop_id = said.drop_id
            and pieces.sku = said.sku
            and pieces.channel = said.channel
            and pieces.begins_at = said.begins_at
    left join decisions
        on
            pieces.drop_id = decisions.drop_id
            and pieces.sku = decisions.sku
            and pieces.channel = decisions.channel
            and pieces.hour_at = decisions.valid_from
),

hourly as (
    select
        drop_id,
        sku,
        channel,
        hour_at,
        sum(sold_units)::bigint as sold_units,
        sum(revenue_amount) as revenue_amount,
        sum(case when is_in_stock then microseconds else 0 end) as in_stock_microseconds
    from described
    group by drop_id, sku, channel, hour_at
),

oversold as (
    select distinct
        drop_id,
        sku,
        hour_at
    from described
    where not is_in_stock and sold_units > 0
),

priced as (
    select
        drop_id,
        sku,
        channel,
        hour_at,
        price_amount,
        sum(case when is_in_stock then microseconds else 0 end) as shown_microseconds,
        sum(case when is_in_stock then sold_units else 0 end)::bigint as shown_units,
        row_number() over (
            partition by drop_id, sku, channel, hour_at
            order by
                sum(case when is_in_stock then microseconds else 0 end) desc, sum(microseconds) desc, price_amount asc
        ) as price_rank
    from described
    where price_amount is not null
    group by drop_id, sku, channel, hour_at, price_amount
),

outcomes as (
    select
        cell_hours.drop_id,
        cell_hours.sku,
        cell_hours.channel,
        cell_hours.hour_at,
        hourly.sold_units,
        hourly.revenue_amount::decimal(38, 4) as revenue_amount,
        cell_hours.currency_code,
        case when oversold.sku is null then round(hourly.in_stock_microseconds / 3600000000.0, 12) end::double
            as in_stock_rate,
        case priced.price_amount
            when cell_hours.low_price_amount then 'low'
            when cell_hours.mid_price_amount then 'mid'
            when cell_hours.high_price_amount then 'high'
        end as shown_band,
        priced.price_amount as shown_price_amount,
        case when oversold.sku is null then round(priced.shown_microseconds / 3600000000.0, 12) end::double
            as shown_rate,
        case when oversold.sku is null then priced.shown_units end as shown_units,
        coalesce(
            least({{ hours_after('cell_hours.hour_at', 1) }}, cell_hours.ends_at) <= cell_hours.orders_met_at, false
        ) as has_orders_feed
    from cell_hours
    inner join hourly
        on
            cell_hours.drop_id = hourly.drop_id
            and cell_hours.sku = hourly.sku
            and cell_hours.channel = hourly.channel
            and cell_hours.hour_at = hourly.hour_at
    left join oversold
        on
            cell_hours.drop_id = oversold.drop_id
            and cell_hours.sku = oversold.sku
            and cell_hours.hour_at = oversold.hour_at
    left join priced
        on
            cell_hours.drop_id = priced.drop_id
            and cell_hours.sku = priced.sku
            and cell_hours.channel = priced.channel
            and cell_hours.hour_at = priced.hour_at
            and priced.price_rank = 1
)

select * from outcomes
