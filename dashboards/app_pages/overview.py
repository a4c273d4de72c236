"""One drop at a glance, or the shop as a whole: metrics, clock, bands now and next, freshness of the feeds."""

from __future__ import annotations

import polars as pl
import streamlit as st

from dashboards.components import figures, light, live, page, prices, tables, tiles, wording
from dashboards.components.tables import Column
from dashboards.queries import ledger, metrics, plans, sales, snapshots, upkeep
from pipelines.figures import words
from pipelines.figures.headlines import describe_metrics
from pipelines.figures.prices import price_charged_and_decided
from pipelines.figures.sales import units_sold_by_hour

chosen = page.open_page("Live drop")
snapshot, scope, drop, where = chosen.snapshot, chosen.scope, chosen.drop, chosen.where
freshness = upkeep.feed_freshness(snapshot)

if drop:
    live.show_drop_head(drop, where)
else:
    st.subheader("The whole shop", anchor=False)
tiles.show_totals(metrics.scorecard(snapshot, scope))
is_final = bool(drop and drop["status"] == "final")
headlines = describe_metrics(metrics.metric_rows(snapshot, scope), metrics.windows(snapshot), is_final=is_final)
# Velocity is of a drop alone: the shop has no window and no staged stock.
tiles.show_headlines([headline for headline in headlines if drop or headline.key != "velocity"])
live.show_next_steps(freshness)

if drop:
    live.show_attention(upkeep.attention(snapshot, scope))
    titles = plans.sku_titles(snapshot, scope)
    sold = sales.hourly_sales(snapshot, scope)
    prices.show_bands(snapshots.feed(snapshot), scope, titles, where)
    outlook = sales.stock_outlook(snapshot, scope).with_columns(
        ends=pl.struct("hours_to_end", "hours_to_go").map_elements(lambda row: wording.sell_out(**row), pl.Utf8)
    )
    tables.show_rows(
        "Stock left", outlook,
        [Column("title", "Item"), Column.counted("units_left", "Left"), Column.counted("staged_units", "Staged"),
         Column("units_an_hour", "Units an hour, last 12 h", words.ratio, is_numeric=True, is_wide=True),
         Column("ends", "Sold out at that pace")],
        chosen, "The plan has no items.",
    )  # fmt: skip
    charged = price_charged_and_decided(sold, ledger.decisions(snapshot, scope), titles, drop["currency_code"])
    figures.show_figure(charged, "Nothing is sold and no price decided yet.")
    figures.show_figure(units_sold_by_hour(sold, drop["hours_elapsed"]), "The drop has not begun.")
light.show_freshness(freshness, snapshot, drop["max_staleness_hours"] if drop and drop["status"] == "live" else None)
page.show_foot(snapshot, where)
