-- Shares by the platform they were made on, `unknown` where an event names none. Every share counts for the shop; for a
-- drop those of its orders, and those that name the drop and no order. A drop without a plan is no scope.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

shares_by_scope as (
    select
        'shop' as scope,
        platform,
        shared_at,
        shares_count
    from {{ ref('int_shares__counted') }}
    where not is_cancelled

    union all

    select
        orders.scope,
        shares.platform,
        shares.shared_at,
        shares.shares_count
    from {{ ref('int_shares__counted') }} as shares
    inner join {{ ref('int_orders__of_drops') }} as orders on shares.order_id = orders.order_id
    where not shares.is_cancelled

    union all

    select
        scopes.scope,
        shares.platform,
        shares.shared_at,
        shares.shares_count
    from {{ ref('int_shares__counted') }} as shares
    inner join scopes on shares.named_drop_id = scopes.scope
    where not shares.is_order_known and not shares.is_cancelled
),

by_platform as (
    select
        scope,
        {{ name_or_unknown('platform') }} as platform,
        sum(shares_count)::bigint as shares_count,
        max(shared_at) as last_shared_at
    from shares_by_scope
    group by scope, {{ name_or_unknown('platform') }}
)

select * from by_platform
