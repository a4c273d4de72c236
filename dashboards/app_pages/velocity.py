"""How fast a drop's stock sells, and what is left of it."""

from __future__ import annotations

from dashboards import components, queries
from dashboards.components import Column
from pipelines.figures import words
from pipelines.figures.headlines import describe_velocity
from pipelines.figures.sales import units_sold_by_hour
from pipelines.figures.velocity import share_sold_by_hour

chosen = components.open_page("Velocity", drop_only=True)
snapshot, drop_id = chosen.snapshot, chosen.scope
elapsed = float(chosen.drop["hours_elapsed"]) if chosen.drop else 0.0
window = queries.windows(snapshot).velocity_window_hours
components.show_headlines([describe_velocity(queries.metric_rows(snapshot, drop_id).velocity or {}, window)])

sales = queries.hourly_sales(snapshot, drop_id)
components.show_figure(share_sold_by_hour(sales, queries.skus(snapshot, drop_id), elapsed), "The drop has not begun.")
components.show_rows(
    "By item", queries.velocity_by_sku(snapshot, drop_id),
    [Column("title", "Item"), Column.counted("sold_units", f"Sold in {window} h"),
     Column.counted("staged_units", f"Staged for {window} h"),
     Column("sell_through_rate", "Share", words.rate, is_numeric=True),
     Column.counted("units_left", "Left now"),
     Column.instant("sold_out_at", "Sold out", chosen.where)],
    chosen, "The plan has no items.",
)  # fmt: skip
components.show_figure(units_sold_by_hour(sales, elapsed), "The drop has not begun.")
components.show_rows(
    "Stock staged by hub", queries.stock_by_hub(snapshot, drop_id),
    [Column("title", "Item"), Column("hub", "Hub"), Column.counted("staged_units", "Units")],
    chosen, "No stock is staged.",
)  # fmt: skip
components.show_foot(snapshot, chosen.where)
