"""An AuditReport as PDF, laid out by typst. Texts reach the template as JSON strings, never read as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import matplotlib as mpl
import typst

from pipelines.audit.blocks import Block
from pipelines.audit.drawing import draw_svg
from pipelines.audit.report import AuditReport
from pipelines.audit.sections import buyers, prices, sources, trade
from pipelines.audit.sections.in_short import in_short
from pipelines.figures import words

_TEMPLATE = Path(__file__).with_name("report.typ")
# The reasons that fit on the first page; the table of returns has all.
_REASONS_SHOWN = 5


def render_pdf(report: AuditReport) -> bytes:
    """The report as PDF/UA-1: the drop on its first page, what stands behind it on the next.

    The same report gives the same bytes: its date is `as_of`, and its fonts come with the packages.
    """
    with TemporaryDirectory(prefix="sprint-report-") as folder:
        root = Path(folder)
        (root / "report.typ").write_text(_TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8")
        (root / "data.json").write_text(json.dumps(_visible(_page_data(report))), encoding="utf-8")
        if not report.prices.is_empty:
            (root / "prices.svg").write_bytes(draw_svg(report.prices, 7.2, 2.5))
        for position, history in enumerate(report.price_histories.values()):
            (root / prices.price_figure_name(position)).write_bytes(draw_svg(history, 7.2, 1.8, share_y=True))
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[Path(mpl.get_data_path()) / "fonts" / "ttf"])
        compiler = typst.Compiler(root / "report.typ", root=root, font_paths=fonts)
        pdf = compiler.compile(format="pdf", pdf_standards="ua-1")
    return cast("bytes", pdf)  # a list of bytes comes only with formats of one file a page


def _visible(value: Any) -> Any:
    """The same data, each text as one line without characters that cannot be seen: the only way out to the page."""
    if isinstance(value, str):
        return words.visible(value)
    if isinstance(value, Mapping):
        return {name: _visible(part) for name, part in value.items()}
    return [_visible(part) for part in value] if isinstance(value, list | tuple) else value


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
        "in_short": [list(line) for line in in_short(report)],
        "headlines": [
            {
                "title": headline.title,
                "value": headline.value,
                "is_silent": headline.state in ("too few", "not yet"),
                "state": {"so far": "so far", "too few": "under 20 cases"}.get(headline.state, ""),
                "basis": headline.basis,
                "interval": headline.interval,
                "beside": [list(pair) for pair in headline.beside],
            }
            for headline in report.headlines
        ],
        "has_prices": not report.prices.is_empty,
        "prices_note": report.prices.note,
        "prices_description": report.prices.description,
        "returns": _returns(report),
        "unsettled": list(report.unsettled),
        "blocks": _blocks(report),
    }


def _blocks(report: AuditReport) -> list[Block]:
    return [
        *trade.write_money(report),
        *trade.write_stock(report),
        *trade.write_returns(report),
        *trade.write_delivery(report),
        *prices.write_uplift(report),
        *prices.write_comparisons(report),
        *buyers.write_buyers(report),
        *prices.write_prices(report),
        *prices.write_prior_prices(report),
        *sources.write_methods(report),
        *sources.write_sources(report),
    ]


def _totals(report: AuditReport) -> list[list[str]]:
    totals = report.totals
    if totals is None:
        return []
    currency = report.currency_code
    margins = [row["margin_amount"] for row in report.rows("money")]
    return [
        ["Orders", words.count(totals.orders_count)],
        ["Units sold", words.count(totals.sold_units)],
        ["Gross sales", words.money(totals.gross_sales_amount, currency)],
        ["Refunds", words.money(totals.refunds_amount, currency)],
        ["Net sales", words.money(totals.net_sales_amount, currency)],
        ["Margin", words.money(margins[0] if margins else None, currency)],
        ["Units left", words.count(int(report.tables["items"]["leftover_units"].sum()))],
    ]


def _returns(report: AuditReport) -> list[list[str]]:
    """The most frequent reasons; all others in one line."""
    rows = list(report.rows("returns_by_reason"))
    shown = [
        [
            words.visible(row["reason"]),
            words.count(row["returns_count"]),
            words.money(row["refund_amount"], row["currency_code"]),
        ]
        for row in rows[:_REASONS_SHOWN]
    ]
    if rest := rows[_REASONS_SHOWN:]:
        count = words.count(sum(row["returns_count"] for row in rest))
        currencies = {row["currency_code"] for row in rest}
        amount = (
            words.money(sum(row["refund_amount"] for row in rest), currencies.pop()) if len(currencies) == 1 else "–"
        )
        shown.append([f"{len(rest)} other reasons", count, amount])
    return shown
