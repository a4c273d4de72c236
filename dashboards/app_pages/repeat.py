"""Who came back: the rate, by which day, and which cohorts."""

from __future__ import annotations

from dashboards.components import figures, page, tables, tiles, wording
from dashboards.components.tables import Column
from dashboards.queries import behind, metrics, plans, seasons, trends
from pipelines.figures import words
from pipelines.figures.cohorts import share_back_by_day
from pipelines.figures.headlines import describe_repeat

chosen = page.open_page("Repeat", can_compare=True)
snapshot, scope = chosen.snapshot, chosen.scope
days = metrics.windows(snapshot).repeat_window_days
tiles.show_headlines(
    [describe_repeat(metrics.metric_rows(snapshot, scope).repeat or {}, days)], chosen,
    others=tiles.compared_headlines(chosen),
    trends=trends.metric_trends(snapshot, scope, is_drop=bool(chosen.drop), keys=("repeat",)),
)  # fmt: skip

# This drop, what it is compared with, the shop, then the latest drops: four curves are as many as one can tell apart.
names = dict(plans.drops(snapshot).select("drop_id", "name").iter_rows()) | {plans.SHOP: "The whole shop"}
order = dict.fromkeys(one for one in (scope, chosen.compared, plans.SHOP, *names) if one in names)
cohorts = {one: names[one] for one in list(order)[:4]}
curves = share_back_by_day(seasons.cohort_curves(snapshot, tuple(cohorts)), cohorts)
figures.show_figure(curves, "Nobody has been a buyer for a day yet. Add orders: sprint add PATH.")
tiles.show_note(
    "The curves take in buyers whose time is not over yet, so their ends may differ from the rate above,"
    " which counts only those whose time has passed. A curve ends at the last day that any buyer has reached."
)
monthly = wording.rates_of_enough(
    seasons.cohorts_by_month(snapshot), "eligible_count", ("back_10_count", "back_20_count", "back_count")
)
tables.show_rows(
    "The shop's buyers by the month of their first order", monthly,
    [Column("month", "Month (UTC)"), Column.counted("buyers_count", "Buyers"),
     Column.counted("eligible_count", f"{days} days on"), Column("back_10_count", "Back by day 10", is_numeric=True),
     Column("back_20_count", "Back by day 20", is_numeric=True),
     Column("back_count", f"Back by day {days}", is_numeric=True)],
    chosen, "No order yet.",
)  # fmt: skip
tables.mark_rows()
tables.show_rows(
    "Buyers behind the number", behind.buyers_of_the_rate(snapshot, scope),
    [Column("index_order_id", "First order"), Column.instant("index_ordered_at", "Placed", chosen.where),
     Column.instant("repeat_ordered_at", "Came back", chosen.where), Column("standing", "Standing", words.visible)],
    chosen, "No buyer with a key yet.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
