"""How fast a drop's stock sells, and what is left of it."""

from __future__ import annotations

from dashboards.components import figures, page, stock, tables, tiles
from dashboards.components.tables import Column
from dashboards.queries import behind, metrics, plans, sales, trends
from dashboards.queries import stock as stock_of
from pipelines.figures import words
from pipelines.figures.headlines import describe_velocity
from pipelines.figures.sales import units_sold_by_hour
from pipelines.figures.velocity import share_sold_by_hour

chosen = page.open_page("Velocity", drop_only=True, can_compare=True)
snapshot, drop_id = chosen.snapshot, chosen.scope
elapsed = float(chosen.drop["hours_elapsed"]) if chosen.drop else 0.0
window = metrics.windows(snapshot).velocity_window_hours
tiles.show_headlines(
    [describe_velocity(metrics.metric_rows(snapshot, drop_id).velocity or {}, window)], chosen,
    others=tiles.compared_headlines(chosen),
    trends=trends.metric_trends(snapshot, drop_id, is_drop=True, keys=("velocity",)),
)  # fmt: skip
sold = sales.hourly_sales(snapshot, drop_id)
figures.show_figure(share_sold_by_hour(sold, plans.skus(snapshot, drop_id), elapsed), "The drop has not begun.")
shares = [
    Column.counted("sold_units", f"Sold in {window} h"), Column.counted("staged_units", f"Staged for {window} h"),
    Column("sell_through_rate", "Share", words.rate, is_numeric=True),
    Column.instant("sold_out_at", "Sold out", chosen.where, is_wide=True),
]  # fmt: skip
tables.show_rows(
    "By item", sales.velocity_by_sku(snapshot, drop_id), [Column("title", "Item"), *shares], chosen,
    "The plan has no items.",
)  # fmt: skip
tables.show_rows(
    "By item and hub", stock_of.velocity_by_hub(snapshot, drop_id),
    [Column("title", "Item"), Column("hub", "Hub"), *shares], chosen, "No stock is staged.",
)  # fmt: skip
stock.show_stock(stock_of.stock_outlook(snapshot, drop_id), stock_of.stock_by_hub(snapshot, drop_id), chosen)
figures.show_figure(units_sold_by_hour(sold, elapsed), "The drop has not begun.")


def money(amount: float | None) -> str:
    """An amount in the drop's currency."""
    return words.money(amount, chosen.drop["currency_code"] if chosen.drop else None)


tables.mark_rows()
tables.show_rows(
    "Sales by hour", behind.sales_by_hour(snapshot, drop_id),
    [Column.instant("hour_at", "Hour", chosen.where), Column("title", "Item"),
     Column.coded("channel", "Channel", words.CHANNELS), Column.counted("orders_count", "Orders", is_wide=True),
     Column.counted("sold_units", "Units"), Column("gross_sales_amount", "Gross", money, is_numeric=True, is_wide=True),
     Column("net_sales_amount", "Net", money, is_numeric=True)],
    chosen, "Nothing is sold yet.",
)  # fmt: skip
page.show_foot(snapshot, chosen.where)
