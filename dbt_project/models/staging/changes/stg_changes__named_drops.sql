-- Drops that a changed order's lines name, whether they fit the drop or not: lines that do not fit are counted for it.
{{ config(materialized='view') }}

with

changes as (
    select * from {{ ref('stg_changes__orders') }}
)

select distinct orders.drop_id
from {{ source('raw', 'orders') }} as orders
where
    orders.drop_id is not null
    and orders.order_id in (
        select changes.order_id from changes
        where changes.is_changed
    )
