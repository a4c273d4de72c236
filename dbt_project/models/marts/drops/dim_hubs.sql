-- Every hub that has been described, by its latest description.
select
    hub_id,
    name,
    latitude,
    longitude,
    capacity_units
from {{ ref('stg_hubs__hubs') }}
