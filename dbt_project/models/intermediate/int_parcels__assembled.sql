-- A parcel is what its events say: delivered at the first `delivered`, handed over at the first `in_transit`, ended
-- at the first `return_to_sender` or `failure`. A `delivered` after a `return_to_sender` is the sender's own door and
-- no delivery; one after a `failure` is, of a second attempt. Its order, box, hub and promise are the first that an
-- event names; its cost is the last one stated, in that statement's currency, because a carrier's later figure
-- corrects an earlier one.
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
        coalesce(
            {{ last_by('currency_code', 'event_number', 'cost_amount is not null') }},
            {{ first_by('currency_code', 'event_number') }}
        ) as currency_code,
        min(occurred_at) as first_event_at,
        min(case when status = 'in_transit' then occurred_at end) as handed_over_at,
        min(case when status = 'delivered' then occurred_at end) as first_delivered_at,
        min(case when status = 'return_to_sender' then occurred_at end) as sent_back_at,
        min(case when status in ('return_to_sender', 'failure') then occurred_at end) as ended_at,
        min(case when status != 'pre_transit' then occurred_at end) as with_carrier_at,
        bool_or(occurred_at > recorded_at) as is_recorded_early,
        bool_or(status = 'cancelled') as is_cancelled
    from events
    group by parcel_id
)

select
    parcel_id,
    order_id,
    box_id,
    hub_id,
    carrier,
    promised_at,
    cost_amount,
    currency_code,
    first_event_at,
    with_carrier_at,
    handed_over_at,
    case when sent_back_at < first_delivered_at then null else first_delivered_at end as delivered_at,
    ended_at,
    with_carrier_at is not null as is_with_carrier,
    coalesce(is_recorded_early, false) as is_recorded_early,
    is_cancelled
from assembled
