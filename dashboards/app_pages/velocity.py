"""How fast a drop's stock sells, and what is left of it."""

from __future__ import annotations

from dashboards.components import figures, page, tables, tiles
from dashboards.components.tables import Column
from dashboards.queries import metrics, plans, sales
from pipelines.figures import words
from pipelines.figures.headlines import describe_velocity
from pipelines.figures.sales import units_sold_by_hour
from pipelines.figures.velocity import share_sold_by_hour

chosen = page.open_page("Velocity", drop_only=True)
snapshot, drop_id = chosen.snapshot, chosen.scope
elapsed = float(chosen.drop["hours_elapsed"]) if chosen.drop else 0.0
window = metrics.windows(snapshot).velocity_window_hours
tiles.show_headlines([describe_velocity(metrics.metric_rows(snapshot, drop_id).velocity or {}, window)])

sold = sales.hourly_sales(snapshot, drop_id)
figures.show_figure(share_sold_by_hour(sold, plans.skus(snapshot, drop_id), elapsed), "The drop has not begun.")
tables.show_rows(
    "By item", sales.velocity_by_sku(snapshot, drop_id),
    [Column("title", "Item"), Column.counted("sold_units", f"Sold in {window} h"),
     Column.counted("staged_units", f"Staged for {window} h"),
     Column("sell_through_rate", "Share", words.rate, is_numeric=True),
     Column.counted("units_left", "Left now"),
     Column.instant("sold_out_at", "Sold out", chosen.where)],
    chosen, "The plan has no items.",
)  # fmt: skip
figures.show_figure(units_sold_by_hour(sold, elapsed), "The drop has not begun.")
tables.show_rows(
    "Stock staged by hub", sales.stock_by_hub(snapshot, drop_id),
    [Column("title", "Item"), Column("hub", "Hub"), Column.counted("staged_units", "Units")],
    chosen, "No stock is staged.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
