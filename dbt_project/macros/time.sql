{# What SQL engines do differently with instants. All instants are naive timestamps in UTC: a day is 24 hours. #}

{# Hours from one instant to another, to the microsecond; negative when `ended_at` comes first. #}
{% macro hours_between(started_at, ended_at) -%}
    ({{ microseconds_between(started_at, ended_at) }} / 3600000000.0)::double
{%- endmacro %}

{# The instant a number of whole hours later. #}
{% macro hours_after(instant, hours) -%}
    {{ instant }} + {{ hours }} * interval '1 hour'
{%- endmacro %}

{# The instant a number of days of 24 hours later. #}
{% macro days_after(instant, days) -%}
    {{ instant }} + {{ days }} * 24 * interval '1 hour'
{%- endmacro %}

{# The day of 24 hours, counted from 1, in which a number of hours ends; a day's last instant is in it. #}
{% macro whole_days_up(hours) -%}
    greatest(1, ceil({{ hours }} / 24))::integer
{%- endmacro %}

{# One row for each whole number from 1 to the value of a column. #}
{% macro count_up_to(column) -%}
    unnest(generate_series(1, {{ column }}))::integer
{%- endmacro %}

{# One row for each hour from a first one to that which holds an instant. #}
{% macro hours_up_to(first_hour, instant) -%}
    unnest(generate_series({{ first_hour }}, {{ instant }}, interval '1 hour'))
{%- endmacro %}

{# The first instant after another one that an engine can tell from it. #}
{% macro just_after(instant) -%}
    {{ instant }} + interval '1 microsecond'
{%- endmacro %}

{# Whole microseconds from one instant to another: exact, so that sums of them are too. #}
{% macro microseconds_between(started_at, ended_at) -%}
    date_diff('microsecond', {{ started_at }}, {{ ended_at }})
{%- endmacro %}
