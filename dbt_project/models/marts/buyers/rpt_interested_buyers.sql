-- Who did more for a drop than buy once in it: came back within 30 days, had bought before it, scanned or shared a box
-- of theirs. Each act has points, the costlier to a person the more: money spent again 3, an earlier purchase 2, a
-- friend told 2 (up to three times), a box looked at 1 (up to three times). The caps keep a viral post or a child with
-- a phone from outweighing a purchase. A scan is of the box, so whoever held it scanned for its buyer.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

drop_buyers as (
    select * from {{ ref('fct_drop_buyers') }}
    where scope != 'shop' and {{ has_changed('scope', 'int_changes__scopes') }}
),

scoped_orders as (
    select * from {{ ref('int_orders__of_drops') }}
    where buyer_key is not null
),

buyers as (
    select * from {{ ref('dim_buyers') }}
),

-- The orders are of changed drops already; said of the boxes too, the engine skips all others before the join.
scans as (
    select
        scoped_orders.scope,
        scoped_orders.buyer_key,
        sum(boxes.scans_count)::bigint as scans_count
    from {{ ref('fct_boxes') }} as boxes
    inner join scoped_orders on boxes.scope = scoped_orders.scope and boxes.order_id = scoped_orders.order_id
    where boxes.scope != 'shop' and {{ has_changed('boxes.scope', 'int_changes__scopes') }}
    group by scoped_orders.scope, scoped_orders.buyer_key
),

shares as (
    select
        scoped_orders.scope,
        scoped_orders.buyer_key,
        sum(shared.shares_count)::bigint as shares_count
    from {{ ref('int_shares__counted') }} as shared
    inner join scoped_orders on shared.order_id = scoped_orders.order_id
    where not shared.is_cancelled
    group by scoped_orders.scope, scoped_orders.buyer_key
),

acts as (
    select
        drop_buyers.scope,
        drop_buyers.buyer_key,
        drop_buyers.is_returned,
        buyers.first_ordered_at < drop_buyers.index_ordered_at as has_bought_before,
        coalesce(scans.scans_count, 0) as scans_count,
        coalesce(shares.shares_count, 0) as shares_count
    from drop_buyers
    inner join buyers on drop_buyers.buyer_key = buyers.buyer_key
    left join scans on drop_buyers.scope = scans.scope and drop_buyers.buyer_key = scans.buyer_key
    left join shares on drop_buyers.scope = shares.scope and drop_buyers.buyer_key = shares.buyer_key
),

valued as (
    select
        *,
        case when is_returned then 3 else 0 end as returned_points,
        case when has_bought_before then 2 else 0 end as bought_before_points,
        (2 * least(shares_count, 3))::integer as shares_points,
        least(scans_count, 3)::integer as scans_points
    from acts
),

interested as (
    select
        *,
        returned_points + bought_before_points + shares_points + scans_points as interest_points
    from valued
)

select * from interested
where interest_points > 0
