-- Drops that something new names without belonging to them: a changed order's lines, whether they fit the drop or not
-- (lines that do not fit are counted for it), and prices that a storefront showed of one of a drop's SKUs.
{{ config(materialized='view') }}

with

named as (
    select orders.drop_id
    from {{ source('raw', 'orders') }} as orders
    where
        orders.drop_id is not null
        and {{ has_changed('orders.order_id', 'stg_changes__orders') }}

    union

    select skus.drop_id
    from {{ source('raw', 'shown_prices') }} as prices
    inner join {{ source('raw', 'drop_skus') }} as skus on prices.sku = skus.sku
    where prices._file_id in (select landed.file_id from {{ source('raw', 'new_files') }} as landed)
)

select drop_id from named
