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

{# Several quantiles of one value, as a list in the order of their shares: the values are gathered and sorted once. #}
{% macro linear_quantiles(value, shares, condition) -%}
    quantile_cont({{ value }}, {{ shares }}) filter (where {{ condition }})
{%- endmacro %}

{# Of counted values, how many of their group are as small or smaller, and how many there are: what the next two ask for.
   As doubles, which are exact for counts and quicker to add up. #}
{% macro places_of_counted(count, groups, value) -%}
    sum({{ count }}::double) over (partition by {{ groups }} order by {{ value }}) as up_to_count,
        sum({{ count }}::double) over (partition by {{ groups }}) as values_count
{%- endmacro %}

{# Where the quantile stands among counted values, from 0. #}
{% macro _place_of_quantile(share) -%}
    ((values_count - 1)::double * {{ share }})
{%- endmacro %}

{# The same quantile of values that were counted first, among rows that fulfil the condition: `up_to_count` says how many
   values are as small or smaller, `values_count` how many there are. Counting needs memory for each distinct value, and a
   sort of counts can go to disk; gathering a long history's values in a list cannot. #}
{% macro quantile_of_counted(value, share, condition) -%}
    {%- set place = _place_of_quantile(share) -%}
    {%- set below = 'min(case when ' ~ condition ~ ' and up_to_count > floor(' ~ place ~ ') then ' ~ value ~ ' end)' -%}
    {%- set above = 'min(case when ' ~ condition ~ ' and up_to_count > ceil(' ~ place ~ ') then ' ~ value ~ ' end)' -%}
    {%- set part = 'max(case when ' ~ condition ~ ' then ' ~ place ~ ' - floor(' ~ place ~ ') end)' -%}
    {{ below }} + ({{ above }} - {{ below }}) * {{ part }}
{%- endmacro %}

{# True for the counted row, of `hours_count` values, in which the quantile lies, or begins to lie. Where it ends in the
   row after it, it ends at that one's least value. #}
{% macro holds_quantile(share) -%}
    {%- set place = _place_of_quantile(share) -%}
    (up_to_count > floor({{ place }}) and up_to_count - hours_count <= floor({{ place }}))
{%- endmacro %}

{# A name, or `unknown` where there is none. #}
{% macro name_or_unknown(name) -%}
    coalesce({{ name }}, 'unknown')
{%- endmacro %}

{# A ratio that is unknown, not infinite, when nothing stands below the line. #}
{% macro rate(numerator, denominator) -%}
    ({{ numerator }})::double / nullif({{ denominator }}, 0)
{%- endmacro %}

{# One row for each whole number from 0 to the value of a column. #}
{% macro count_from_zero_to(column) -%}
    unnest(generate_series(0, {{ column }}))
{%- endmacro %}
