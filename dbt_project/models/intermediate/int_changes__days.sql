-- Days (UTC) on which an order was placed that may look different now, by any of its versions.
{{ config(materialized='table') }}

select distinct ordered_at::date as ordered_on
from {{ ref('stg_changes__order_versions') }}
