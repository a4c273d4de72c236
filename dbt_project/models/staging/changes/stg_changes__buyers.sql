-- Buyers with an order that may look different now, in any of its versions. Those whose 30 days have not passed are not
-- here: as_of alone moves what is said of them, and `fct_drop_buyers` tells them the time.
{{ config(materialized='table') }}

select distinct buyer_key
from {{ source('raw', 'orders') }}
where buyer_key is not null and {{ has_changed('order_id', 'stg_changes__orders') }}
