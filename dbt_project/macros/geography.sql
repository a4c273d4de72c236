{# Great circle between two points in kilometres by the haversine formula, R = 6371.0088 km (the mean Earth radius of
   IUGG); null when a coordinate is missing. `least(1.0, …)`: rounding can carry the root of antipodes above 1, where
   asin is undefined; but `least` skips a null, hence the condition in front. Rounded to the millimetre, far below what a
   coordinate says, so that "exactly 20 km" does not hang on the last bit of a float. #}
{% macro great_circle_km(latitude_from, longitude_from, latitude_to, longitude_to) -%}
    case
        when {{ latitude_from }} + {{ longitude_from }} + {{ latitude_to }} + {{ longitude_to }} is not null
            then round(
                2 * 6371.0088 * asin(
                    least(
                        1.0,
                        sqrt(
                            pow(sin(radians({{ latitude_to }} - {{ latitude_from }}) / 2), 2)
                            + cos(radians({{ latitude_from }})) * cos(radians({{ latitude_to }}))
                            * pow(sin(radians({{ longitude_to }} - {{ longitude_from }}) / 2), 2)
                        )
                    )
                ),
                6
            )
    end
{%- endmacro %}

{# The cell of about one kilometre that holds a point: two decimals of a degree, as text. #}
{% macro kilometre_cell(latitude, longitude) -%}
    {{ latitude }}::decimal(6, 2)::varchar || ',' || {{ longitude }}::decimal(6, 2)::varchar
{%- endmacro %}
