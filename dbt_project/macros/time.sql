{# What SQL engines do differently with instants. All instants are naive timestamps in UTC: a day is 24 hours. #}

{# Hours from one instant to another, to the microsecond; negative when `ended_at` comes first. #}
{% macro hours_between(started_at, ended_at) -%}
    (date_diff('microsecond', {{ started_at }}, {{ ended_at }}) / 3600000000.0)::double
{%- endmacro %}

{# The instant a number of whole hours later. #}
{% macro hours_after(instant, hours) -%}
    {{ instant }} + {{ hours }} * interval '1 hour'
{%- endmacro %}

{# The instant a number of days of 24 hours later. #}
{% macro days_after(instant, days) -%}
    {{ instant }} + {{ days }} * 24 * interval '1 hour'
{%- endmacro %}
