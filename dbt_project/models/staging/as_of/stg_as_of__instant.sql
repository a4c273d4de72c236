-- The clock of the warehouse: models read it here and never ask the machine for the time.
select
    as_of,
    lead_time_radius_km,
    velocity_window_hours,
    repeat_window_days,
    settling_days
from {{ source('raw', 'as_of') }}
