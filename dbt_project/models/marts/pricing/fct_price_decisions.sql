-- The ledger as it is, and what storefronts showed: the decided price, list for an hour that was missed, and nothing
-- for an hour in which there was nothing to sell.
{{ config(materialized='view') }}

select
    *,
    case when reason = 'missed' then list_amount else price_amount end as shown_price_amount
from {{ ref('stg_ledger__decisions') }}
