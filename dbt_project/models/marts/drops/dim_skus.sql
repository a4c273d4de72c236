-- What a drop sells, and how much of it is staged: by now, and by its plan before the velocity window ends.
with

skus as (
    select * from {{ ref('stg_drops__skus') }}
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
),

stock as (
    select * from {{ ref('stg_drops__stock') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

staged as (
    select
        stock.drop_id,
        stock.sku,
        sum(case when stock.staged_at <= instant.as_of then stock.staged_units else 0 end) as staged_units,
        sum(
            case
                when stock.staged_at < {{ hours_after('plans.starts_at', 'instant.velocity_window_hours') }}
                    then stock.staged_units
                else 0
            end
        ) as staged_48h_units
    from stock
    inner join plans on stock.drop_id = plans.drop_id
    cross join instant
    group by stock.drop_id, stock.sku
),

described as (
    select
        skus.drop_id,
        skus.sku,
        skus.gtin,
        skus.title,
        skus.currency_code,
        skus.list_price_amount,
        skus.low_price_amount,
        skus.mid_price_amount,
        skus.high_price_amount,
        skus.unit_cost_amount,
        skus.salvage_amount,
        skus.min_margin_rate,
        skus.forecast_units,
        coalesce(staged.staged_units, 0)::bigint as staged_units,
        coalesce(staged.staged_48h_units, 0)::bigint as staged_48h_units
    from skus
    left join staged on skus.drop_id = staged.drop_id and skus.sku = staged.sku
)

select * from described
