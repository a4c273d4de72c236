-- The SKUs of each drop's current plan, tied to it by the hash of the whole plan.
with

skus as (
    select * from {{ source('raw', 'drop_skus') }}
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
)

select
    skus.drop_id,
    skus.sku,
    skus.gtin,
    skus.title,
    plans.currency_code,
    skus.list_price as list_price_amount,
    skus.low_price as low_price_amount,
    skus.mid_price as mid_price_amount,
    skus.high_price as high_price_amount,
    skus.unit_cost as unit_cost_amount,
    skus.salvage_amount,
    skus.min_margin_rate,
    skus.forecast_units
from skus
inner join plans
    on
        skus.drop_id = plans.drop_id
        and skus.version = plans.version
        and skus._row_hash = plans.plan_hash
