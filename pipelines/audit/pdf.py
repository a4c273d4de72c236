"""An AuditReport as PDF, laid out by typst. Texts reach the template as JSON strings, never read as markup."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import matplotlib as mpl
import polars as pl
import typst

from pipelines.audit.drawing import draw_svg
from pipelines.audit.report import AuditReport
from pipelines.figures import words

_TEMPLATE = Path(__file__).with_name("report.typ")
# The reasons that fit on the page; the others are added up in one line.
_REASONS_SHOWN = 5


def render_pdf(report: AuditReport) -> bytes:
    """The report: the drop on its first page, what stands behind it on the next.

    The same report gives the same bytes: its date is `as_of`, and its fonts come with the packages.
    """
    with TemporaryDirectory(prefix="sprint-report-") as folder:
        root = Path(folder)
        (root / "report.typ").write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        (root / "data.json").write_text(json.dumps(_page_data(report)), encoding="utf-8")
        if not report.prices.is_empty:
            (root / "prices.svg").write_bytes(draw_svg(report.prices, 7.2, 2.25))
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(mpl.get_data_path()) / "fonts" / "ttf"])
        pdf = typst.Compiler(root / "report.typ", root=root, font_paths=fonts).compile(format="pdf")
    return cast("bytes", pdf)  # a list of bytes comes only with formats of one file a page


def _page_data(report: AuditReport) -> dict[str, Any]:
    where = words.zone(report.timezone)
    as_of = report.provenance.as_of.astimezone(UTC)
    return {
        "title": words.visible(report.name),
        "status": words.named(words.STATUSES, report.status),
        "window": f"{words.instant(report.starts_at, where)} to {words.instant(report.ends_at, where)} ({where.key})",
        "as_of": words.instant(as_of, where),
        "snapshot_id": report.provenance.snapshot_id,
        "is_simulated": report.provenance.is_simulated,
        "date": [as_of.year, as_of.month, as_of.day, as_of.hour, as_of.minute, as_of.second],
        "totals": _totals(report),
        "headlines": [
            {
                "title": headline.title,
                "value": headline.value,
                "is_silent": headline.state in ("too few", "not yet"),
                "state": {"so far": "so far", "too few": "under 20 cases"}.get(headline.state, ""),
                "basis": headline.basis,
                "interval": headline.interval,
                "beside": [list(pair) for pair in headline.beside],
                "sentence": headline.sentence,
            }
            for headline in report.headlines
        ],
        "has_prices": not report.prices.is_empty,
        "prices_note": report.prices.note,
        "prices_description": report.prices.description,
        "returns": _returns(report),
        "items": _items(report),
        "uplift": _uplift_sentence(report),
        "year_before": _year_before(report),
        "costs": _costs(report),
        "prior_prices": _prior_prices(report),
        "files": _files(report),
        "unsettled": list(report.unsettled),
    }


def _totals(report: AuditReport) -> list[list[str]]:
    totals = report.totals
    if totals is None:
        return []
    currency = report.currency_code
    return [
        ["Orders", words.count(totals.orders_count)],
        ["Units sold", words.count(totals.sold_units)],
        ["Gross sales", words.money(totals.gross_sales_amount, currency)],
        ["Discounts", words.money(totals.discounts_amount, currency)],
        ["Refunds", words.money(totals.refunds_amount, currency)],
        ["Net sales", words.money(totals.net_sales_amount, currency)],
        ["Returns", words.count(totals.returns_count)],
    ]


def _items(report: AuditReport) -> list[list[str]]:
    return [
        [
            words.visible(row["title"]),
            words.count(row["staged_units"]),
            words.count(row["sold_units"]),
            words.count(row["leftover_units"]),
            words.money(row["net_sales_amount"], row["currency_code"]),
            words.money(row["margin_amount"], row["currency_code"]),
        ]
        for row in report.tables["items"].iter_rows(named=True)
    ]


def _uplift_sentence(report: AuditReport) -> str:
    uplift, currency = report.uplift, report.currency_code
    counts = (
        f"{words.count(uplift.engine_hours, 'hour', 'hours')} priced by the engine, {uplift.holdout_hours} held out"
    )
    if uplift.difference is None or uplift.interval is None:
        return f"{counts}: too few of one kind to say what the engine changed. 20 hours of each are needed."
    low, high = (words.money(round(bound, 2), currency) for bound in (uplift.interval.low, uplift.interval.high))
    difference = words.money(round(uplift.difference, 2), currency)
    return f"{counts}. Gross sales an hour differ by {difference} (95% interval {low} to {high})."


def _year_before(report: AuditReport) -> list[list[str]]:
    """The drop of the season before, aligned by its days from Christmas, metric by metric; empty without one."""
    pairs = report.tables["comparison"].filter(
        pl.col("compared_with") == "last_year", pl.col("other_scope").is_not_null()
    )
    return [
        [
            words.METRICS.get(row["metric"], row["metric"]),
            *(words.metric(row["metric"], row[name], report.currency_code) for name in ("metric_value", "other_value")),
            words.metric(row["metric"], row["difference"], report.currency_code),
            words.span(
                words.metric(row["metric"], row["difference_lower"], report.currency_code),
                words.metric(row["metric"], row["difference_upper"], report.currency_code),
            ),
        ]
        for row in pairs.iter_rows(named=True)
    ]


def _costs(report: AuditReport) -> list[list[str]]:
    return [
        [
            "The whole shop" if row["scope"] == "shop" else "This drop",
            words.count(row["delivered_orders_count"]),
            words.money(row["cost_amount"], row["currency_code"]),
            words.money(row["cost_per_delivered_order"], row["currency_code"]),
        ]
        for row in report.tables["fulfilment_cost"].filter(pl.col("hub_id") == "all").iter_rows(named=True)
    ]


def _prior_prices(report: AuditReport) -> list[list[str]]:
    titles = {row["sku"]: row["title"] for row in report.tables["items"].iter_rows(named=True)}
    amounts = ("lowest_30d_amount", "lowest_shown_amount", "highest_shown_amount")
    return [
        [
            words.visible(titles.get(row["sku"], row["sku"])),
            words.named(words.CHANNELS, row["channel"]),
            *(words.money(row[name], row["currency_code"]) for name in amounts),
        ]
        for row in report.tables["prior_prices"].iter_rows(named=True)
    ]


def _files(report: AuditReport) -> list[list[str]]:
    counts = ("rows_read", "accepted", "rejected", "duplicate")
    by_feed = report.tables["files"].group_by("feed").agg(pl.len().alias("files"), pl.col(counts).sum()).sort("feed")
    return [
        [words.named(words.FEEDS, row["feed"]), *(words.count(row[name]) for name in ("files", *counts))]
        for row in by_feed.iter_rows(named=True)
    ]


def _returns(report: AuditReport) -> list[list[str]]:
    shown = [
        [
            words.visible(row.reason),
            words.count(row.returns_count),
            words.count(row.returned_units),
            words.money(row.refunds_amount, row.currency_code),
        ]
        for row in report.returns[:_REASONS_SHOWN]
    ]
    rest = report.returns[_REASONS_SHOWN:]
    if rest:
        counts = (
            words.count(sum(row.returns_count for row in rest)),
            words.count(sum(row.returned_units for row in rest)),
        )
        currencies = {row.currency_code for row in rest}
        amount = words.money(sum(row.refunds_amount for row in rest), currencies.pop()) if len(currencies) == 1 else "–"
        shown.append([f"{len(rest)} other reasons", *counts, amount])
    return shown
