{# The natural logarithm of the gamma function. #}
{% macro log_gamma(value) -%}
    lgamma(({{ value }})::double)
{%- endmacro %}

{# Exact 95 % intervals of counted rates. `relation` has scope, metric, kind, events and trials; one row per scope and
   metric comes out, with the bounds of events / trials: Clopper and Pearson's of a share (`binomial`), Garwood's of a
   count per unit of exposure (`poisson`).

   A bound is the rate at which so many events or more (below it: so few or fewer) have probability a = 2.5 %. With t the
   log odds of the rate (poisson: the log of the mean), f(t) = ln P(t) - ln a is concave, so Newton's t - f(t) / f'(t)
   finds its root from any start. The tail is a sum over terms,

       P = P(k) * r,   r = 1 + P(k + 1) / P(k) + P(k + 2) / P(k) + ...,    f' = k * (1 - p) / r    (binomial)
                                                                          f' = k / r, -m / r      (poisson, from below)

   cut where terms are below 1e-16 (twelve standard deviations). A share's upper bound is one less the lower one of what
   did not happen. Seven steps reach the last bit; rounded to ten digits. #}
{% macro exact_bounds(relation) -%}
with

counted as (
    select * from {{ relation }}
    where trials > 0
),

-- `events` of a share's upper side are those that did not happen; `turn` is -1 where the sum runs downwards.
sides as (
    select
        scope,
        metric,
        kind,
        'lower' as side,
        1 as turn,
        events,
        trials
    from counted

    union all

    select
        scope,
        metric,
        kind,
        'upper' as side,
        case when kind = 'poisson' then -1 else 1 end as turn,
        case when kind = 'poisson' then events else trials - events end as events,
        trials
    from counted
),

newton_0 as (
    select
        *,
        case
            when kind = 'poisson' then -{{ log_gamma('events + 1') }}
            else
                {{ log_gamma('trials + 1') }} - {{ log_gamma('events + 1') }}
                - {{ log_gamma('trials - events + 1') }}
        end as log_first,
        case
            when turn = -1 then least(events, floor(12 * sqrt(events)) + 60)
            when kind = 'poisson' then floor(12 * sqrt(events)) + 60
            else least(trials - events, floor(6 * sqrt(trials)) + 60)
        end::bigint as last_term,
        case
            when turn = -1 then ln(events + 1)
            when kind = 'poisson' then ln(events)
            else ln(events / (trials + 1.0 - events))
        end as root
    from sides
    where events > 0 or turn = -1
),

numbered as (
    select
        scope,
        metric,
        side,
        kind,
        turn,
        events,
        trials,
        {{ count_from_zero_to('last_term') }} as term
    from newton_0
),

terms as (
    select
        scope,
        metric,
        side,
        turn * term as power,
        sum(
            case
                when term = 0 then 0
                when turn = -1 then ln(events - term + 1)
                when kind = 'poisson' then -ln(events + term)
                else ln((trials - events - term + 1.0) / (events + term))
            end
        ) over (partition by scope, metric, side order by term) as log_ratio
    from numbered
),
{% for step in range(7) %}
newton_{{ step + 1 }} as (
    select
        known.scope,
        known.metric,
        known.side,
        known.kind,
        known.turn,
        known.events,
        known.trials,
        known.log_first,
        known.root - (
            known.log_first
            + known.events * known.root
            - case when known.kind = 'poisson' then exp(known.root) else known.trials * ln(1 + exp(known.root)) end
            + ln(sum(exp(terms.log_ratio + terms.power * known.root)))
            - ln(0.025)
        ) * sum(exp(terms.log_ratio + terms.power * known.root)) / case
            when known.turn = -1 then -exp(known.root)
            when known.kind = 'poisson' then known.events
            else known.events / (1 + exp(known.root))
        end as root
    from newton_{{ step }} as known
    inner join terms
        on
            known.scope = terms.scope
            and known.metric = terms.metric
            and known.side = terms.side
    group by
        known.scope, known.metric, known.side, known.kind, known.turn, known.events, known.trials, known.log_first,
        known.root
),
{% endfor %}
roots as (
    select
        scope,
        metric,
        max(case when side = 'lower' then root end) as lower_root,
        max(case when side = 'upper' then root end) as upper_root
    from newton_7
    group by scope, metric
),

bounded as (
    select
        counted.scope,
        counted.metric,
        counted.events,
        counted.trials,
        case
            when roots.lower_root is null then 0
            when counted.kind = 'poisson' then round(exp(roots.lower_root) / counted.trials, 10)
            else round(1 / (1 + exp(-roots.lower_root)), 10)
        end::double as lower_bound,
        case
            when roots.upper_root is null then 1
            when counted.kind = 'poisson' then round(exp(roots.upper_root) / counted.trials, 10)
            else round(1 / (1 + exp(roots.upper_root)), 10)
        end::double as upper_bound
    from counted
    left join roots on counted.scope = roots.scope and counted.metric = roots.metric
)

select * from bounded
{%- endmacro %}
