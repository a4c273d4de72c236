{# The 97.5th percentile of the standard normal distribution: every interval in the marts is one of 95 %. #}
{% macro normal_quantile() -%}
    1.959963984540054
{%- endmacro %}

{# Kaplan and Meier's curve of each scope: one row per hour at which something happened, with the share to which it has
   not happened yet and that share's 95 % interval. At each such hour t

       S(t) = S(before) * (1 - d / n),       Greenwood's sum G(t) = G(before) + d / (n * (n - d)),

   with d happenings among the n still watched; who is no longer watched counts as watched up to that hour, it included.
   The interval is the log-log one, S ** exp(-+ z * sqrt(G) / ln S), which stays within 0 and 1; at S = 0 it has none.
   A product is computed as the exponential of a sum of logarithms; ln(0) has no value, and after it S stays 0. Rounded
   to twelve digits, so that an exact half is one half and not a few bits more. Counts are added up as doubles, which are
   exact for them: an engine's sum of integers is of a wider kind and takes four times as long. #}
{% macro kaplan_meier(relation, hours, is_event, condition) -%}
with

watched as (
    select
        scope,
        {{ hours }} as hours,
        count(*) as left_count,
        count(*) filter (where {{ is_event }}) as event_count
    from {{ relation }}
    where {{ condition }}
    group by scope, {{ hours }}
),

at_risk as (
    select
        scope,
        hours,
        event_count,
        sum(left_count::double) over (partition by scope order by hours desc)::bigint as at_risk_count
    from watched
),

factors as (
    select
        scope,
        hours,
        event_count,
        at_risk_count,
        case when event_count < at_risk_count then ln(1 - event_count / at_risk_count::double) end as log_factor,
        case
            when event_count < at_risk_count
                then event_count / (at_risk_count::double * (at_risk_count - event_count))
        end as greenwood_term,
        event_count = at_risk_count as is_last
    from at_risk
    where event_count > 0
),

summed as (
    select
        scope,
        hours,
        event_count,
        at_risk_count,
        is_last,
        sum(log_factor) over (partition by scope order by hours) as log_survival,
        sum(greenwood_term) over (partition by scope order by hours) as greenwood_sum
    from factors
),

survival as (
    select
        scope,
        hours,
        event_count,
        at_risk_count,
        case when is_last then 0.0 else round(exp(log_survival), 12) end::double as survival_rate,
        case
            when not is_last
                then round(exp(log_survival * exp({{ normal_quantile() }} * sqrt(greenwood_sum) / -log_survival)), 12)
        end as survival_lower_rate,
        case
            when not is_last
                then round(exp(log_survival * exp(-{{ normal_quantile() }} * sqrt(greenwood_sum) / -log_survival)), 12)
        end as survival_upper_rate
    from summed
)

select * from survival
{%- endmacro %}
