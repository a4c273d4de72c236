"""The parts that pages are put together from. No query and no figure is made here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards import charts, formatting, queries
from dashboards.formatting import pill, text
from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.figures import words
from pipelines.figures.headlines import Headline
from pipelines.figures.intervals import FEWEST_CASES
from pipelines.figures.specification import Figure
from pipelines.figures.spreadsheet import csv_text
from pipelines.figures.theme import DARK, LIGHT

# A page looks for a newer snapshot this often: ticks come once an hour, a kill must show within moments.
_LOOK_AGAIN_SECONDS = 15
UTC_ZONE = ZoneInfo("UTC")
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


@dataclass(frozen=True)
class Chosen:
    """What a page is to show.

    Attributes:
        snapshot: The published state.
        scope: A drop's id, or `shop`.
        drop: The drop's row; None for the shop.
        where: The zone of all local times.
    """

    snapshot: queries.Snapshot
    scope: str
    drop: Mapping[str, Any] | None
    where: ZoneInfo


def open_page(title: str, *, drop_only: bool = False, whole_shop: bool = False) -> Chosen:
    """The page's title, its snapshot and its drop.

    A page of drops alone stops with a sentence where there is none; a page of the whole shop asks for no drop.
    """
    snapshot = require_snapshot()
    st.title(title, anchor=False)
    if whole_shop:
        return Chosen(snapshot, queries.SHOP, None, UTC_ZONE)
    drops = queries.drops(snapshot)
    if drop_only and drops.is_empty():
        folder = text(queries.data_dir())
        st.html(
            '<section class="fs-card"><h3>No drop yet</h3><p>This page is about one drop. Add a plan: '
            f"<code>sprint add drops/my-drop.yaml --data {folder}</code>, then run "
            f"<code>sprint tick --data {folder}</code>.</p></section>"
        )
        show_foot(snapshot, words.zone(None))
        st.stop()
    names = dict(drops.select("drop_id", "name").iter_rows())
    scope = choose("Drop", names if drop_only else names | {queries.SHOP: "The whole shop"}, "drop")
    drop = queries.drop_row(snapshot, scope)
    return Chosen(snapshot, scope, drop, words.zone(drop["timezone"] if drop else None))


def choose(label: str, names: Mapping[str, str], key: str) -> str:
    """One of `names` by its code; the choice lives in the link as `?key=` and goes along from page to page."""
    # Streamlit's own binding would put the name into the link: names change and may be had twice, codes do not.
    kept = f"kept {key}"
    wanted = st.session_state.get(key) or st.query_params.get(key) or st.session_state.get(kept)
    # Set at every run: another page's options make another widget, which would begin at its first option.
    st.session_state[key] = wanted if wanted in names else next(iter(names))
    chosen: str = st.selectbox(
        label, list(names), format_func=lambda code: words.visible(names[code]), key=key, width=440
    )
    st.session_state[kept] = st.query_params[key] = chosen
    return chosen


def require_snapshot() -> queries.Snapshot:
    """The snapshot that the link names, else the current one; without any the page says what to do and stops there."""
    wanted = st.query_params.get("snapshot", st.session_state.get("kept snapshot"))
    kept = queries.kept_snapshot(wanted) if wanted else None
    snapshot = kept or queries.current_snapshot()
    if snapshot is None:
        _say_what_to_publish()
    st.session_state["kept snapshot"] = kept.snapshot_id if kept and not kept.is_current else None
    if wanted and kept is None:
        st.html('<div class="fs-note" role="note">The snapshot of this link is no longer kept; these are newer.</div>')
        del st.query_params["snapshot"]
    if not snapshot.is_current:
        st.query_params["snapshot"] = snapshot.snapshot_id
        _offer_the_current()
    else:
        _watch_for_news(snapshot.folder)
    if snapshot.is_simulated:
        st.html('<div class="fs-note" role="note">Simulated data: an invented shop, not a real one.</div>')
    return snapshot


def _say_what_to_publish() -> NoReturn:
    st.title("Flash-Sprints", anchor=False)
    folder = text(queries.data_dir())
    steps = [
        f"<li>Add your shop's files: <code>sprint add PATH --data {folder}</code></li>",
        f"<li>Then run the first tick: <code>sprint tick --data {folder}</code></li>",
        "<li>Or look at a simulated shop first: <code>make demo</code></li>",
    ]
    st.html(f'<section class="fs-card"><h3>Nothing is published yet</h3><ul>{"".join(steps)}</ul></section>')
    _watch_for_news("")
    st.stop()


def _offer_the_current() -> None:
    st.html('<div class="fs-note" role="note">This link shows an older snapshot; newer numbers are published.</div>')
    if st.button("Show the current numbers", type="primary"):
        st.session_state["kept snapshot"] = None
        del st.query_params["snapshot"]
        st.rerun()


@st.fragment(run_every=_LOOK_AGAIN_SECONDS)
def _watch_for_news(folder: str) -> None:
    newest = queries.current_snapshot()
    if newest is not None and newest.folder != folder:
        st.rerun()


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


def show_headlines_named(named: Iterable[tuple[str, Headline]]) -> None:
    """One tile a scope, each under the scope's name."""
    st.html(formatting.grid(formatting.tile(replace(headline, title=name)) for name, headline in named))


def show_note(sentence: str) -> None:
    """A remark in small print."""
    st.html(f'<p class="fs-sub">{text(sentence)}</p>')


def is_final(chosen: Chosen) -> bool:
    """Whether nothing of the chosen drop can change any more; the shop never ends."""
    return bool(chosen.drop and chosen.drop["status"] == "final")


def local_time(moment: Any, where: ZoneInfo) -> str:
    """An instant of a mart (UTC without saying so) in local time."""
    return words.instant(moment.replace(tzinfo=UTC) if moment else None, where)


def sentence(code: Any) -> str:
    """A code as words with a capital letter."""
    shown = words.visible(code).replace("_", " ").replace("|", ": ")
    return shown[:1].upper() + shown[1:]


def passed(is_passed: bool) -> str:
    """The result of a check."""
    return "Passed" if is_passed else "Failed"


def yes(is_so: bool) -> str:
    """A mark where something holds."""
    return "Yes" if is_so else ""


def if_enough(value: str, cases: int | None) -> str:
    """The value, or that its cases are too few to say."""
    return value if (cases or 0) >= FEWEST_CASES or not cases else "too few"


def find_problems(checks: pl.DataFrame, files: pl.DataFrame, ticks: pl.DataFrame, missed_hours: int) -> list[str]:
    """What needs somebody's eyes, each as a sentence; empty when all is well."""
    problems = []
    if not ticks.is_empty() and ticks["status"][0] == "failed":
        problems.append("The last tick failed: these are the numbers of the one before. Run: sprint tick")
    if missed_hours:
        problems.append(
            f"{words.count(missed_hours, 'hour was', 'hours were')} missed: no tick ran, prices stood at list."
        )
    quarantined = files.filter(pl.col("status") == "quarantined").height
    if quarantined:
        problems.append(f"{words.count(quarantined, 'file', 'files')} could not be read: see the quarantine folder.")
    if not files["is_reconciled"].all():
        problems.append("Some file's rows do not add up: accepted, rejected and repeated must make all rows read.")
    if files["rejected"].sum():
        problems.append(
            f"{words.count(int(files['rejected'].sum()), 'row was', 'rows were')} rejected; the rules are below."
        )
    failed = checks.filter(~pl.col("is_passed"))
    problems += [
        f"Check failed: {sentence(name)} ({seen})." for name, seen in failed.select("check_name", "observed").rows()
    ]
    return problems


def show_light(problems: Sequence[str]) -> None:
    """One light: green, or what is wrong."""
    if not problems:
        good = pill("All well", "good")
        st.html(f'<div class="fs-head">{good}<span>Every file is read, every hour has its tick.</span></div>')
        return
    items = "".join(f"<li>{text(problem)}</li>" for problem in problems)
    st.html(f'<section class="fs-card"><h3>{pill("Look here", "late")}</h3><ul>{items}</ul></section>')


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


def show_figures(figures: Sequence[Figure], nothing: str) -> None:
    """Several small figures, two in a row where there is room."""
    for start in range(0, len(figures), 2):
        for column, figure in zip(st.columns(2), figures[start : start + 2], strict=False):
            with column:
                show_figure(figure, nothing)


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


@dataclass(frozen=True)
class Column:
    """One column of a table: its name in the data, on the screen, and how a value is shown there."""

    name: str
    label: str
    show: Callable[[Any], str] = words.visible
    is_numeric: bool = False
    is_wide: bool = False

    @classmethod
    def counted(cls, name: str, label: str, *, is_wide: bool = False) -> Column:
        """A column of counts."""
        return cls(name, label, words.count, is_numeric=True, is_wide=is_wide)

    @classmethod
    def coded(cls, name: str, label: str, codes: dict[str, str], *, is_wide: bool = False) -> Column:
        """A column of codes that have words."""
        return cls(name, label, lambda code: words.named(codes, code), is_wide=is_wide)

    @classmethod
    def instant(cls, name: str, label: str, where: ZoneInfo, *, is_wide: bool = False) -> Column:
        """A column of instants, in local time."""
        return cls(name, label, lambda moment: local_time(moment, where), is_wide=is_wide)


# More rows than this make a page slow to read and to draw; the CSV has them all.
_ROWS_SHOWN = 20


def show_rows(title: str, frame: pl.DataFrame, columns: Sequence[Column], chosen: Chosen, nothing: str) -> None:
    """A table under its title with its CSV; without rows the sentence `nothing`."""
    st.subheader(title, anchor=False)
    if frame.is_empty():
        st.write(nothing)
        return
    head = frame.head(_ROWS_SHOWN)
    lines = [
        [text(words.NONE if row[one.name] is None else one.show(row[one.name])) for one in columns]
        for row in head.iter_rows(named=True)
    ]
    numeric = frozenset(index for index, one in enumerate(columns) if one.is_numeric)
    wide = frozenset(index for index, one in enumerate(columns) if one.is_wide)
    labels = [one.label for one in columns]
    st.html(formatting.table(labels, lines, caption=title, numeric=numeric, wide=wide))
    if frame.height > _ROWS_SHOWN:
        st.html(f'<p class="fs-sub">The first {_ROWS_SHOWN} rows; the CSV has {frame.height:,}.</p>')
    header = [
        f"Flash-Sprints: {title}",
        f"Drop: {chosen.scope}",
        f"Snapshot {chosen.snapshot.snapshot_id}, as of {chosen.snapshot.as_of:%Y-%m-%dT%H:%MZ}",
        "All instants are UTC",
        *(["Simulated data"] if chosen.snapshot.is_simulated else []),
    ]
    st.download_button(
        "CSV",
        lambda: csv_text(frame.select(pl.col(one.name).alias(one.label) for one in columns), header),
        file_name=f"{title.lower().replace(' ', '-')}-{chosen.snapshot.snapshot_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key=f"csv of {title}",
    )


# The files of a report that people ask for, in this order; the CSV files lie beside them.
_REPORT_FILES = {
    "report.pdf": ("Report (PDF)", "application/pdf"),
    "report.xlsx": ("Workbook (XLSX)", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "report.json": ("All figures (JSON)", "application/json"),
}


def show_report_files(manifest: Mapping[str, Any] | None, chosen: Chosen) -> None:
    """The report's downloads and the snapshot they were made from; without a report, how to make one."""
    st.subheader("The owner's report", anchor=False)
    command = f"<code>sprint report {text(chosen.scope)} --data {text(queries.data_dir())}</code>"
    if manifest is None:
        st.html(f'<section class="fs-card"><h3>Not written yet</h3><p>Write it: {command}</p></section>')
        return
    of_snapshot = text(manifest["snapshot_id"])
    if manifest["snapshot_id"] == chosen.snapshot.snapshot_id:
        st.html(f'<p class="fs-sub">Made from the snapshot of this page, {of_snapshot}.</p>')
    else:
        st.html(
            f'<div class="fs-note" role="note">Made from snapshot {of_snapshot}. For newer numbers: {command}</div>'
        )
    for column, (name, (label, mime)) in zip(st.columns(len(_REPORT_FILES)), _REPORT_FILES.items(), strict=True):
        with column:
            st.download_button(
                label,
                partial(queries.report_file, chosen.scope, name),
                file_name=f"{chosen.scope}-{name}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
                width="stretch",
                key=f"download {name}",
            )
    folder = text(queries.data_dir() / "reports" / chosen.scope)
    st.html(f'<p class="fs-sub">CSV of every table, and the manifest with all hashes: <code>{folder}</code></p>')


def show_attention(counts: Mapping[str, int]) -> None:
    """What needs a hand in a drop; nothing when all is well."""
    sentences = {
        "late_parcels_count": ("parcel is past its promise", "parcels are past their promise"),
        "flagged_parcels_count": ("parcel has times that do not fit", "parcels have times that do not fit"),
        "missed_decisions_count": ("price was not decided in time", "prices were not decided in time"),
        "stale_decisions_count": ("price was held, as orders came late", "prices were held, as orders came late"),
    }
    items = [
        f"<li>{text(words.count(counts[name], *nouns))}.</li>" for name, nouns in sentences.items() if counts[name]
    ]
    if items:
        st.html(f'<section class="fs-card"><h3>Needs attention</h3><ul>{"".join(items)}</ul></section>')


def sell_out(hours_to_end: float | None, hours_to_go: float) -> str:
    """When the stock ends at the pace of the last hours, in words."""
    if hours_to_end is None:
        return "no sale of late"
    if hours_to_end <= 0:
        return "sold out"
    return f"in about {hours_to_end:.0f} h" if hours_to_end <= hours_to_go else "not within the drop"


def show_foot(snapshot: queries.Snapshot, where: ZoneInfo) -> None:
    """Which snapshot all numbers of the page belong to, and the link that keeps them."""
    query = urlencode({**st.query_params.to_dict(), "snapshot": snapshot.snapshot_id})
    st.html(
        f'<p class="fs-foot">As of {text(words.instant(snapshot.as_of, where))} ({text(where.key)}) · '
        f"snapshot {text(snapshot.snapshot_id)}{' · simulated' if snapshot.is_simulated else ''} · "
        f'<a href="?{text(query)}" target="_self">Link to exactly these numbers</a><br>'
        "No sign-in is set up: the app runs open, for this machine alone.</p>"
    )
