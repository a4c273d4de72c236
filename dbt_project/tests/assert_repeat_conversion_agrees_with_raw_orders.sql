-- Eligible and returned buyers of the shop, counted from raw rows: for each buyer's orders in turn, is the next within
-- the window? (Of the drops, the report is the sum of its fact by another filter.)
{{ config(tags=['suite']) }}

with

instant as (
    select * from {{ source('raw', 'as_of') }}
),

order_lines as (
    {{ raw_order_lines_at('instant') }}
),

orders as (
    select
        order_id,
        min(ordered_at) as ordered_at,
        min(buyer_key) as buyer_key
    from order_lines
    group by order_id
    having bool_or(not is_cancelled)
),

-- Orders at the very instant of the first are not later than it, so only distinct instants matter.
instants as (
    select
        buyer_key,
        list_sort(list_distinct(list(ordered_at))) as ordered_ats
    from orders
    where buyer_key is not null
    group by buyer_key
),

by_raw as (
    select
        'shop' as scope,
        count(*) as buyers_count,
        count(*) filter (where ordered_ats[1] + to_hours(24 * repeat_window_days) < as_of) as eligible_count,
        count(*) filter (
            where
                ordered_ats[1] + to_hours(24 * repeat_window_days) < as_of
                and ordered_ats[2] <= ordered_ats[1] + to_hours(24 * repeat_window_days)
        ) as returned_count
    from instants, instant

    union all

    select
        scope,
        count(*) as buyers_count,
        count(*) - count(*) filter (where is_pending) as eligible_count,
        count(repeat_ordered_at) - count(*) filter (where is_pending and is_returned) as returned_count
    from {{ ref('fct_drop_buyers') }}
    where scope != 'shop'
    group by scope
)

select *
from by_raw
full join {{ ref('rpt_repeat_conversion') }} as rpt using (scope)
where
    coalesce(by_raw.buyers_count, 0) is distinct from rpt.buyers_count
    or coalesce(by_raw.eligible_count, 0) is distinct from rpt.eligible_count
    or coalesce(by_raw.returned_count, 0) is distinct from rpt.returned_count
