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

scoped_orders as (
    select * from {{ ref('int_orders__scoped') }}
),

touched_by_boxes as (
    select order_id
    from {{ ref('int_parcels__assembled') }}
    where box_id is not null and {{ has_changed('box_id', 'int_changes__boxes') }}

    union

    select order_id
    from {{ ref('stg_changes__scans') }}
    where order_id is not null
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
    {%- set outcomes = built_before('marts', 'fct_pricing_outcomes') %}
    {%- if outcomes %}

    union

    select drop_id as scope
    from {{ outcomes }}
    where not has_orders_feed
    {%- endif %}

    union

    select scope
    from scoped_orders
    where order_id in (select touched_by_boxes.order_id from touched_by_boxes)

    union

    select scoped_orders.scope
    from scoped_orders
    inner join changed_orders on scoped_orders.buyer_key = changed_orders.buyer_key
    cross join instant
    where
        scoped_orders.ordered_at >= changed_orders.ordered_at - instant.repeat_window_days * 24 * interval '1 hour'
)

select scope from changed
