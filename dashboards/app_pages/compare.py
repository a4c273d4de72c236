"""Drops side by side: by hours since each began, by days from Christmas, and against the shop as the baseline."""

from __future__ import annotations

import polars as pl

from dashboards.components import figures, page, scorecards, tables
from dashboards.components.tables import Column
from dashboards.queries import comparison, plans, sales, seasons
from pipelines.figures import words
from pipelines.figures.comparison import units_by_holiday_offset, units_by_hour_of_drops

chosen = page.open_page("Drops compared", drop_only=True, can_compare=True)
snapshot = chosen.snapshot
drops = plans.drops(snapshot).filter(pl.col("status") != "planned")
# The chosen drop first, then the one it is compared with, then the newest: four curves can be told apart.
first = [chosen.scope, chosen.compared or ""]
ranked = drops.with_columns(rank=pl.col("drop_id").replace_strict(first, [0, 1], default=2, return_dtype=pl.Int64))
order = ranked.sort("rank", maintain_order=True).head(4)
sold = sales.sales_of_drops(snapshot, tuple(order["drop_id"]))
figures.show_figure(units_by_hour_of_drops(sold, order), "No drop has begun yet.")
figures.show_figure(
    units_by_holiday_offset(seasons.sales_by_holiday_offset(snapshot, chosen.scope)),
    "No drop of an earlier season began within seven days of this one's distance to Christmas.",
)
tables.show_rows(
    "All drops and the shop", scorecards.describe_scopes(comparison.scorecards(snapshot)),
    [Column("name", "Drop"), Column.coded("status", "State", words.STATUSES, is_wide=True),
     Column.counted("orders", "Orders"), Column.counted("units", "Units", is_wide=True),
     Column("net", "Net sales", is_numeric=True), Column("lead", "Order to door", is_numeric=True),
     Column("sold", "Sold of staged", is_numeric=True), Column("back", "Came back", is_numeric=True),
     Column("boxes", "Scans and shares a box", is_numeric=True, is_wide=True)],
    chosen, "No drop has orders yet.",
)  # fmt: skip
currency = chosen.drop["currency_code"] if chosen.drop else None
tables.show_rows(
    "This drop against others",
    scorecards.describe_differences(comparison.comparisons(snapshot, chosen.scope), currency),
    [Column("against", "Against"), Column("metric", "Metric"), Column("this", "This drop", is_numeric=True),
     Column("other", "The other", is_numeric=True), Column("difference", "Difference", is_numeric=True),
     Column("interval", "95% interval", is_numeric=True, is_wide=True), Column("verdict", "So it is")],
    chosen, "There is nothing to compare with yet.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
