-- What each drop's current plan stages where and when, tied to it by the hash of the whole plan. Two restocks of one
-- SKU at one hub and instant are added up: they are two deliveries of stock, not a repeated row.
with

stock as (
    select * from {{ source('raw', 'drop_stock') }}
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
)

select
    stock.drop_id,
    stock.sku,
    stock.hub_id,
    stock.staged_at,
    stock.is_restock,
    sum(stock.units)::bigint as staged_units
from stock
inner join plans
    on
        stock.drop_id = plans.drop_id
        and stock.version = plans.version
        and stock._row_hash = plans.plan_hash
group by stock.drop_id, stock.sku, stock.hub_id, stock.staged_at, stock.is_restock
