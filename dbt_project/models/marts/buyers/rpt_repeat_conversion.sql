-- Of the buyers whose 30 days have passed, the share that came back. Pending buyers are apart, and orders without a
-- buyer key belong to nobody and are counted alone.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget('scope', 'int_changes__scopes') }}"
) }}

with

scopes as (
    select * from {{ ref('int_scopes__listed') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
),

buyers as (
    select
        scope,
        count(*) as buyers_count,
        count(*) filter (where is_eligible) as eligible_count,
        count(*) filter (where is_eligible and is_returned) as returned_count,
        count(*) filter (where is_pending) as pending_count,
        count(*) filter (where is_pending and is_returned) as pending_returned_count,
        count(*) filter (where is_eligible and is_any_reorder) as any_reorder_count
    from {{ ref('fct_drop_buyers') }}
    where {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

keyless as (
    select
        scope,
        count(*) as keyless_orders_count
    from {{ ref('int_orders__scoped') }}
    where buyer_key is null and {{ has_changed('scope', 'int_changes__scopes') }}
    group by scope
),

estimated as (
    select curve.*
    from {{ ref('rpt_repeat_curve') }} as curve
    inner join {{ ref('stg_as_of__instant') }} as instant on curve.day_number = instant.repeat_window_days
),

conversion as (
    select
        scopes.scope,
        coalesce(buyers.buyers_count, 0) as buyers_count,
        coalesce(buyers.eligible_count, 0) as eligible_count,
        coalesce(buyers.returned_count, 0) as returned_count,
        coalesce(buyers.pending_count, 0) as pending_count,
        coalesce(buyers.pending_returned_count, 0) as pending_returned_count,
        coalesce(buyers.any_reorder_count, 0) as any_reorder_count,
        coalesce(keyless.keyless_orders_count, 0) as keyless_orders_count,
        {{ rate('buyers.returned_count', 'buyers.eligible_count') }} as conversion_rate,
        estimated.estimated_rate as estimated_conversion_rate,
        estimated.estimated_lower_rate as estimated_conversion_lower_rate,
        estimated.estimated_upper_rate as estimated_conversion_upper_rate
    from scopes
    left join buyers on scopes.scope = buyers.scope
    left join keyless on scopes.scope = keyless.scope
    left join estimated on scopes.scope = estimated.scope
)

select * from conversion
