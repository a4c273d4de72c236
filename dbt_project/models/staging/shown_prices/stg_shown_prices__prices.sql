-- Prices that a storefront had begun to show at as_of; of two contents under one key the smaller hash counts.
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

ranked as (
    select
        prices.*,
        row_number() over (
            partition by prices.sku, prices.channel, prices.valid_from
            order by prices._row_hash
        ) as content_rank
    from {{ source('raw', 'shown_prices') }} as prices
    cross join instant
    where prices.valid_from < instant.as_of
)

select
    sku,
    channel,
    valid_from,
    valid_to,
    price as price_amount,
    currency_code
from ranked
where content_rank = 1
