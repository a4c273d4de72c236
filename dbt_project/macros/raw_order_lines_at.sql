{# Order lines as known at the instant of relation `instant`, straight from raw rows. For tests alone: it picks each
   line's version by another route than staging does, the one nearest to as_of from the side of what is known. #}
{% macro raw_order_lines_at(instant) -%}
    select distinct on (o.order_id, o.line_number)
        o.*,
        o.status = 'cancelled' and o.updated_at < {{ instant }}.as_of as is_cancelled
    from {{ source('raw', 'orders') }} as o, {{ instant }}
    where o.ordered_at < {{ instant }}.as_of
    order by
        o.order_id, o.line_number, o.updated_at < {{ instant }}.as_of desc,
        abs(epoch_us({{ instant }}.as_of) - epoch_us(o.updated_at)), o._row_hash
{%- endmacro %}
