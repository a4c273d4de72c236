"""Who came back: the rate, and by which day."""

from __future__ import annotations

from dashboards.components import figures, page, tiles
from dashboards.queries import afterwards, metrics, plans
from pipelines.figures.headlines import describe_repeat
from pipelines.figures.survival import Axes, share_by_time

chosen = page.open_page("Repeat")
snapshot, scope = chosen.snapshot, chosen.scope
days = metrics.windows(snapshot).repeat_window_days
scopes = {scope: chosen.drop["name"] if chosen.drop else "The whole shop"}
if chosen.drop:
    scopes[plans.SHOP] = "The whole shop"
headlines = [describe_repeat(metrics.metric_rows(snapshot, one).repeat or {}, days) for one in scopes]
tiles.show_headlines_named(zip(scopes.values(), headlines, strict=True))

axes = Axes(
    title="Share who came back by days since their first order",
    x_label="Days since the first order",
    y_label="Share of buyers who placed another order; buyers still in their time counted in",
    description="The share of buyers who had come back by each day.",
)
groups = {name: afterwards.repeat_counts(snapshot, one) for one, name in scopes.items()}
figures.show_figure(share_by_time(groups, axes), "Nobody has come back yet.")
tiles.show_note(
    "The curve takes in buyers whose time is not over yet, so its end may differ from the rate above,"
    " which counts only those whose time has passed."
)
page.show_foot(snapshot, chosen.where)
