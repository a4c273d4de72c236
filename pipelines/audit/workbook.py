"""The audit's tables as a workbook: one sheet a table, typed cells, texts that are never formulas."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.audit.report import AuditReport
from pipelines.figures import words

# A text stays a text whatever it begins with, and the file is written row by row.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_WIDEST_COLUMN = 42


def render_workbook(report: AuditReport) -> bytes:
    """The workbook; the same report gives the same bytes, as its date is `as_of`.

    A cell knows no zone: instants are the drop's local time, and their column's head names the zone.
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    as_of = report.provenance.as_of.astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": words.visible(report.name), "author": "Flash-Sprints", "created": as_of})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "at": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "on": book.add_format({"num_format": "yyyy-mm-dd"}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
    }
    where = words.zone(report.timezone)
    for name, frame in {"about": _about(report), **report.tables}.items():
        _write_sheet(book.add_worksheet(name), _in_local_time(frame, where.key), formats)
    book.close()
    return out.getvalue()


def _about(report: AuditReport) -> pl.DataFrame:
    where = words.zone(report.timezone)
    lines = [
        ("Drop", report.name),
        ("Drop id", report.drop_id),
        ("Status", report.status),
        ("Snapshot", report.provenance.snapshot_id),
        ("As of", words.instant(report.provenance.as_of, where)),
        (
            "Time zone of all instants",
            f"{where.key}; where clocks go back an hour stands twice, the CSV files have UTC",
        ),
        ("Amounts", "As numbers, to be added up; the CSV files and report.json have every digit"),
        ("Simulated", "yes" if report.provenance.is_simulated else "no"),
    ]
    for headline, method in zip(report.headlines, report.methods, strict=True):
        lines.append((headline.title, headline.value))
        lines.append((f"{headline.title}: counted from", headline.basis))
        lines.append((f"{headline.title}: 95% interval", headline.interval))
        lines.append((f"{headline.title}: how", f"{method.sentence} {method.formula}"))
    lines += [("Still open", sentence) for sentence in report.unsettled]
    lines += [(f"Sheet {name}", sentence) for name, sentence in report.sentences.items()]
    return pl.DataFrame(lines, schema={"about": pl.Utf8, "value": pl.Utf8}, orient="row")


def _in_local_time(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    instants = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    local = (pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone(zone) for name in instants)
    return frame.with_columns(at.dt.replace_time_zone(None) for at in local).rename(
        {name: f"{name} ({zone})" for name in instants}
    )


def _write_sheet(sheet: Any, frame: pl.DataFrame, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, frame.height, frame.width - 1)
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
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, formats["at"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["on"])
    elif isinstance(value, Decimal):
        # A spreadsheet's number is a float: the exact text is in the CSV and in report.json.
        sheet.write_number(row, column, float(value), formats["amount"])
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
