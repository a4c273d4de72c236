-- A parcel is what its events say: delivered at the first `delivered`, handed over at the first `in_transit`, ended
-- at the first `return_to_sender` or `failure`. Its order, box, hub and promise are the first that an event names; its
-- cost is the last one stated, because a carrier's later figure corrects an earlier one.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('parcel_id', 'stg_changes__parcels') }}"
) }}

with

events as (
    select * from {{ ref('stg_deliveries__events') }}
),

assembled as (
    select
        parcel_id,
        {{ first_by('order_id', 'event_number') }} as order_id,
        {{ first_by('box_id', 'event_number') }} as box_id,
        {{ first_by('hub_id', 'event_number') }} as hub_id,
        {{ first_by('carrier', 'event_number') }} as carrier,
        {{ first_by('promised_at', 'event_number') }} as promised_at,
        {{ last_by('cost_amount', 'event_number') }} as cost_amount,
        {{ first_by('currency_code', 'event_number') }} as currency_code,
        min(occurred_at) as first_event_at,
        min(case when status = 'in_transit' then occurred_at end) as handed_over_at,
        min(case when status = 'delivered' then occurred_at end) as delivered_at,
        min(case when status in ('return_to_sender', 'failure') then occurred_at end) as ended_at,
        bool_or(status != 'pre_transit') as is_with_carrier,
        bool_or(status = 'cancelled') as is_cancelled
    from events
    group by parcel_id
)

select * from assembled
