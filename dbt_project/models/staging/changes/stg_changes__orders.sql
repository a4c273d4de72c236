-- Orders that may look different now: a version, a parcel's event or a return came into view, or a plan or hub that
-- they may belong to was described anew. Those that only wait are not here: as_of alone moves what is said of them,
-- which `int_lead_times__waiting` carries on.
{{ config(materialized='table') }}

with

build as (
    select * from {{ source('raw', 'build_state') }}
),

new_files as (
    select file_id from {{ source('raw', 'new_files') }}
),

plans as (
    select * from {{ ref('stg_changes__plans') }}
),

changed_returns as (
    select returned.return_id
    from {{ source('raw', 'returns') }} as returned
    cross join build
    where returned.returned_at >= build.changed_since and returned.returned_at < build.as_of

    union

    select return_id
    from {{ source('raw', 'returns') }}
    where _file_id in (select new_files.file_id from new_files)
),

changed as (
    select orders.order_id
    from {{ source('raw', 'orders') }} as orders
    cross join build
    where orders.ordered_at >= build.changed_since and orders.ordered_at < build.as_of

    union

    select orders.order_id
    from {{ source('raw', 'orders') }} as orders
    cross join build
    where orders.updated_at >= build.changed_since and orders.updated_at < build.as_of

    union

    select order_id
    from {{ source('raw', 'orders') }}
    where _file_id in (select new_files.file_id from new_files)

    union

    select order_id
    from {{ source('raw', 'orders') }}
    where
        sku in (
            select skus.sku
            from {{ source('raw', 'drop_skus') }} as skus
            inner join plans on skus.drop_id = plans.described_id and plans.kind = 'drop'
        )

    union

    select order_id
    from {{ source('raw', 'orders') }}
    where
        drop_id in (
            select plans.described_id from plans
            where plans.kind = 'drop'
        )

    union

    select order_id
    from {{ source('raw', 'orders') }}
    where
        hub_id in (
            select plans.described_id from plans
            where plans.kind = 'hub'
        )

    union

    select order_id
    from {{ ref('stg_changes__parcels') }}
    where order_id is not null

    union

    select order_id
    from {{ source('raw', 'returns') }}
    where return_id in (select changed_returns.return_id from changed_returns)
)

select order_id from changed
