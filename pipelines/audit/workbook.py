"""The audit's tables as a workbook: one sheet a table, typed cells, texts that are never formulas."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.audit.report import AuditReport

# A text stays a text whatever it begins with, and the file is written row by row.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDEST_COLUMN = 42


def render_workbook(report: AuditReport) -> bytes:
    """The workbook; the same report gives the same bytes, as its date is `as_of`."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    # The format keeps local wall times without a zone: all are UTC, and the first sheet says so.
    as_of = report.provenance.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": report.name, "author": "Flash-Sprints", "created": as_of})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "at": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
    }
    about = pl.DataFrame(
        [(label, value) for label, value in _about(report)], schema={"about": pl.Utf8, "value": pl.Utf8}, orient="row"
    )
    for name, frame in {"about": about, **report.tables}.items():
        _write_sheet(book.add_worksheet(name[:31]), frame, formats)
    book.close()
    return out.getvalue()


def _about(report: AuditReport) -> list[tuple[str, str]]:
    lines = [
        ("Drop", report.name),
        ("Drop id", report.drop_id),
        ("Status", report.status),
        ("Snapshot", report.provenance.snapshot_id),
        ("As of", f"{report.provenance.as_of:%Y-%m-%dT%H:%M:%SZ}"),
        ("Time zone of all instants", "UTC"),
        ("Simulated", "yes" if report.provenance.is_simulated else "no"),
    ]
    for headline in report.headlines:
        lines.append((headline.title, headline.value))
        lines.append((f"{headline.title}: counted from", headline.basis))
        lines.append((f"{headline.title}: 95% interval", headline.interval))
        lines.append((f"{headline.title}: how", headline.sentence))
    return lines + [("Still open", sentence) for sentence in report.unsettled]


def _write_sheet(sheet: Any, frame: pl.DataFrame, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(frame.columns):
        longest = frame.select(pl.col(name).cast(pl.Utf8, strict=False).str.len_chars().max()).item() or 0
        sheet.set_column(column, column, min(max(len(name), int(longest)) + 2, _WIDEST_COLUMN))
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, name, formats["head"])
    for number, row in enumerate(frame.iter_rows(), start=1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, formats)


def _write_cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, formats["at"])
    elif isinstance(value, Decimal):
        # A spreadsheet's number is a float: the exact text is in the CSV and in report.json.
        sheet.write_number(row, column, float(value), formats["amount"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
