-- Every scan and whether it counts, as it was judged last.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget(box_or_none('box_id'), 'int_changes__boxes', 'box_id') }}"
) }}

select
    scan_id,
    box_id,
    order_id,
    scanned_at,
    verdict
from {{ ref('int_scans__judged') }}
