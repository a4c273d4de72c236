-- What a number can be about: the shop as a whole, or one drop.
select
    'shop' as scope,
    'Whole shop' as name,
    cast(null as timestamp) as starts_at,
    cast(null as timestamp) as ends_at,
    cast(null as varchar) as currency_code

union all

select
    drop_id as scope,
    name,
    starts_at,
    ends_at,
    currency_code
from {{ ref('stg_drops__plans') }}
