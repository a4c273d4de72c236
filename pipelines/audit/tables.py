"""The tables of an audit: what each holds in a sentence, and the query that gives it from a published snapshot.

They go out as they are, in the workbook, the CSV files and report.json; every number of the PDF is in one of them.
`?` is the drop, as often as it stands there. A shop's tables do not ask which drop.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table: its grain and meaning in a sentence, and its query."""

    sentence: str
    sql: str


def _of_scope(sentence: str, mart: str) -> Table:
    return Table(sentence, f"select * from marts.{mart} where scope = ?")


TABLES = {
    "scorecard": _of_scope("The drop in one row: sales and the four metrics with their counts.", "rpt_drop_scorecard"),
    "lead_time": _of_scope("Fulfilment lead time near the hubs, in one row.", "rpt_lead_time"),
    "velocity": _of_scope("Units sold of units staged in the first hours, in one row.", "rpt_inventory_velocity"),
    "repeat": _of_scope("Who came back, in one row.", "rpt_repeat_conversion"),
    "unboxing": _of_scope("Scans and shares per delivered box, in one row.", "rpt_unboxing_engagement"),
    "money": Table(
        "From gross sales to margin in one row; what delivering cost stands beside it.",
        """
        with sold as (
            select currency_code, sum(gross_sales_amount) as gross_sales_amount,
                sum(discounts_amount) as discounts_amount, sum(refunds_amount) as refunds_amount,
                sum(net_sales_amount) as net_sales_amount, sum(net_sales_amount - untaxed_sales_amount) as tax_amount,
                sum(untaxed_sales_amount) as untaxed_sales_amount, sum(fees_amount) as fees_amount,
                sum(goods_cost_amount) as goods_cost_amount, sum(margin_amount) as margin_amount
            from marts.rpt_margins where drop_id = ? group by all
        )
        select sold.* exclude (currency_code), costs.cost_amount as delivery_cost_amount,
            sold.margin_amount - costs.cost_amount as margin_after_delivery_amount, sold.currency_code
        from sold left join marts.rpt_fulfilment_costs as costs
            on costs.scope = ? and costs.is_total and costs.currency_code = sold.currency_code
        """,
    ),
    "items": Table(
        "One row an item: staged, sold, returned, left, and its money. Left: staged and never sold.",
        """
        with sold as (
            select sku, sum(sold_units)::bigint as sold_units, sum(returned_units)::bigint as returned_units,
                sum(gross_sales_amount) as gross_sales_amount, sum(discounts_amount) as discounts_amount,
                sum(refunds_amount) as refunds_amount, sum(net_sales_amount) as net_sales_amount,
                sum(fees_amount) as fees_amount, sum(goods_cost_amount) as goods_cost_amount,
                sum(margin_amount) as margin_amount
            from marts.rpt_margins where drop_id = ? group by all
        )
        select k.sku, k.title, k.staged_units, coalesce(s.sold_units, 0) as sold_units,
            coalesce(s.returned_units, 0) as returned_units,
            greatest(k.staged_units - coalesce(s.sold_units, 0), 0) as leftover_units,
            greatest(k.staged_units - coalesce(s.sold_units, 0), 0) * k.unit_cost_amount as leftover_cost_amount,
            k.list_price_amount, k.unit_cost_amount, s.* exclude (sku, sold_units, returned_units), k.currency_code
        from marts.dim_skus as k left join sold as s using (sku)
        where k.drop_id = ? order by k.sku
        """,
    ),
    "margins": Table(
        "One row an item, channel and hub: units, sales, fees, cost of goods, margin.",
        "select * from marts.rpt_margins where drop_id = ? order by sku, channel, hub_id",
    ),
    "hourly_sales": Table(
        "One row an item, channel and hour with a sale.",
        """
        select hour_at, hours_since_start, sku, channel, orders_count, sold_units, gross_sales_amount, discounts_amount,
            refunds_amount, net_sales_amount, currency_code
        from marts.fct_sku_sales_hourly where drop_id = ? order by hour_at, sku, channel
        """,
    ),
    "prices": Table(
        "One row an item, channel and hour: the price shown, why, the floor, the lowest price of the 30 days before.",
        """
        select valid_from, valid_to, sku, channel, band, shown_price_amount, list_amount, floor_amount,
            lowest_30d_amount, currency_code, reason
        from marts.fct_price_decisions where drop_id = ? order by valid_from, sku, channel
        """,
    ),
    "guardrails": Table(
        "One row for each guardrail that changed a decision, in the order in which they act.",
        """
        select d.valid_from, d.sku, d.channel, c.position, c.guardrail, c.band_before, c.band_after, c.detail
        from pricing.clamps as c join pricing.decisions as d using (decision_id)
        where d.drop_id = ? order by d.valid_from, d.sku, d.channel, c.position
        """,
    ),
    "prior_prices": Table(
        "One row an item and channel: the lowest price of the 30 days before the drop, of the drop itself, and of the"
        " last 30 days, which a reduction announced now would have to name.",
        """
        with shown as (
            select p.*, a.as_of from marts.fct_price_decisions as p cross join raw.as_of as a
            where p.valid_from < a.as_of
        ),
        own as (
            -- No price before the first hour is null: any later row's lowest price would be one of the drop's own.
            select sku, channel, currency_code,
                arg_min_null(lowest_30d_amount, valid_from) as lowest_30d_before_amount,
                min(shown_price_amount) as lowest_shown_amount, max(shown_price_amount) as highest_shown_amount,
                max_by(list_amount, valid_from) as list_amount
            from shown where drop_id = ? group by all
        ),
        -- The last decision's own look back knows what storefronts said they showed; it may reach a little further.
        lately as (
            select sku, channel, currency_code,
                least(min(shown_price_amount), max_by(lowest_30d_amount, valid_from)) as lowest_last_30d_amount
            from shown where valid_to > as_of - interval 30 day group by all
        )
        select own.sku, own.channel, own.list_amount, own.lowest_30d_before_amount, own.lowest_shown_amount,
            own.highest_shown_amount, lately.lowest_last_30d_amount, own.currency_code
        from own left join lately using (sku, channel, currency_code) order by own.sku, own.channel
        """,
    ),
    "stock_by_hub": Table(
        "One row an item and hub: staged so far, restocks included, sold from there, left. Left below 0: more was sold"
        " from the hub than was staged there.",
        """
        with staged as (
            select s.sku, s.hub_id, sum(s.units)::bigint as staged_units
            from raw.drop_stock as s cross join raw.as_of as a
            where s.drop_id = ? and s.staged_at <= a.as_of group by all
        ),
        sold as (
            select sku, hub_id, sum(sold_units)::bigint as sold_units from marts.rpt_margins where drop_id = ?
            group by all
        )
        select sku, hub_id, h.name as hub_name, coalesce(staged_units, 0) as staged_units,
            coalesce(sold_units, 0) as sold_units, coalesce(staged_units, 0) - coalesce(sold_units, 0) as left_units
        from staged full join sold using (sku, hub_id) left join marts.dim_hubs as h using (hub_id)
        order by sku, hub_id
        """,
    ),
    "staged_stock": Table(
        "One row for each lot of stock staged at a hub, restocks included.",
        """
        select s.hub_id, s.sku, s.staged_at, s.is_restock, s.units
        from raw.drop_stock as s cross join raw.as_of as a
        where s.drop_id = ? and s.staged_at <= a.as_of order by s.staged_at, s.hub_id, s.sku
        """,
    ),
    "returns_by_reason": Table(
        "One row a reason: returns, units, money given back, hours from order to refund.",
        """
        select reason, count(*) as returns_count, sum(returned_units)::bigint as returned_units,
            sum(refund_amount) as refund_amount,
            median(case when not is_before_order then refund_lag_hours end) as refund_lag_median_hours, currency_code
        from marts.fct_returns
        where drop_id = ? and not is_unknown_order and not is_other_currency and not is_cancelled_line
        group by reason, currency_code order by returns_count desc, reason, currency_code
        """,
    ),
    "returns_by_item": Table(
        "One row an item and reason (`is_total`: every reason): returned units over units sold.",
        "select * from marts.rpt_returns where scope = ? order by sku, not is_total, reason, currency_code",
    ),
    "fulfilment_cost": Table(
        "One row a hub (`is_total`: every hub), of the drop and of the whole shop: what delivering an order cost.",
        """
        select c.*, h.name as hub_name
        from marts.rpt_fulfilment_costs as c left join marts.dim_hubs as h on c.hub_id = h.hub_id and not c.is_total
        where c.scope in (?, 'shop') order by c.scope = 'shop', not c.is_total, c.hub_id, c.currency_code
        """,
    ),
    "distance_rings": Table(
        "One row a ring of distance from hub to door: parcels delivered and their median hours.",
        """
        select ring as ring_km, delivered_count, delivered_only_median_hours
        from marts.rpt_lead_time_by_ring where scope = ?
        order by list_position(['0-5', '5-20', '20-100', '100-500', '500+'], ring)
        """,
    ),
    "comparison": Table(
        "One row a metric and what it is compared with: the drop before, the drop of the season before that began"
        " nearest to the same days from Christmas, the whole shop.",
        """
        select c.scope, c.compared_with, c.other_scope, d.name as other_name, d.starts_at as other_starts_at, c.metric,
            c.metric_value, c.other_value, c.difference, c.difference_lower, c.difference_upper
        from marts.rpt_drop_comparison as c left join marts.dim_drops as d on c.other_scope = d.drop_id
        where c.scope = ? order by c.compared_with, c.metric
        """,
    ),
    # Hours before the taper, which is never held out, in which every cell showed what the engine or the hold-out chose.
    # Earned: sales without tax and fees, less what the units would have fetched unsold.
    "priced_hours": Table(
        "One row an hour that the engine priced or that was held out, of this drop and of earlier ones in its currency:"
        " sales, and what they earned above what the units would have fetched unsold.",
        """
        with drops as (
            select d.* from marts.dim_drops as d
            join marts.dim_drops as own on own.drop_id = ?
            where d.currency_code = own.currency_code and d.starts_at <= own.starts_at
        ),
        hours as (
            select p.drop_id, p.valid_from, bool_or(p.reason = 'holdout') as is_holdout
            from marts.fct_price_decisions as p join drops as d using (drop_id) cross join raw.as_of as a
            where p.valid_to <= a.as_of and p.valid_to <= d.ends_at - to_hours(d.taper_hours)
            group by all
            having bool_and(p.reason in ('holdout', 'optimise', 'explore', 'sold_out')
                    and p.shown_price_amount is not distinct from p.price_amount)
                and bool_or(p.reason <> 'sold_out')
        ),
        sold as (
            select s.drop_id, s.hour_at, sum(s.gross_sales_amount - s.discounts_amount) as sales_amount,
                sum((s.gross_sales_amount - s.discounts_amount)::double / (1 + d.tax_rate::double)
                    * (1 - coalesce(c.fee_rate, 0)::double) - s.sold_units * k.salvage_amount::double)
                    ::decimal(38, 4) as earned_amount
            from marts.fct_sku_sales_hourly as s join drops as d using (drop_id)
            join marts.dim_skus as k on k.drop_id = s.drop_id and k.sku = s.sku
            left join raw.drop_channels as c on c.drop_id = s.drop_id and c.channel = s.channel
            group by all
        )
        select h.drop_id, h.valid_from, date_diff('hour', d.starts_at, h.valid_from) as hours_since_start, h.is_holdout,
            coalesce(s.sales_amount, 0) as sales_amount, coalesce(s.earned_amount, 0) as earned_amount, d.currency_code
        from hours as h join drops as d using (drop_id)
        left join sold as s on s.drop_id = h.drop_id and s.hour_at = h.valid_from
        order by d.starts_at, h.drop_id, h.valid_from
        """,
    ),
}

SHOP_TABLES = {
    "files": Table(
        "One row a file that landed, whatever the drop: rows read, accepted, rejected, repeated.",
        """
        select feed, path, status, rows_read, accepted, rejected, duplicate, conflicting, first_error, as_of, sha256
        from raw.landing_files order by feed, path, sha256
        """,
    ),
    "rejects": Table(
        "One row a feed, rule and field: rows that broke it.",
        "select feed, rule, field, sum(rows)::bigint as rows from raw.rejects_by_rule group by all order by all",
    ),
    "reconciliation": Table(
        "One row a feed, currency and outcome: rows and money of the files, to the cent.",
        """
        select f.feed, r.currency_code, r.outcome, sum(r.rows)::bigint as rows, sum(r.amount) as amount
        from raw.reconciliation as r join raw.landing_files as f using (file_id) group by all order by all
        """,
    ),
    "checks": Table(
        "One row a check of the tick behind this report.",
        """
        select check_name, is_blocking, is_passed, observed from raw.checks
        where as_of = (select as_of from raw.as_of) order by check_name
        """,
    ),
}
