{# What makes a tick cost what its hour brought. Tables that grow are kept from build to build; the models of
   `staging/changes` and `int_changes__*` name the keys that may differ now, and only their rows are replaced. A full
   build names every key, so models read the same in both. #}

{# Of the table being built, take away the rows that are about to be written again. To be used as a pre-hook: it and the
   insertion are one transaction. #}
{% macro forget(column, changes, key=none) -%}
    {%- set changed = ref(changes) -%}
    {% if is_incremental() -%}
        delete from {{ this }} where {{ column }} in (select {{ key or column }} from {{ changed }})
    {%- else -%}
        select 1
    {%- endif %}
{%- endmacro %}

{# True for the rows of changed keys. #}
{% macro has_changed(column, changes, key=none) -%}
    {{ column }} in (select changes.{{ key or column.split('.')[-1] }} from {{ ref(changes) }} as changes)
{%- endmacro %}

{# The rows of a large table that fulfil a condition. When they are few, they are found by the condition's columns alone
   and fetched by their place: reading every column of every row to keep some thousand costs many times as much. The places
   go through a list, because the planner takes an aggregate for one row: taken for many, it would put the whole table into
   the join's hash table and search that for them. Rows of a unit test have no place. #}
{% macro rows_where(relation, condition) -%}
    (
        select * from {{ relation }}
        where
        {% if execute and not flags.FULL_REFRESH and model.resource_type != 'unit_test' -%}
            rowid in (
                select unnest(found.places)
                from (select list(rowid) as places from {{ relation }} where {{ condition }}) as found
            )
        {%- else -%}
            {{ condition }}
        {%- endif %}
    )
{%- endmacro %}

{# A table as the last build left it; none in a full build. It is no `ref`: the models that ask come before it. #}
{% macro built_before(schema, table) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=table)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# What stands for a table that no build has left: its columns of text, in a row that says nothing. #}
{% macro nothing_built() -%}
    (select {% for column in varargs %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
