-- Every scan and whether it counts, as it was judged last.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook=[
        "{{ forget('box_id', 'int_changes__boxes') }}",
        "{{ forget_where(\"box_id is null and \" ~ has_changed(\"''\", 'int_changes__boxes', 'box_id')) }}",
    ]
) }}

select
    scan_id,
    box_id,
    order_id,
    scanned_at,
    verdict
from {{ ref('int_scans__judged') }}
