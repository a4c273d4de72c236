-- Boxes that may look different now: a scan or share names them, a share of theirs is another since a counter's new
-- reading, or their parcel or its order has changed.
{{ config(materialized='table') }}

with

changed as (
    select {{ box_or_none('box_id') }} as box_id
    from {{ ref('stg_changes__scans') }}

    union

    select box_id
    from {{ ref('int_changes__shares') }}
    where box_id is not null

    union

    select box_id
    from {{ ref('stg_changes__parcels') }}
    where box_id is not null

    union

    select box_id
    from {{ ref('int_parcels__assembled') }}
    where
        box_id is not null
        and {{ has_changed('order_id', 'stg_changes__orders') }}
)

select box_id from changed
