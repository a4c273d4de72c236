-- Parcels that name a box that may look different now.
{{ config(materialized='table') }}

select * from {{ rows_where(ref('int_parcels__assembled'), has_changed('box_id', 'int_changes__boxes')) }}
