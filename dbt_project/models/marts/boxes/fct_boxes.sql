-- A delivered box counts for the shop and for each drop with a line in its order, with the scans and shares that name
-- it. Scans here are those that count: no bots, none before delivery, one a visitor's look.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('box_id', 'int_changes__boxes') }}"
) }}

with

boxes as (
    select * from {{ ref('int_boxes__delivered') }}
    where delivered_at is not null
),

scoped_orders as (
    select * from {{ ref('int_orders__of_boxes') }}
),

scans as (
    select
        box_id,
        count(*) as scans_count,
        min(scanned_at) as first_scanned_at
    from {{ ref('int_scans__judged') }}
    where verdict = 'counted'
    group by box_id
),

shares as (
    select
        box_id,
        sum(shares_count)::bigint as shares_count
    from {{ ref('int_shares__counted') }}
    where not is_cancelled and {{ has_changed('box_id', 'int_changes__boxes') }}
    group by box_id
),

scoped as (
    select
        coalesce(scoped_orders.scope, 'shop') as scope,
        boxes.box_id,
        boxes.parcel_id,
        boxes.order_id,
        boxes.delivered_at,
        coalesce(scans.scans_count, 0) as scans_count,
        coalesce(shares.shares_count, 0) as shares_count,
        scans.first_scanned_at,
        scans.box_id is not null as is_scanned,
        {{ hours_between('boxes.delivered_at', 'scans.first_scanned_at') }} as first_scan_hours
    from boxes
    left join scoped_orders on boxes.order_id = scoped_orders.order_id
    left join scans on boxes.box_id = scans.box_id
    left join shares on boxes.box_id = shares.box_id
)

select * from scoped
