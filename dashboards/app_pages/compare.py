"""Drops side by side, aligned by the hours since each began, with the shop as the baseline."""

from __future__ import annotations

import polars as pl

from dashboards.components import figures, page, tables, wording
from dashboards.components.tables import Column
from dashboards.queries import comparison, plans, sales
from pipelines.figures import words
from pipelines.figures.comparison import units_by_hour_of_drops

chosen = page.open_page("Drops compared", drop_only=True)
snapshot = chosen.snapshot
drops = plans.drops(snapshot).filter(pl.col("status") != "planned")
# The chosen drop first, then those before it: four curves are as many as one can tell apart.
order = pl.concat(
    [drops.filter(pl.col("drop_id") == chosen.scope), drops.filter(pl.col("drop_id") != chosen.scope)]
).head(4)
sold = sales.sales_of_drops(snapshot, tuple(order["drop_id"]))
figures.show_figure(units_by_hour_of_drops(sold, order), "No drop has begun yet.")

lines = [
    {
        "name": row["name"],
        "status": row["status"],
        "orders": row["orders_count"],
        "units": row["sold_units"],
        "net": words.money(row["net_sales_amount"], row["currency_code"]),
        "lead": wording.if_enough(words.hours(row["median_hours"]), row["delivered_count"]),
        "sold": wording.if_enough(words.rate(row["sell_through_rate"]), row["staged_units"]),
        "back": wording.if_enough(words.rate(row["conversion_rate"]), row["eligible_count"]),
        "boxes": wording.if_enough(words.ratio(row["engagement_per_box"]), row["boxes_delivered_count"]),
    }
    for row in comparison.scorecards(snapshot).iter_rows(named=True)
]
tables.show_rows(
    "All drops and the shop", pl.DataFrame(lines),
    [Column("name", "Drop"), Column.coded("status", "State", words.STATUSES, is_wide=True),
     Column.counted("orders", "Orders"), Column.counted("units", "Units", is_wide=True),
     Column("net", "Net sales", is_numeric=True), Column("lead", "Order to door", is_numeric=True),
     Column("sold", "Sold of staged", is_numeric=True), Column("back", "Came back", is_numeric=True),
     Column("boxes", "Scans and shares a box", is_numeric=True, is_wide=True)],
    chosen, "No drop has orders yet.",
)  # fmt: skip
currency = chosen.drop["currency_code"] if chosen.drop else None
differences = [
    {
        "against": words.COMPARISONS[row["compared_with"]]
        + ("" if row["compared_with"] == "shop" else f": {row['other_name']}"),
        "metric": words.METRICS[row["metric"]],
        "this": words.metric(row["metric"], row["metric_value"], currency),
        "other": words.metric(row["metric"], row["other_value"], currency),
        "difference": words.metric(row["metric"], row["difference"], currency),
        "interval": words.span(
            *(words.metric(row["metric"], row[f"difference_{end}"], currency) for end in ("lower", "upper"))
        ),
    }
    for row in comparison.comparisons(snapshot, chosen.scope).iter_rows(named=True)
]
tables.show_rows(
    "This drop against others", pl.DataFrame(differences),
    [Column("against", "Against"), Column("metric", "Metric"), Column("this", "This drop", is_numeric=True),
     Column("other", "The other", is_numeric=True), Column("difference", "Difference", is_numeric=True),
     Column("interval", "95% interval", is_numeric=True, is_wide=True)],
    chosen, "There is nothing to compare with yet.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
