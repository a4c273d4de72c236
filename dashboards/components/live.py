"""What stands on top of a live drop: its clock, what needs attention, what to add next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.formatting import pill, text
from dashboards.queries import snapshots
from pipelines.figures import words

_STATUS_PILLS = {"live": "live", "settling": "moving", "final": "good", "planned": "quiet"}


# What each feed is good for, and what to type for it; shown while it is missing.
_MISSING_FEEDS = {
    "drops": ("a drop plan, for velocity, prices and everything by drop", "drops/my-drop.yaml"),
    "deliveries": ("delivery events and hubs, for the lead time", "deliveries.csv hubs.csv"),
    "scans": ("scans and shares, for unboxing", "scans.csv"),
    "returns": ("returns, for refunds and net sales", "returns.csv"),
}


def show_drop_head(drop: Mapping[str, Any], where: ZoneInfo) -> None:
    """The drop's name, status and clock."""
    length = (drop["ends_at"] - drop["starts_at"]) / timedelta(hours=1)
    elapsed = min(max(float(drop["hours_elapsed"]), 0.0), length)
    share = elapsed / length * 100
    status = pill(words.named(words.STATUSES, drop["status"]), _STATUS_PILLS.get(drop["status"], "quiet"))
    clock = {
        "planned": "has not begun",
        "live": f"hour {elapsed:.0f} of {length:.0f}, {length - elapsed:.0f} h left",
    }.get(drop["status"], f"all {length:.0f} hours over")
    st.html(
        f'<div class="fs-head"><h2>{text(drop["name"])}</h2>{status}<span>{text(clock)}</span></div>'
        f'<div class="fs-bar" role="progressbar" aria-label="Hours of the drop" aria-valuemin="0" '
        f'aria-valuemax="{length:.0f}" aria-valuenow="{elapsed:.0f}"><i style="width:{share:.1f}%"></i></div>'
        f'<div class="fs-facts"><span>From {text(words.instant(drop["starts_at"], where))}</span>'
        f"<span>to {text(words.instant(drop['ends_at'], where))}</span></div>"
    )


def show_attention(counts: Mapping[str, int], more: Sequence[str] = ()) -> None:
    """What needs a hand in a drop, `more` sentences after the counted ones; when nothing does, it says so."""
    sentences = {
        "late_parcels_count": ("parcel is past its promise", "parcels are past their promise"),
        "flagged_parcels_count": ("parcel has times that do not fit", "parcels have times that do not fit"),
        "missed_decisions_count": ("price was not decided in time", "prices were not decided in time"),
        "stale_decisions_count": ("price was held, as orders came late", "prices were held, as orders came late"),
    }
    found = [f"{words.count(counts[name], *nouns)}." for name, nouns in sentences.items() if counts[name]]
    items = "".join(f"<li>{text(sentence)}</li>" for sentence in [*found, *more])
    if items:
        st.html(f'<section class="fs-card"><h3>Needs attention</h3><ul>{items}</ul></section>')
    else:
        st.html(f'<div class="fs-head">{pill("All well", "good")}<span>Nothing needs a hand.</span></div>')


def show_next_steps(freshness: pl.DataFrame) -> None:
    """What to add next, each as a sentence with the command to type; nothing when all is there."""
    present = set(freshness["feed"])
    folder = text(snapshots.data_dir())
    steps = [
        f"<li>Add {text(what)}:<br><code>sprint add {text(example)} --data {folder}</code></li>"
        for feed, (what, example) in _MISSING_FEEDS.items()
        if feed not in present
    ]
    if steps:
        then = f"<li>Then let the next tick take them in:<br><code>sprint tick --data {folder}</code></li>"
        st.html(f'<section class="fs-card"><h3>What to add next</h3><ul>{"".join(steps)}{then}</ul></section>')
