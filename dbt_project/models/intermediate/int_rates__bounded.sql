-- The exact 95 % interval of each scope's counted headline: of a share Clopper and Pearson's, of scans and shares per
-- box, which may exceed one, Garwood's. More sold than staged is no share and has none; nor has what counts nothing.
{%- set counted_rates %}
(
    select
        scope,
        'sell_through_rate' as metric,
        'binomial' as kind,
        sold_units as events,
        staged_units as trials
    from {{ ref('rpt_inventory_velocity') }}
    where sold_units <= staged_units and {{ has_changed('scope', 'int_changes__scopes') }}

    union all

    select
        scope,
        'conversion_rate' as metric,
        'binomial' as kind,
        returned_count as events,
        eligible_count as trials
    from {{ ref('rpt_repeat_conversion') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}

    union all

    select
        scope,
        'engagement_per_box' as metric,
        'poisson' as kind,
        scans_count + shares_count as events,
        boxes_delivered_count as trials
    from {{ ref('rpt_unboxing_engagement') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
)
{%- endset %}
{{ exact_bounds(counted_rates) }}
