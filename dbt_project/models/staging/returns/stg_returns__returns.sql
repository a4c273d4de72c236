-- Returned lines known at as_of; of two contents under one return_id the smaller hash counts, whatever came first.
with

instant as (
    select * from {{ ref('stg_as_of__instant') }}
),

ranked as (
    select
        returned_lines.*,
        row_number() over (
            partition by returned_lines.return_id
            order by returned_lines._row_hash
        ) as content_rank
    from {{ source('raw', 'returns') }} as returned_lines
    cross join instant
    where returned_lines.returned_at < instant.as_of
)

select
    return_id,
    order_id,
    line_number,
    quantity as returned_units,
    refund_amount,
    currency_code,
    reason,
    returned_at
from ranked
where content_rank = 1
