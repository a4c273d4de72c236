{# Rows in which a part is more than its whole, or one of the two is below 0: a share that is none. #}
{% test part_of(model, part, whole) %}
select *
from {{ model }}
where {{ part }} > {{ whole }} or {{ part }} < 0
{% endtest %}
