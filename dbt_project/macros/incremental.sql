{# What makes a tick cost what its hour brought. Tables that grow are kept from build to build; the models of
   `staging/changes` and `int_changes__*` name the keys that may differ now, and only their rows are replaced. A full
   build names every key, so models read the same in both. #}

{# Of the table being built, take away the rows of changed keys, which are about to be written again. To be used as a
   pre-hook: it and the insertion are one transaction. #}
{% macro forget(column, changes, key=none) -%}
    {{ forget_where(column ~ ' in (select ' ~ (key or column) ~ ' from ' ~ ref(changes) ~ ')') }}
{%- endmacro %}

{# The same of the rows that fulfil a condition. #}
{% macro forget_where(condition) -%}
    {{ _if_added_to('delete from ' ~ this ~ ' where ' ~ condition) }}
{%- endmacro %}

{# The same of a table whose rows are kept by month of the order: those that `is_of_changed` counts anew. #}
{% macro forget_months() -%}
    {{ forget('ordered_in', 'int_changes__days', "date_trunc('month', ordered_on)") }}
{%- endmacro %}

{# Of the table being built, set columns anew in the rows that fulfil a condition, by what a table of one row says. #}
{% macro renew_where(condition, values, source) -%}
    {{ _if_added_to('update ' ~ this ~ ' set ' ~ values ~ ' from ' ~ ref(source) ~ ' where ' ~ condition) }}
{%- endmacro %}

{# A statement about rows that the last build left; nothing to do where there are none. #}
{% macro _if_added_to(statement) -%}
    {{ statement if is_incremental() else 'select 1' }}
{%- endmacro %}

{# True for the rows of `fct_parcel_lead_times` that as_of alone moves. #}
{% macro is_still_watched() -%}
    state in ('under_way', 'not_handed_over') and (scope = 'shop' or not coalesce(is_settled, false))
{%- endmacro %}

{# True for the rows of changed keys. #}
{% macro has_changed(column, changes, key=none) -%}
    {{ column }} in (select changes.{{ key or column.split('.')[-1] }} from {{ ref(changes) }} as changes)
{%- endmacro %}

{# True for the rows of days or months (UTC) with an order that may look different now, of a model whose rows are kept by
   day or month; of all where its table is not there yet. The bound says the same of the earliest: an engine skips by it
   what is older. #}
{% macro is_of_changed(unit, schema, table) -%}
    {%- set changed = ref('int_changes__days') -%}
    {% if is_added_to(schema, table) -%}
        ordered_at >= (select min(date_trunc('{{ unit }}', days.ordered_on)) from {{ changed }} as days)
        and date_trunc('{{ unit }}', ordered_at) in (
            select date_trunc('{{ unit }}', days.ordered_on) from {{ changed }} as days
        )
    {%- else -%}
        true
    {%- endif %}
{%- endmacro %}

{# The rows of a large table that fulfil a condition. When they are few, they are found by the condition's columns alone
   and fetched by their place: reading every column of every row to keep some thousand costs many times as much. The places
   go through a list, because the planner takes an aggregate for one row: taken for many, it would put the whole table into
   the join's hash table and search that for them. Rows of a unit test have no place. Of several conditions one must hold;
   each is looked for by itself, because an engine skips nothing for an `or`. #}
{% macro rows_where(relation) -%}
    (
        select * from {{ relation }}
        where
        {% if execute and not flags.FULL_REFRESH and model.resource_type != 'unit_test' -%}
            rowid in (
                {%- for condition in varargs %}
                select unnest(found.places)
                from (select list(rowid) as places from {{ relation }} where {{ condition }}) as found
                {{ 'union all' if not loop.last }}
                {%- endfor %}
            )
        {%- else -%}
            ({{ varargs | join(') or (') }})
        {%- endif %}
    )
{%- endmacro %}

{# A key as a number, by which its rows are found in a large table: numbers are compared in a tenth of the time that names
   take. It is kept from build to build, hence no hash of the engine's own, which its next version may compute otherwise. #}
{% macro key_number(key) -%}
    md5_number_lower({{ key }})
{%- endmacro %}

{# The rows of a large table with one of the keys that a query names. They are found by the keys' numbers, which the table
   keeps; two keys may share one, so what was found is asked for the key itself. Rows of a unit test have no number. #}
{% macro rows_with_key(relation, key, number, wanted) -%}
    {%- set has_number = number ~ ' in (select ' ~ key_number('keys.' ~ key) ~ ' from (' ~ wanted ~ ') as keys)' -%}
    (
        select * from {{ relation if model.resource_type == 'unit_test' else rows_where(relation, has_number) }}
        where {{ key }} in ({{ wanted }})
    )
{%- endmacro %}

{# A table as the last build left it; none in a full build. It is no `ref`: the models that ask come before it. #}
{% macro built_before(schema, table) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=table)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# Whether this build adds to a table that the last one left; in a unit test there is none. #}
{% macro is_added_to(schema, table) -%}
    {{ return(model.resource_type != 'unit_test' and built_before(schema, table) is not none) }}
{%- endmacro %}

{# What stands for a table that no build has left: columns of text, and no row. #}
{% macro nothing_built() -%}
    (
        select {% for column in varargs %}cast(null as varchar) as {{ column }}{{ ', ' if not loop.last }}{% endfor %}
        where false
    )
{%- endmacro %}
