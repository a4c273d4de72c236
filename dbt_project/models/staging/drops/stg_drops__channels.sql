-- The channels of each drop's current plan, tied to it by the hash of the whole plan.
with

channels as (
    select * from {{ source('raw', 'drop_channels') }}
),

plans as (
    select * from {{ ref('stg_drops__plans') }}
)

select
    channels.drop_id,
    channels.channel,
    channels.fee_rate
from channels
inner join plans
    on
        channels.drop_id = plans.drop_id
        and channels.version = plans.version
        and channels._row_hash = plans.plan_hash
