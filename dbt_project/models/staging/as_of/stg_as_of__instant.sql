-- The clock of the warehouse: models read it here and never ask the machine for the time. A build that goes through a
-- long history in slices looks, until the last of them, less far than the tick.
select
    coalesce(build.as_of, clock.as_of) as as_of,
    clock.lead_time_radius_km,
    clock.velocity_window_hours,
    clock.repeat_window_days,
    clock.settling_days
from {{ source('raw', 'as_of') }} as clock
left join {{ source('raw', 'build_state') }} as build on clock.as_of >= build.as_of
