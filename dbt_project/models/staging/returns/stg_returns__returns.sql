-- Returned lines known at as_of; of two contents under one return_id the smaller hash counts, whatever came first.
-- Only returns of orders that may look different now.
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
    where
        returned_lines.returned_at < instant.as_of
        and returned_lines.return_id in (
            select contents.return_id
            from {{ source('raw', 'returns') }} as contents
            where {{ has_changed('contents.order_id', 'stg_changes__orders') }}
        )
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
where content_rank = 1 and {{ has_changed('order_id', 'stg_changes__orders') }}
