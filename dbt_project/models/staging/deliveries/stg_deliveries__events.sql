-- Status changes of parcels known at as_of: an event counts from when it was recorded, not from when it happened.
-- Of two contents under one event_id the smaller hash counts; an event that was declared an error before as_of, in any
-- of its contents, does not count at all. Events of a parcel are numbered in the order they
-- happened, which settles what "first" means when several bear one instant. Only parcels that may look different now.
{% set deliveries = source('raw', 'deliveries') -%}
{% set of_changed_parcels -%}
    event_id in (
        select contents.event_id from {{ deliveries }} as contents
        where {{ has_changed('contents.parcel_id', 'stg_changes__parcels') }}
    )
{%- endset -%}
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

ranked as (
    select
        deliveries.*,
        row_number() over (
            partition by deliveries.event_id
            order by deliveries._row_hash
        ) as content_rank
    from {{ rows_where(deliveries, of_changed_parcels) }} as deliveries
    cross join instant
    where
        coalesce(deliveries.recorded_at, deliveries.occurred_at) < instant.as_of
        and deliveries.withdrawn_at is null
),

withdrawn as (
    select distinct deliveries.event_id
    from {{ deliveries }} as deliveries
    cross join instant
    where deliveries.withdrawn_at < instant.as_of
)

select
    event_id,
    parcel_id,
    order_id,
    box_id,
    status,
    occurred_at,
    recorded_at,
    carrier,
    hub_id,
    cost_amount,
    currency_code,
    promised_at,
    row_number() over (partition by parcel_id order by occurred_at, event_id) as event_number
from ranked
where
    content_rank = 1
    and {{ has_changed('parcel_id', 'stg_changes__parcels') }}
    and event_id not in (select withdrawn.event_id from withdrawn)
