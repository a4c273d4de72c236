-- Shares by the platform they were made on, `unknown` where an event names none. Every share counts for the shop; for a
-- drop those of its orders, and those that name the drop and no order. A drop without a plan is no scope.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

shares as (
    select * from {{ ref('int_shares__counted') }}
    where not is_cancelled
),

scoped_orders as (
    select * from {{ ref('int_orders__scoped') }}
),

scopes as (
    select * from {{ ref('int_scopes__listed') }}
),

shares_by_scope as (
    select
        'shop' as scope,
        platform,
        shared_at,
        shares_count
    from shares

    union all

    select
        scopes.scope,
        shares.platform,
        shares.shared_at,
        shares.shares_count
    from shares
    left join scoped_orders on shares.order_id = scoped_orders.order_id
    inner join scopes on coalesce(scoped_orders.scope, shares.named_drop_id) = scopes.scope
    where
        (scoped_orders.order_id is null and shares.named_drop_id is not null)
        or scoped_orders.scope != 'shop'
),

by_platform as (
    select
        scope,
        coalesce(platform, 'unknown') as platform,
        sum(shares_count)::bigint as shares_count,
        max(shared_at) as last_shared_at
    from shares_by_scope
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope, coalesce(platform, 'unknown')
)

select * from by_platform
