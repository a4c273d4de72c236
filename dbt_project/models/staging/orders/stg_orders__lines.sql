-- Of an order line's versions the last one before as_of counts. A line whose versions are all edited later is known by
-- its earliest, and was not yet cancelled then: an edit of tomorrow must not change what was true today. Only lines of
-- orders that may look different now are here.
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

versions as (
    select
        orders.*,
        orders.updated_at < instant.as_of as is_known_version
    from {{ rows_where(source('raw', 'orders'), has_changed('order_id', 'stg_changes__orders')) }} as orders
    cross join instant
    where orders.ordered_at < instant.as_of
),

ranked as (
    select
        *,
        row_number() over (
            partition by order_id, line_number
            order by
                is_known_version desc,
                case when is_known_version then updated_at end desc,
                updated_at asc,
                _row_hash asc
        ) as version_rank
    from versions
)

select
    order_id,
    line_number,
    sku,
    quantity as ordered_units,
    unit_price as unit_price_amount,
    coalesce(discount_amount, 0)::decimal(18, 4) as discount_amount,
    currency_code,
    channel,
    status = 'cancelled' and is_known_version as is_cancelled,
    ordered_at,
    buyer_key,
    drop_id as named_drop_id,
    hub_id,
    fulfilment,
    ship_latitude as door_latitude,
    ship_longitude as door_longitude,
    country_code
from ranked
where version_rank = 1
