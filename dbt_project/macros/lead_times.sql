{# A time in whole tenths of an hour, by which it is counted first. #}
{% macro six_minutes(hours) -%}
    floor({{ hours }} * 10)::bigint
{%- endmacro %}
