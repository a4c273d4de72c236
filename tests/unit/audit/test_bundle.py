from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from audits import audit
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.audit.bundle import render_bundle
from pipelines.audit.report import AuditReport
from pipelines.contracts.audit_report import AuditReportFile, ReportManifest
from pipelines.warehouse.published import open_published

HOSTILE = "=cmd|'/c calc'!A1"
LONDON = ZoneInfo("Europe/London")
# The report's tables that are a mart's rows as they are.
MARTS = {
    "scorecard": "rpt_drop_scorecard where scope = ?",
    "lead_time": "rpt_lead_time where scope = ?",
    "velocity": "rpt_inventory_velocity where scope = ?",
    "repeat": "rpt_repeat_conversion where scope = ?",
    "unboxing": "rpt_unboxing_engagement where scope = ?",
    "margins": "rpt_margins where drop_id = ?",
    "returns_by_item": "rpt_returns where scope = ?",
}


def workbook_of(files: dict[str, bytes]) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))


def sheet_rows(book: openpyxl.Workbook, name: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The head and the rows of a sheet, by the columns' names without their zone."""
    head, *rows = book[name].iter_rows(values_only=True)
    names = [str(cell).removesuffix(" (Europe/London)") for cell in head]
    return [str(cell) for cell in head], [dict(zip(names, row, strict=True)) for row in rows]


def in_json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def in_sheet(value: Any) -> Any:
    """A spreadsheet's number is a float with 15 digits, its instant a local one to the millisecond."""
    if isinstance(value, Decimal | float) and not isinstance(value, bool):
        return pytest.approx(float(value), rel=1e-14)
    if isinstance(value, datetime):
        local = value.replace(tzinfo=UTC).astimezone(LONDON).replace(tzinfo=None)
        return pytest.approx(local, abs=local.resolution * 1000)
    return value


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_snapshot(folder)
    return folder


@pytest.fixture(scope="module", params=[FINAL, LIVE])
def report(data_dir: Path, request: pytest.FixtureRequest) -> AuditReport:
    return audit(data_dir, request.param)


@pytest.fixture(scope="module")
def files(report: AuditReport) -> dict[str, bytes]:
    return render_bundle(report)


def test_the_manifest_names_every_file_with_its_hash(data_dir: Path, files: dict[str, bytes]) -> None:
    manifest = ReportManifest.model_validate_json(files["manifest.json"])
    assert manifest.snapshot_id == (data_dir / "published/current").resolve().name
    others = {name: content for name, content in files.items() if name != "manifest.json"}
    assert {entry.name: (entry.sha256, entry.bytes) for entry in manifest.files} == {
        name: (sha256(content).hexdigest(), len(content)) for name, content in others.items()
    }


def test_every_cell_of_report_json_and_of_the_workbook_is_the_tables_cell(
    report: AuditReport, files: dict[str, bytes]
) -> None:
    told, book = AuditReportFile.model_validate_json(files["report.json"]), workbook_of(files)
    assert book.sheetnames == ["about", *report.tables]
    for name, table in report.tables.items():
        rows = table.rows(named=True)
        assert list(told.tables[name].columns) == table.columns
        assert list(told.tables[name].rows) == [
            {column: in_json(value) for column, value in row.items()} for row in rows
        ]
        assert sheet_rows(book, name)[1] == [
            {column: in_sheet(value) for column, value in row.items()} for row in rows
        ], name


@pytest.mark.parametrize("name", MARTS)
def test_every_number_of_the_report_is_the_marts_number(
    data_dir: Path, report: AuditReport, files: dict[str, bytes], name: str
) -> None:
    snapshot = open_published(data_dir / "published")
    rows = snapshot.frame(f"select * from marts.{MARTS[name]}", [report.drop_id]).rows(named=True)
    snapshot.close()
    told = json.loads(files["report.json"])["tables"][name]["rows"]
    assert ordered(told) == ordered([{column: in_json(value) for column, value in row.items()} for row in rows])


def test_what_is_added_up_for_the_report_is_the_marts_sum(data_dir: Path, report: AuditReport) -> None:
    snapshot = open_published(data_dir / "published")
    margins = snapshot.frame("select * from marts.rpt_margins where drop_id = ?", [report.drop_id])
    sales = snapshot.frame("select * from marts.fct_sku_sales_hourly where drop_id = ?", [report.drop_id])
    staged = snapshot.frame("select sum(units) from raw.drop_stock where drop_id = ?", [report.drop_id]).item()
    snapshot.close()
    (money,) = report.rows("money")
    for column in ("gross_sales_amount", "refunds_amount", "net_sales_amount", "fees_amount", "margin_amount"):
        assert money[column] == margins[column].sum() == report.tables["items"][column].sum()
    assert money["tax_amount"] == (margins["net_sales_amount"] - margins["untaxed_sales_amount"]).sum()
    assert report.tables["hourly_sales"]["sold_units"].sum() == sales["sold_units"].sum()
    assert report.tables["stock_by_hub"]["staged_units"].sum() == staged
    assert report.tables["items"]["sold_units"].sum() == report.tables["stock_by_hub"]["sold_units"].sum()


def test_cells_have_their_types_and_instants_are_local_with_the_zone_named(files: dict[str, bytes]) -> None:
    book = workbook_of(files)
    head, rows = sheet_rows(book, "hourly_sales")
    assert "hour_at (Europe/London)" in head
    assert {type(row["hour_at"]) for row in rows} == {datetime}
    assert {type(row["sold_units"]) for row in rows} == {int}
    assert {type(row["gross_sales_amount"]) for row in rows} <= {int, float}
    column = head.index("gross_sales_amount") + 1
    assert book["hourly_sales"].cell(row=2, column=column).number_format == "#,##0.00"
    about = dict(book["about"].iter_rows(min_row=2, values_only=True))
    assert about["Time zone of all instants"].startswith("Europe/London")
    assert book["hourly_sales"].freeze_panes == "A2"


def test_polars_reads_the_workbook_back(report: AuditReport, files: dict[str, bytes]) -> None:
    read = pl.read_excel(io.BytesIO(files["report.xlsx"]), sheet_name="items", engine="openpyxl")
    assert read["sold_units"].to_list() == report.tables["items"]["sold_units"].to_list()


def test_amounts_keep_every_digit(data_dir: Path) -> None:
    content = json.loads(render_bundle(audit(data_dir, LIVE))["report.json"])
    assert content["tables"]["scorecard"]["rows"][0]["net_sales_amount"] == "1813.5000"


def test_hostile_texts_are_texts_in_every_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path, sku_title=HOSTILE, return_reason=HOSTILE, drop_name=HOSTILE)
    files = render_bundle(audit(tmp_path, LIVE))
    cells = [cell for sheet in workbook_of(files) for row in sheet.iter_rows() for cell in row]
    assert HOSTILE in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells if cell.value == HOSTILE} == {"s"}
    assert "f" not in {cell.data_type for cell in cells}
    lines = [line for line in files["csv/items.csv"].decode().splitlines() if not line.startswith("#")]
    titles = [row["title"] for row in csv.DictReader(lines)]
    assert f"'{HOSTILE}" in titles
    assert not [title for title in titles if title.startswith("=")]
    assert json.loads(files["report.json"])["name"] == HOSTILE


def test_the_same_snapshot_gives_the_same_bytes(report: AuditReport, files: dict[str, bytes]) -> None:
    assert render_bundle(report) == files
