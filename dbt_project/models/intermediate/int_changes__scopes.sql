-- Scopes whose numbers may be others now: the shop always; a drop that is not final or was not at the last build, whose
-- plan was described anew, to which a changed order belongs or may have belonged, one of whose boxes or shares has
-- changed, of whose prices a storefront has told, whose last hours the orders feed had not reached, or one of whose
-- buyers has a changed order before it or within the days in which it would count as coming back.
{{ config(materialized='table') }}

with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

changed_orders as (
    select * from {{ ref('stg_changes__order_versions') }}
),

changed as (
    select 'shop' as scope

    union

    select plans.drop_id as scope
    from {{ ref('stg_drops__plans') }} as plans
    {%- set drops = built_before('marts', 'dim_drops') %}
    {%- if drops %}
    left join {{ drops }} as built on plans.drop_id = built.drop_id
    where built.drop_id is null or built.status != 'final'
    {%- endif %}

    union

    select described_id as scope
    from {{ ref('stg_changes__plans') }}
    where kind = 'drop'

    union

    select scope
    from changed_orders
    where scope is not null

    union

    select drop_id as scope
    from {{ ref('stg_changes__named_drops') }}

    union

    select named_drop_id as scope
    from {{ ref('stg_changes__scans') }}
    where named_drop_id is not null

    union

    select named_drop_id as scope
    from {{ ref('int_changes__shares') }}
    where named_drop_id is not null
    {%- set outcomes = built_before('marts', 'fct_pricing_outcomes') %}
    {%- if outcomes %}

    union

    select drop_id as scope
    from {{ outcomes }}
    where not has_orders_feed
    {%- endif %}

    union

    select scope
    from {{ ref('int_orders__of_boxes') }}

    union

    select orders.scope
    from {{ ref('int_orders__of_buyers') }} as orders
    inner join changed_orders on orders.buyer_key = changed_orders.buyer_key
    cross join instant
    where orders.ordered_at >= changed_orders.ordered_at - instant.repeat_window_days * 24 * interval '1 hour'
)

select scope from changed
