-- The ledger as it is, and what storefronts showed: the decided price, list for an hour that was missed, and nothing
-- for an hour in which there was nothing to sell.
{{ config(materialized='view') }}

select
    decision_id,
    drop_id,
    sku,
    channel,
    valid_from,
    valid_to,
    band,
    price_amount,
    list_amount,
    floor_amount,
    lowest_30d_amount,
    currency_code,
    propensity_low,
    propensity_mid,
    propensity_high,
    reason,
    units_left,
    hours_left,
    shadow_price_amount,
    prior_source,
    seed,
    inputs_sha256,
    previous_sha256,
    policy_version,
    as_of,
    decided_at,
    case when reason = 'missed' then list_amount else price_amount end as shown_price_amount
from {{ ref('stg_ledger__decisions') }}
