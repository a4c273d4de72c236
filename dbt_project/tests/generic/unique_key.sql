{# Rows whose key is shared or has a missing part (unless it may): one test says both, for one node's price. Of a table
   that is kept from build to build it looks at changed keys alone; the others passed when they were written. #}
{% test unique_key(model, columns, changes=none, changed_column=none, changed_key=none, may_be_null=false) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_count
{%- if changes %}
from (
    select * from {{ model }}
    where {{ changed_column }} in (select {{ changed_key or changed_column }} from {{ ref(changes) }})

    union all

    select * from {{ model }}
    where {{ changed_column }} is null
) as changed_rows
{%- else %}
from {{ model }}
{%- endif %}
group by {{ columns | join(', ') }}
having count(*) > 1{% if not may_be_null %}{% for column in columns %} or {{ column }} is null{% endfor %}{% endif %}
{% endtest %}
