-- A drop's headline numbers beside another scope's: the drop that began before it (`previous_drop`), the drop of the
-- season before that began nearest to the same number of days from Christmas (`last_year`, seven days apart at most; of
-- two equally near the earlier), and the whole shop (`shop`). Without such a drop `other_scope` is null. The difference
-- has a 95 % interval made of both scopes' own by the square-and-add rule (MOVER; for shares that is Newcombe's). Sales
-- are plain amounts: nothing was sampled, so they have a difference and no interval. An oversold drop's sell-through is
-- no share of anything, so it has none either.
with

scorecards as (
    select * from {{ ref('rpt_drop_scorecard') }}
),

drops as (
    select
        scope,
        starts_at,
        currency_code,
        year(starts_at) as starts_in_year,
        -- The 25th of December that is nearest: a drop of early January belongs to the Christmas before it.
        case
            when month(starts_at) <= 6 then date_diff('day', make_date(year(starts_at) - 1, 12, 25), starts_at::date)
            else date_diff('day', make_date(year(starts_at), 12, 25), starts_at::date)
        end as days_from_christmas,
        case when month(starts_at) <= 6 then year(starts_at) - 1 else year(starts_at) end as season
    from scorecards
    where scope != 'shop'
),

previous as (
    select
        scope,
        'previous_drop' as compared_with,
        lag(scope) over (order by starts_at, scope) as other_scope
    from drops
),

last_year as (
    select
        drops.scope,
        'last_year' as compared_with,
        earlier.scope as other_scope,
        row_number() over (
            partition by drops.scope
            order by abs(earlier.days_from_christmas - drops.days_from_christmas), earlier.starts_at, earlier.scope
        ) as nearness_rank
    from drops
    left join drops as earlier
        on
            drops.season = earlier.season + 1
            and abs(earlier.days_from_christmas - drops.days_from_christmas) <= 7
),

pairs as (
    select * from previous

    union all

    select
        scope,
        compared_with,
        other_scope
    from last_year
    where nearness_rank = 1

    union all

    select
        scope,
        'shop' as compared_with,
        'shop' as other_scope
    from drops
),

estimates as (
    select
        scope,
        'median_hours' as metric,
        median_hours as metric_value,
        median_lower_hours as lower_value,
        median_upper_hours as upper_value
    from scorecards

    union all

    select
        scope,
        'sell_through_rate' as metric,
        sell_through_rate as metric_value,
        case
            when velocity_sold_units <= velocity_staged_units
                then {{ wilson_bound('velocity_sold_units', 'velocity_staged_units', '-') }}
        end as lower_value,
        case
            when velocity_sold_units <= velocity_staged_units
                then {{ wilson_bound('velocity_sold_units', 'velocity_staged_units', '+') }}
        end as upper_value
    from scorecards

    union all

    select
        scope,
        'conversion_rate' as metric,
        conversion_rate as metric_value,
        {{ wilson_bound('returned_count', 'eligible_count', '-') }} as lower_value,
        {{ wilson_bound('returned_count', 'eligible_count', '+') }} as upper_value
    from scorecards

    union all

    select
        scope,
        'engagement_per_box' as metric,
        engagement_per_box as metric_value,
        {{ count_bound('scans_count + shares_count', 'boxes_delivered_count', '-') }} as lower_value,
        {{ count_bound('scans_count + shares_count', 'boxes_delivered_count', '+') }} as upper_value
    from scorecards

    union all

    select
        scope,
        'net_sales_amount' as metric,
        net_sales_amount::double as metric_value,
        null as lower_value,
        null as upper_value
    from scorecards
),

compared as (
    select
        pairs.scope,
        pairs.compared_with,
        pairs.other_scope,
        mine.metric,
        mine.metric_value,
        mine.lower_value,
        mine.upper_value,
        other.metric_value as other_value,
        other.lower_value as other_lower_value,
        other.upper_value as other_upper_value,
        mine.metric_value - other.metric_value as difference
    from pairs
    inner join estimates as mine on pairs.scope = mine.scope
    left join estimates as other on pairs.other_scope = other.scope and mine.metric = other.metric
    left join scorecards as my_card on pairs.scope = my_card.scope
    left join scorecards as other_card on pairs.other_scope = other_card.scope
    -- Amounts of two currencies cannot be compared, and a drop's sales beside the whole shop's say nothing.
    where
        mine.metric != 'net_sales_amount'
        or (pairs.other_scope is null and pairs.compared_with != 'shop')
        or (pairs.compared_with != 'shop' and my_card.currency_code = other_card.currency_code)
),

bounded as (
    select
        scope,
        compared_with,
        other_scope,
        metric,
        metric_value,
        other_value,
        difference,
        difference - sqrt(pow(metric_value - lower_value, 2) + pow(other_upper_value - other_value, 2))
            as difference_lower,
        difference + sqrt(pow(upper_value - metric_value, 2) + pow(other_value - other_lower_value, 2))
            as difference_upper
    from compared
)

select * from bounded
