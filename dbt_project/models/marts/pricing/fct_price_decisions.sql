-- The ledger as it is, overlaid by what happened to its prices. Storefronts showed what was decided, but: list for an
-- hour that was missed or decided after they had gone back to list; list from the instant of a kill on, for prices
-- decided before a tick knew of it; nothing when nothing was left to sell. Holds and overrides are decisions already.
{{ config(materialized='view') }}

with

decisions as (
    select
        *,
        reason != 'missed'
        and decided_at <= valid_from + {{ var('fallback_grace_minutes') }} * interval '1 minute' as is_in_time
    from {{ ref('stg_ledger__decisions') }}
),

kills as (
    select
        decisions.decision_id,
        min(actions.acted_at) as killed_at
    from decisions
    inner join {{ ref('stg_ledger__operator_actions') }} as actions
        on
            decisions.drop_id = actions.drop_id
            and decisions.as_of < actions.met_at
            and decisions.valid_to > actions.acted_at
    where actions.action = 'kill'
    group by decisions.decision_id
),

overlaid as (
    select
        decisions.*,
        kills.killed_at,
        case
            when decisions.reason = 'sold_out' then null
            when not decisions.is_in_time or coalesce(kills.killed_at <= decisions.valid_from, false) then 'mid'
            else decisions.band
        end as shown_band,
        case
            when decisions.reason = 'sold_out' then null
            when not decisions.is_in_time or coalesce(kills.killed_at <= decisions.valid_from, false)
                then decisions.list_amount
            else decisions.price_amount
        end as shown_price_amount
    from decisions
    left join kills on decisions.decision_id = kills.decision_id
)

-- Its columns are those of the ledger, which staging lists.
select * from overlaid -- noqa: AM04
