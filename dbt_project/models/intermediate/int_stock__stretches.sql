-- When a SKU of a drop could be bought: from the instant at which units arrive to the order that takes the last one,
-- that order included. Cancelled lines never took anything. More sold than staged is out of stock until units arrive
-- that make up for it. Only drops that may look different now are here.
with

stock as (
    select * from {{ ref('stg_drops__stock') }}
    where {{ has_changed('drop_id', 'int_changes__scopes', 'scope') }}
),

order_lines as (
    select * from {{ ref('int_order_lines__of_drops') }}
    where not is_cancelled
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

moves as (
    select
        stock.drop_id,
        stock.sku,
        stock.staged_at as moved_at,
        stock.staged_units as units
    from stock
    cross join instant
    where stock.staged_at <= instant.as_of

    union all

    select
        drop_id,
        sku,
        {{ just_after('ordered_at') }} as moved_at,
        -ordered_units as units
    from order_lines
),

moved as (
    select
        drop_id,
        sku,
        moved_at,
        sum(units) as units
    from moves
    group by drop_id, sku, moved_at
),

levels as (
    select
        drop_id,
        sku,
        moved_at,
        sum(units) over (partition by drop_id, sku order by moved_at) > 0 as is_in_stock
    from moved
),

compared as (
    select
        *,
        coalesce(lag(is_in_stock) over (partition by drop_id, sku order by moved_at), false) as was_in_stock
    from levels
),

stretches as (
    select
        drop_id,
        sku,
        moved_at as begins_at,
        lead(moved_at) over (partition by drop_id, sku order by moved_at) as ends_at,
        is_in_stock
    from compared
    where is_in_stock != was_in_stock
)

select
    drop_id,
    sku,
    begins_at,
    ends_at
from stretches
where is_in_stock
