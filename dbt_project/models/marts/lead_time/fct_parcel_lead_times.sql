-- A shipment counts for the shop and for each drop with a line in its order. It is in the headline when it is delivered
-- to a door whose distance from the hub that sends it is known and within the radius, that limit included. It is
-- watched until delivered or ended, else until as_of; of a drop, until it is 30 days old at most, so that a drop can
-- become final. What happens after that horizon counts for the shop alone: a final drop stands still. The 30 days begin
-- when the carrier has it, and with the order if the carrier did not have it 30 days later. Impossible times are kept
-- and flagged. Of what waits unchanged only the watching goes on.
-- depends_on: {{ ref('int_lead_times__waiting') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ forget('order_id', 'stg_changes__orders') }}",
        "{{ forget('parcel_key', 'stg_changes__parcels', 'parcel_id') }}",
        "{{ forget_where(is_still_watched()) }}",
    ]
) }}

with

shipments as (
    select * from {{ ref('int_shipments__located') }}
),

scoped_orders as (
    select * from {{ ref('int_orders__scoped') }}
    where {{ has_changed('order_id', 'stg_changes__orders') }}
),

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

scoped as (
    select
        coalesce(scoped_orders.scope, 'shop') as scope,
        shipments.*,
        coalesce(shipments.distance_km <= instant.lead_time_radius_km, false) as is_within_radius,
        case
            when shipments.with_carrier_at <= {{ days_after('shipments.ordered_at', 'instant.settling_days') }}
                then {{ days_after('shipments.with_carrier_at', 'instant.settling_days') }}
            else {{ days_after('coalesce(shipments.ordered_at, shipments.first_event_at)', 'instant.settling_days') }}
        end as settles_at
    from shipments
    left join scoped_orders on shipments.order_id = scoped_orders.order_id
    cross join instant
),

seen as (
    select
        scope,
        shipment_key,
        parcel_id,
        order_id,
        hub_id,
        carrier,
        fulfilment,
        ordered_at,
        promised_at,
        distance_km,
        is_within_radius,
        settles_at,
        is_unknown_order,
        is_unknown_hub,
        is_recorded_early,
        cost_amount,
        currency_code,
        door_cell,
        case when scope = 'shop' or handed_over_at <= settles_at then handed_over_at end as handed_over_at,
        case when scope = 'shop' or delivered_at <= settles_at then delivered_at end as delivered_at,
        case when scope = 'shop' or ended_at <= settles_at then ended_at end as ended_at,
        is_with_carrier and (scope = 'shop' or with_carrier_at <= settles_at) as is_with_carrier
    from scoped
),

with_state as (
    select
        *,
        case
            when delivered_at is not null then 'delivered'
            when ended_at is not null then 'ended'
            when is_with_carrier then 'under_way'
            else 'not_handed_over'
        end as state
    from seen
),

-- An order's parcels are always made together, so who adds up orders need not tell them apart by their names.
{% set is_costed = "(state = 'delivered' and cost_amount is not null and order_id is not null)" -%}
described as (
    select
        scope,
        shipment_key as parcel_key,
        parcel_id,
        order_id,
        hub_id,
        carrier,
        fulfilment,
        ordered_at,
        handed_over_at,
        delivered_at,
        ended_at,
        promised_at,
        distance_km,
        case
            when distance_km <= 5 then '0-5'
            when distance_km <= 20 then '5-20'
            when distance_km <= 100 then '20-100'
            when distance_km <= 500 then '100-500'
            when distance_km > 500 then '500+'
        end as ring,
        is_within_radius,
        coalesce(is_within_radius and fulfilment = 'delivery', false) as is_in_headline,
        state,
        settles_at,
        nullif(
            concat_ws(
                ', ',
                case when is_unknown_order then 'unknown order' end,
                case when is_unknown_hub then 'unknown hub' end,
                case when delivered_at < handed_over_at then 'delivered before handed over' end,
                case when least(handed_over_at, delivered_at, ended_at) < ordered_at then 'before the order' end,
                case when delivered_at is not null and ended_at is not null then 'delivered and ended' end,
                case when is_recorded_early then 'recorded before it happened' end
            ),
            ''
        ) as flag_reason,
        cost_amount,
        currency_code,
        case when state = 'delivered' then {{ hours_between('ordered_at', 'delivered_at') }} end
            as order_to_door_hours,
        case when state = 'delivered' then {{ hours_between('handed_over_at', 'delivered_at') }} end
            as carrier_leg_hours,
        door_cell,
        {{ is_costed }} and row_number() over (
            partition by scope, order_id, currency_code, {{ is_costed }}
            order by shipment_key
        ) = 1 as is_costed_order,
        {{ is_costed }} and row_number() over (
            partition by scope, order_id, currency_code, {{ is_costed }}, {{ name_or_unknown('hub_id') }}
            order by shipment_key
        ) = 1 as is_costed_order_of_hub
    from with_state
    {%- if is_added_to('marts', 'fct_parcel_lead_times') %}

    union all

    select
        scope,
        parcel_key,
        parcel_id,
        order_id,
        hub_id,
        carrier,
        fulfilment,
        ordered_at,
        handed_over_at,
        delivered_at,
        ended_at,
        promised_at,
        distance_km,
        ring,
        is_within_radius,
        is_in_headline,
        state,
        settles_at,
        flag_reason,
        cost_amount,
        currency_code,
        order_to_door_hours,
        carrier_leg_hours,
        door_cell,
        is_costed_order,
        is_costed_order_of_hub
    from {{ ref('int_lead_times__waiting') }}
    {%- endif %}
),

with_last_look as (
    select
        described.*,
        instant.as_of,
        case
            when described.state = 'delivered' then described.delivered_at
            when described.state = 'ended' then described.ended_at
            when described.scope = 'shop' then instant.as_of
            else least(instant.as_of, described.settles_at)
        end as watched_until
    from described
    cross join instant
),

watched as (
    select
        scope,
        parcel_key,
        parcel_id,
        order_id,
        hub_id,
        carrier,
        fulfilment,
        ordered_at,
        handed_over_at,
        delivered_at,
        ended_at,
        promised_at,
        distance_km,
        ring,
        is_within_radius,
        is_in_headline,
        state,
        settles_at,
        state in ('delivered', 'ended') or settles_at <= as_of as is_settled,
        case
            when promised_at is null then 'no promise'
            when state = 'delivered' and delivered_at <= promised_at then 'on time'
            when state = 'delivered' then 'late'
            when state = 'ended' then 'ended'
            when promised_at < watched_until then 'overdue'
            else 'not due'
        end as promise,
        flag_reason,
        cost_amount,
        currency_code,
        order_to_door_hours,
        carrier_leg_hours,
        {{ hours_between('ordered_at', 'watched_until') }} as watched_hours,
        door_cell,
        is_costed_order,
        is_costed_order_of_hub
    from with_last_look
),

flagged as (
    select
        *,
        promise = 'overdue' as is_overdue,
        flag_reason is not null as is_flagged
    from watched
)

select * from flagged
