-- Parcels that name a box that may look different now.
{{ config(materialized='table') }}

select
    parcel_id,
    order_id,
    box_id,
    delivered_at,
    is_cancelled
from {{ rows_where(ref('int_parcels__assembled'), has_changed('box_id', 'int_changes__boxes')) }}
