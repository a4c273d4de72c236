{# Rows whose key, of one column or several, another model does not have; rows without the key's first part are left out. #}
{% test known_key(model, columns, to, to_columns=none) %}
{%- set theirs = to_columns or columns %}
select child.*
from {{ model }} as child
left join {{ to }} as parent
    on
        {% for column in columns -%}
        {{ 'and ' if not loop.first }}child.{{ column }} = parent.{{ theirs[loop.index0] }}
        {% endfor %}
where child.{{ columns[0] }} is not null and parent.{{ theirs[0] }} is null
{% endtest %}
