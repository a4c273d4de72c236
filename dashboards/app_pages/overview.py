"""One drop at a glance, or the shop as a whole: metrics, clock, bands now and next, freshness of the feeds."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards import components, queries
from dashboards.components import Column
from pipelines.figures import words
from pipelines.figures.headlines import describe_metrics
from pipelines.figures.prices import price_charged_and_decided
from pipelines.figures.sales import units_sold_by_hour

chosen = components.open_page("Live drop")
snapshot, scope, drop, where = chosen.snapshot, chosen.scope, chosen.drop, chosen.where
freshness = queries.feed_freshness(snapshot)

if drop:
    components.show_drop_head(drop, where)
else:
    st.subheader("The whole shop", anchor=False)
components.show_totals(queries.scorecard(snapshot, scope))
is_final = bool(drop and drop["status"] == "final")
headlines = describe_metrics(queries.metric_rows(snapshot, scope), queries.windows(snapshot), is_final=is_final)
# Velocity is of a drop alone: the shop has no window and no staged stock.
components.show_headlines([headline for headline in headlines if drop or headline.key != "velocity"])
components.show_next_steps(freshness)

if drop:
    components.show_attention(queries.attention(snapshot, scope))
    titles = queries.sku_titles(snapshot, scope)
    sales = queries.hourly_sales(snapshot, scope)
    components.show_bands(queries.feed(snapshot), scope, titles, where)
    outlook = queries.stock_outlook(snapshot, scope).with_columns(
        ends=pl.struct("hours_to_end", "hours_to_go").map_elements(lambda row: components.sell_out(**row), pl.Utf8)
    )
    components.show_rows(
        "Stock left", outlook,
        [Column("title", "Item"), Column.counted("units_left", "Left"), Column.counted("staged_units", "Staged"),
         Column("units_an_hour", "Units an hour, last 12 h", words.ratio, is_numeric=True, is_wide=True),
         Column("ends", "Sold out at that pace")],
        chosen, "The plan has no items.",
    )  # fmt: skip
    prices = price_charged_and_decided(sales, queries.decisions(snapshot, scope), titles, drop["currency_code"])
    components.show_figure(prices, "Nothing is sold and no price decided yet.")
    components.show_figure(units_sold_by_hour(sales, drop["hours_elapsed"]), "The drop has not begun.")
components.show_freshness(
    freshness, snapshot, drop["max_staleness_hours"] if drop and drop["status"] == "live" else None
)
components.show_foot(snapshot, where)
