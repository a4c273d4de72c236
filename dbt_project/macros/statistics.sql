{# What SQL engines do differently with aggregates. #}

{# The value of `of` in the row where `by` is smallest, among rows where `of` is known (and `condition` holds). #}
{% macro first_by(of, by, condition=none) -%}
    arg_min({{ of }}, {{ by }}){% if condition %} filter (where {{ condition }}){% endif %}
{%- endmacro %}

{# The value of `of` in the row where `by` is largest, among rows where `of` is known (and `condition` holds). #}
{% macro last_by(of, by, condition=none) -%}
    arg_max({{ of }}, {{ by }}){% if condition %} filter (where {{ condition }}){% endif %}
{%- endmacro %}

{# The quantile by linear interpolation (numpy's default); null of nothing. #}
{% macro linear_quantile(value, share, condition) -%}
    quantile_cont({{ value }}, {{ share }}) filter (where {{ condition }})
{%- endmacro %}

{# A ratio that is unknown, not infinite, when nothing stands below the line. #}
{% macro rate(numerator, denominator) -%}
    ({{ numerator }})::double / nullif({{ denominator }}, 0)
{%- endmacro %}

{# One row for each whole number from 0 to the value of a column. #}
{% macro count_from_zero_to(column) -%}
    unnest(generate_series(0, {{ column }}))
{%- endmacro %}
