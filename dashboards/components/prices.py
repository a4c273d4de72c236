"""Price bands of the published feed, and what the engine expects of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import formatting
from dashboards.components.tiles import show_note
from dashboards.formatting import pill, text
from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.figures import words


def show_bands(feed: PriceBands, drop_id: str, titles: Mapping[str, str], where: ZoneInfo) -> None:
    """The hour that runs out and the hour that begins, for each SKU and channel of the published feed."""
    st.subheader("Price bands now and next", anchor=False)
    entries = [entry for entry in feed.entries if entry.drop_id == drop_id]
    if not entries:
        st.write("No prices are decided for this drop: they begin with its first hour and end with its last.")
        return
    if feed.status == "killed":
        st.html(
            '<div class="fs-note" role="alert">The operator has stopped pricing: storefronts show list prices.</div>'
        )
    hours = sorted({entry.valid_from for entry in entries})[-2:]
    cells = {(entry.sku, entry.channel, entry.valid_from): entry for entry in entries}
    lines = []
    for sku in dict.fromkeys(sku for sku, _, _ in sorted(cells)):
        alike: dict[tuple[str, ...], list[str]] = {}
        channels = sorted({entry.channel for entry in entries if entry.sku == sku})
        for channel in channels:
            shown = [_band_cell(cells.get((sku, channel, hour))) for hour in hours]
            last = cells.get((sku, channel, hours[-1]))
            why = words.named(words.REASONS, last.reason if last else None)
            shown[-1] += f"<small>{text(why)}</small>" if last and last.price_amount is not None else ""
            alike.setdefault(tuple(shown), []).append(words.named(words.CHANNELS, channel))
        # Channels with the same prices share a line: a drop of four SKUs in four channels would have sixteen.
        for shown_alike, names in alike.items():
            where_shown = "All channels" if 1 < len(names) == len(channels) else ", ".join(names)
            lines.append([f"{text(titles.get(sku, sku))}<small>{text(where_shown)}</small>", *shown_alike])
    labels = ["Now", "Next"][-len(hours) :]
    spans = [
        f"{label}, {words.hour_of(hour, where)}–{hour.astimezone(where) + timedelta(hours=1):%H:%M}"
        for label, hour in zip(labels, hours, strict=True)
    ]
    st.html(formatting.table(["Item", *spans], lines, caption="Price bands by item and channel"))
    st.html(f'<p class="fs-sub">Local time of the drop ({text(where.key)}). The list price is the middle band.</p>')


def _band_cell(entry: BandEntry | None) -> str:
    if entry is None:
        return words.NONE
    if entry.price_amount is None:
        return pill("Sold out", "quiet")
    price = text(words.money(entry.price_amount, entry.currency_code))
    band = pill(words.named(words.BANDS, entry.band), entry.band or "quiet") if entry.band else pill("List", "quiet")
    return f"{price} {band}"


def show_expected_gain(worth: Mapping[str, Any], currency: str | None) -> None:
    """What the engine expected of its choices against list price in the same hours."""
    if not worth["decisions_count"] or worth["list_amount"] is None:
        return
    gain = worth["chosen_amount"] - worth["list_amount"]
    hours = words.count(worth["decisions_count"], "decision", "decisions")
    amount, way = words.money(abs(round(gain, 2)), currency), "more" if gain >= 0 else "less"
    show_note(
        f"Over {hours} the engine expected its bands to be worth {amount} {way} than list price in the same hours."
        " This is its expectation, not a measurement."
    )
