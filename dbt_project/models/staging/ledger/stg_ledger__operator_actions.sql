-- What operators said of running drops, as the ledger took it over: append-only.
select
    action_id,
    drop_id,
    action,
    sku,
    channel,
    band,
    who,
    why,
    acted_at,
    as_of as met_at
from {{ source('ledger', 'operator_actions') }}
