-- The share of shipments not yet at the door after so many hours, by Kaplan and Meier: at each hour at which something
-- was delivered, S falls by the share of those still awaited. A shipment that waits or has ended counts as awaited up
-- to the hour until which it was watched, that hour included. Only deliveries within the radius.
with

lead_times as (
    select * from {{ ref('fct_parcel_lead_times') }}
),

watched as (
    select
        scope,
        watched_hours,
        count(*) as left_count,
        count(*) filter (where state = 'delivered') as delivered_count
    from lead_times
    where is_in_headline
    group by scope, watched_hours
),

at_risk as (
    select
        scope,
        watched_hours,
        delivered_count,
        sum(left_count) over (partition by scope order by watched_hours desc)::bigint as at_risk_count
    from watched
),

-- A product of shares as the exponential of a sum of logarithms; ln(0) has no value, and after it S stays 0. Rounded to
-- twelve digits, so that an exact half is one half and not a few bits more.
factors as (
    select
        scope,
        watched_hours,
        delivered_count,
        at_risk_count,
        case
            when delivered_count < at_risk_count then ln(1 - delivered_count / at_risk_count::double)
        end as log_factor,
        delivered_count = at_risk_count as is_last
    from at_risk
    where delivered_count > 0
),

survival as (
    select
        scope,
        watched_hours as hours,
        delivered_count,
        at_risk_count,
        case
            when is_last then 0.0
            else round(exp(sum(log_factor) over (partition by scope order by watched_hours)), 12)
        end::double as survival_rate
    from factors
)

select * from survival
