"""The parts that pages are put together from. No query and no figure is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards import charts, formatting, queries
from dashboards.formatting import pill, text
from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.figures import words
from pipelines.figures.headlines import Headline
from pipelines.figures.specification import Figure
from pipelines.figures.theme import DARK, LIGHT

# A page looks for a newer snapshot this often: ticks come once an hour, a kill must show within moments.
_LOOK_AGAIN_SECONDS = 15
_STATUS_PILLS = {"live": "live", "settling": "moving", "final": "good", "planned": "quiet"}
# What each feed is good for, and what to type for it; shown while it is missing.
_MISSING_FEEDS = {
    "drops": ("a drop plan, for velocity, prices and everything by drop", "drops/my-drop.yaml"),
    "deliveries": ("delivery events and hubs, for the lead time", "deliveries.csv hubs.csv"),
    "scans": ("scans and shares, for unboxing", "scans.csv"),
    "returns": ("returns, for refunds and net sales", "returns.csv"),
}


def apply_style() -> None:
    """The app's own style sheet."""
    st.html(Path(__file__).with_name("style.css"))


def require_snapshot() -> queries.Snapshot:
    """The current snapshot; without one the page says what to do and stops there."""
    snapshot = queries.current_snapshot()
    if snapshot is None:
        st.title("Flash-Sprints")
        folder = text(queries.data_dir())
        steps = [
            f"<li>Add your shop's files: <code>sprint add PATH --data {folder}</code></li>",
            f"<li>Then run the first tick: <code>sprint tick --data {folder}</code></li>",
            "<li>Or look at a simulated shop first: <code>make demo</code></li>",
        ]
        st.html(f'<section class="fs-card"><h3>Nothing is published yet</h3><ul>{"".join(steps)}</ul></section>')
        _watch_for_news("")
        st.stop()
    if snapshot.is_simulated:
        st.html('<div class="fs-note" role="note">Simulated data: an invented shop, not a real one.</div>')
    _watch_for_news(snapshot.folder)
    return snapshot


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def _watch_for_news(folder: str) -> None:
    newest = queries.current_snapshot()
    if newest is not None and newest.folder != folder:
        st.rerun()


def choose_scope(drops: pl.DataFrame) -> str:
    """A drop, or the shop as a whole; the choice lives in the link as `?drop=` and goes along from page to page."""
    names = dict(drops.select("drop_id", "name").iter_rows()) | {queries.SHOP: "The whole shop"}
    # Streamlit's own binding would put the name into the link: names change and may be had twice, ids do not.
    if st.session_state.get("drop") not in names:
        wanted = st.query_params.get("drop", st.session_state.get("scope"))
        st.session_state["drop"] = wanted if wanted in names else next(iter(names))
    chosen: str = st.selectbox(
        "Drop", list(names), format_func=lambda drop: words.visible(names[drop]), key="drop", width=440
    )
    st.session_state["scope"] = st.query_params["drop"] = chosen
    return chosen


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


def show_totals(card: Mapping[str, Any] | None) -> None:
    """Orders, units, money and returns in one line."""
    if card is None:
        return
    currency = card["currency_code"]
    facts = [("Orders", words.count(card["orders_count"])), ("Units sold", words.count(card["sold_units"]))]
    if currency is None:
        facts.append(("Money", "in several currencies, not added up"))
    else:
        names = {"gross": "Gross sales", "discounts": "Discounts", "refunds": "Refunds", "net": "Net sales"}
        columns = {"gross": "gross_sales_amount", "net": "net_sales_amount"}
        facts += [
            (label, words.money(card[columns.get(key, f"{key}_amount")], currency)) for key, label in names.items()
        ]
    facts.append(("Returns", words.count(card["returns_count"])))
    st.html(f'<div class="fs-facts">{"".join(f"<span>{text(k)} <b>{text(v)}</b></span>" for k, v in facts)}</div>')


def show_headlines(headlines: Sequence[Headline]) -> None:
    """One tile a metric."""
    st.html(formatting.grid(formatting.tile(headline) for headline in headlines))


def show_figure(figure: Figure, nothing: str) -> None:
    """A figure under its title, its panels side by side where there is room; without data the sentence `nothing`."""
    st.subheader(figure.title, anchor=False)
    if figure.is_empty:
        st.write(nothing)
        return
    theme = DARK if st.context.theme.type == "dark" else LIGHT
    st.html(f'<p class="fs-sub">{text(figure.y_label)}. {text(figure.note)}</p>')
    if len(figure.series) > 1:
        st.html(formatting.legend(figure.drawn_series, theme))
    panels = charts.draw_panels(figure, theme)
    for column, (panel, drawn) in zip(st.columns(len(panels)), panels.items(), strict=True):
        with column:
            if figure.panels[panel]:
                st.html(f"<b>{text(figure.panels[panel])}</b>")
            st.plotly_chart(
                drawn,
                theme=None,
                config={"displayModeBar": False},
                key=f"{figure.title}|{panel}",
                alt=figure.description,
            )


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
    for sku, channel in sorted({(entry.sku, entry.channel) for entry in entries}):
        last = cells.get((sku, channel, hours[-1]))
        name = f"{text(titles.get(sku, sku))}<small>{text(words.named(words.CHANNELS, channel))}</small>"
        shown = [_band_cell(cells.get((sku, channel, hour))) for hour in hours]
        why = words.named(words.REASONS, last.reason if last else None)
        shown[-1] += f"<small>{text(why)}</small>" if last and last.price_amount is not None else ""
        lines.append([name, *shown])
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


def show_freshness(freshness: pl.DataFrame, snapshot: queries.Snapshot, late_after_hours: int | None) -> None:
    """When each feed was last met, against the snapshot's instant."""
    st.subheader("Freshness by feed", anchor=False)
    lines = []
    for row in freshness.iter_rows(named=True):
        old = snapshot.as_of.replace(tzinfo=None) - row["last_met_at"]
        late = row["feed"] == "orders" and late_after_hours is not None and old > timedelta(hours=late_after_hours)
        state = pill("late: prices are held", "late") if late else ""
        rejected = f"{row['rejected']:,}"
        if row["quarantined"]:
            rejected += f"<small>{text(words.count(row['quarantined'], 'file set apart', 'files set apart'))}</small>"
        lines.append(
            [text(words.named(words.FEEDS, row["feed"])), f"{text(words.age(old))} {state}", f"{row['files']:,}",
             f"{row['accepted']:,}", f"{row['duplicate']:,}", rejected]
        )  # fmt: skip
    header = ["Feed", "Last met", "Files", "Rows accepted", "Repeated", "Rejected"]
    st.html(
        formatting.table(
            header, lines, caption="Freshness by feed", numeric=frozenset({2, 3, 4, 5}), wide=frozenset({2, 4})
        )
    )


def show_next_steps(freshness: pl.DataFrame) -> None:
    """What to add next, each as a sentence with the command to type; nothing when all is there."""
    present = set(freshness["feed"])
    folder = text(queries.data_dir())
    steps = [
        f"<li>Add {text(what)}:<br><code>sprint add {text(example)} --data {folder}</code></li>"
        for feed, (what, example) in _MISSING_FEEDS.items()
        if feed not in present
    ]
    if steps:
        then = f"<li>Then let the next tick take them in:<br><code>sprint tick --data {folder}</code></li>"
        st.html(f'<section class="fs-card"><h3>What to add next</h3><ul>{"".join(steps)}{then}</ul></section>')


def show_foot(snapshot: queries.Snapshot, where: ZoneInfo) -> None:
    """Which snapshot all numbers of the page belong to."""
    st.html(
        f'<p class="fs-foot">As of {text(words.instant(snapshot.as_of, where))} ({text(where.key)}) · '
        f"snapshot {text(snapshot.snapshot_id)}{' · simulated' if snapshot.is_simulated else ''}</p>"
    )
