{# A layer is a schema of that very name (`marts`, not `main_marts`), because readers name it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
