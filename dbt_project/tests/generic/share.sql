{# Rows in which a column is no share: below 0 or above 1. What is not known is none of the two. #}
{% test share(model, column_name) %}
select {{ column_name }}
from {{ model }}
where {{ column_name }} < 0 or {{ column_name }} > 1
{% endtest %}
