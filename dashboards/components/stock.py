"""What is left of a drop's stock, where, and when it will be sold out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards import formatting
from dashboards.components.page import Chosen
from dashboards.components.tables import Column, offer_csv
from dashboards.formatting import pill, text
from dashboards.queries.stock import PACE_HOURS
from pipelines.figures import words
from pipelines.figures.outlook import SellOut, forecast_sell_out

# More columns than these make a table that nobody can read; the CSV has all hubs.
_HUBS_SHOWN = 6
# Below this share of what was staged a hub runs low.
_LOW_SHARE = 0.2


def forecasts(outlook: pl.DataFrame) -> dict[str, SellOut | None]:
    """SKU to its forecast."""
    return {
        row["sku"]: forecast_sell_out(row["units_left"], row["lately_units"], row["hours_watched"], row["hours_to_go"])
        for row in outlook.iter_rows(named=True)
    }


def show_stock(outlook: pl.DataFrame, by_hub: pl.DataFrame, chosen: Chosen) -> None:
    """Units left of each item, over all and at each hub, with the forecast of selling out."""
    st.subheader("Stock left", anchor=False)
    if outlook.is_empty():
        st.write("The plan has no items.")
        return
    expected = forecasts(outlook)
    hubs = by_hub.group_by("hub", maintain_order=True).agg(pl.col("staged_units").sum())
    shown = hubs.filter(pl.col("staged_units") > 0).sort("staged_units", descending=True)["hub"].head(_HUBS_SHOWN)
    cells = {(row["sku"], row["hub"]): row for row in by_hub.iter_rows(named=True)}
    lines = [
        [
            text(row["title"]),
            _left(row),
            text(sell_out(expected[row["sku"]], row["hours_to_go"], chosen.snapshot.as_of, chosen.where)),
            *(_left(cells.get((row["sku"], hub))) for hub in shown),
        ]
        for row in outlook.iter_rows(named=True)
    ]
    header = ["Item", "All hubs", "Sold out", *(hub.partition(":")[0] for hub in shown)]
    st.html(formatting.table(header, lines, caption="Stock left by item and hub"))
    st.html(
        f'<p class="fs-sub">Left of what is staged. The forecast takes the pace of the last {PACE_HOURS} hours as it'
        " stands; the span holds in eight cases of ten.</p>"
    )
    columns = [
        Column("title", "Item"), Column("hub", "Hub"), Column("staged_units", "Staged"), Column("sold_units", "Sold"),
        Column("units_left", "Left"),
    ]  # fmt: skip
    offer_csv("Stock left by item and hub", by_hub, columns, chosen)


def sell_out(forecast: SellOut | None, hours_to_go: float, as_of: datetime, where: ZoneInfo) -> str:
    """A forecast in words: when, between when and when, and how likely before the drop ends."""
    if forecast is None:
        return "no sale of late"
    if forecast.hours <= 0:
        return "sold out"
    if hours_to_go <= 0:
        return "the drop is over"
    if forecast.chance < 0.05:  # noqa: PLR2004 - one case in twenty is not worth a plan
        return "not within the drop"
    # To the hour: the forecast knows no better.
    soon, late = (
        words.hour_of(as_of + timedelta(hours=round(hours)), where)
        for hours in (forecast.low_hours, forecast.high_hours)
    )
    likely = f"{forecast.chance:.0%} before the end"
    return f"{soon} to {late}; {likely}" if forecast.high_hours <= hours_to_go else f"from {soon} on; {likely}"


def running_low(by_hub: pl.DataFrame) -> list[str]:
    """Sentences about hubs that have run out of an item, or soon will, while others have it."""
    elsewhere = by_hub.group_by("sku").agg(pl.col("units_left").sum().alias("left_anywhere"))
    there = by_hub.join(elsewhere, on="sku").filter((pl.col("staged_units") > 0) & (pl.col("left_anywhere") > 0))
    low = there.filter(pl.col("units_left") < pl.col("staged_units") * _LOW_SHARE).sort("units_left", "title", "hub")
    return [
        f"{row['title']}: {row['units_left']:,} of {row['staged_units']:,} left at {row['hub']},"
        f" {row['left_anywhere'] - row['units_left']:,} at other hubs."
        for row in low.iter_rows(named=True)
    ]


def _left(row: Mapping[str, Any] | None) -> str:
    if row is None or (not row["staged_units"] and not row["units_left"]):
        return words.NONE
    if not row["units_left"]:
        return pill("none left", "late")
    shown = f"{row['units_left']:,} <small>of {row['staged_units']:,}</small>"
    return f"{shown} {pill('low', 'low')}" if row["units_left"] < row["staged_units"] * _LOW_SHARE else shown
