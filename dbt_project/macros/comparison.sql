{# Wilson's 95 % score interval of a share, one bound (`sign` '-' or '+'); null of nothing. #}
{% macro wilson_bound(successes, trials, sign) -%}
    case
        when {{ trials }} > 0
            then greatest(
                0.0,
                least(
                    1.0,
                    (
                        {{ successes }} + pow({{ normal_quantile() }}, 2) / 2
                        {{ sign }} {{ normal_quantile() }} * sqrt(
                            greatest(
                                {{ successes }} * ({{ trials }} - {{ successes }})::double / {{ trials }}
                                + pow({{ normal_quantile() }}, 2) / 4,
                                0
                            )
                        )
                    ) / ({{ trials }} + pow({{ normal_quantile() }}, 2))
                )
            )
    end
{%- endmacro %}

{# The 95 % score interval of a Poisson count per unit of exposure, one bound; null without exposure. #}
{% macro count_bound(events, exposure, sign) -%}
    case
        when {{ exposure }} > 0
            then (
                {{ events }} + pow({{ normal_quantile() }}, 2) / 2
                {{ sign }} {{ normal_quantile() }} * sqrt({{ events }} + pow({{ normal_quantile() }}, 2) / 4)
            ) / {{ exposure }}
    end
{%- endmacro %}
