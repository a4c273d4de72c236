-- Every hour (UTC) from the earliest that the project can hold to that of as_of: the spine of metrics over time.
{{ config(materialized='view') }}

select {{ hours_up_to("timestamp '2010-01-01 00:00:00'", 'as_of') }} as hour_at
from {{ ref('stg_as_of__instant') }}
