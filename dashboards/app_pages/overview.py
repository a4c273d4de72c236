"""One drop at a glance, or the shop as a whole: metrics, clock, stock, bands now and next, freshness of the feeds."""

from __future__ import annotations

import streamlit as st

from dashboards.components import figures, light, live, page, prices, stock, tiles
from dashboards.queries import ledger, metrics, plans, sales, snapshots, trends, upkeep
from dashboards.queries import stock as stock_of
from pipelines.figures.headlines import describe_metrics
from pipelines.figures.prices import price_charged_and_decided
from pipelines.figures.sales import units_sold_by_hour

chosen = page.open_page("Live drop", can_compare=True)
snapshot, scope, drop, where = chosen.snapshot, chosen.scope, chosen.drop, chosen.where
freshness = upkeep.feed_freshness(snapshot)

if drop:
    live.show_drop_head(drop, where)
else:
    st.subheader("The whole shop", anchor=False)
tiles.show_totals(metrics.scorecard(snapshot, scope), has_rows=bool(drop))
windows = metrics.windows(snapshot)
headlines = describe_metrics(metrics.metric_rows(snapshot, scope), windows, is_final=page.is_final(chosen))
tiles.show_headlines(
    # Velocity is of a drop alone: the shop has no window and no staged stock.
    [headline for headline in headlines if drop or headline.key != "velocity"],
    chosen,
    trends=trends.metric_trends(snapshot, scope, is_drop=bool(drop)),
    others=tiles.compared_headlines(chosen),
)
live.show_next_steps(freshness)

if drop:
    outlook, by_hub = stock_of.stock_outlook(snapshot, scope), stock_of.stock_by_hub(snapshot, scope)
    is_live = drop["status"] == "live"
    live.show_attention(upkeep.attention(snapshot, scope), stock.running_low(by_hub) if is_live else ())
    stock.show_stock(outlook, by_hub, chosen)
    titles = plans.sku_titles(snapshot, scope)
    sold = sales.hourly_sales(snapshot, scope)
    prices.show_bands(snapshots.feed(snapshot), scope, titles, where)
    charged = price_charged_and_decided(sold, ledger.decisions(snapshot, scope), titles, drop["currency_code"])
    figures.show_figure(charged, "Nothing is sold and no price decided yet.")
    figures.show_figure(units_sold_by_hour(sold, drop["hours_elapsed"]), "The drop has not begun.")
light.show_freshness(freshness, snapshot, drop["max_staleness_hours"] if drop and drop["status"] == "live" else None)
page.show_foot(snapshot, where)
