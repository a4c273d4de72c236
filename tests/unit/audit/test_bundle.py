from __future__ import annotations

import csv
import io
import json
import zipfile
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.audit.bundle import render_bundle
from pipelines.audit.frames import read_drop_frames
from pipelines.audit.report import Provenance, build_audit_report
from pipelines.warehouse.published import PublishedSnapshot, open_published

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
HOSTILE = "=cmd|'/c calc'!A1"


def bundle(snapshot: PublishedSnapshot, drop_id: str) -> dict[str, bytes]:
    frames = read_drop_frames(snapshot.frame, drop_id)
    provenance = Provenance(snapshot.snapshot_id, snapshot.as_of, is_simulated=False)
    return render_bundle(build_audit_report(frames, provenance))


def sheets_of(workbook: bytes) -> dict[str, list[dict[str, tuple[str, str]]]]:
    """Sheet to rows of column letter to (type, text), from the XML: `n` number, `inlineStr` text, `b` boolean."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        index = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - our own file
        names = [sheet.attrib["name"] for sheet in index.iter(f"{SPREADSHEET}sheet")]
        sheets = {}
        for number, name in enumerate(names, start=1):
            content = archive.read(f"xl/worksheets/sheet{number}.xml")
            assert b"<f>" not in content
            root = ElementTree.fromstring(content)  # noqa: S314 - our own file
            sheets[name] = [
                {cell.get("r", "").rstrip("0123456789"): (cell.get("t", "n"), "".join(cell.itertext())) for cell in row}
                for row in root.iter(f"{SPREADSHEET}row")
            ]
    return sheets


def test_the_manifest_names_every_file_with_its_hash(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    files = bundle(open_published(tmp_path / "published"), FINAL)
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["snapshot_id"] == folder.name
    assert {entry["name"]: entry["sha256"] for entry in manifest["files"]} == {
        name: sha256(content).hexdigest() for name, content in files.items()
    }


def test_every_number_of_the_report_is_the_marts_number(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    snapshot = open_published(tmp_path / "published")
    files = bundle(snapshot, FINAL)
    tables, sheets = json.loads(files["report.json"])["tables"], sheets_of(files["report.xlsx"])
    marts = {"scorecard": "rpt_drop_scorecard", "lead_time": "rpt_lead_time", "repeat": "rpt_repeat_conversion"}
    marts |= {"velocity": "rpt_inventory_velocity", "unboxing": "rpt_unboxing_engagement"}
    for name, mart in marts.items():
        row = snapshot.frame(f"select * from marts.{mart} where scope = ?", [FINAL]).row(0, named=True)
        numbers = {key: value for key, value in row.items() if isinstance(value, int | float) or "amount" in key}
        assert numbers
        told = {key: value for key, value in tables[name][0].items() if key in numbers}
        assert {key: pytest.approx(float(value)) for key, value in numbers.items() if value is not None} == {
            key: float(value) for key, value in told.items() if value is not None
        }
        header, cells = sheets[name]
        by_name = {header[column][1]: cell for column, cell in cells.items()}
        kinds = {by_name[key][0] for key, value in numbers.items() if value is not None and not isinstance(value, bool)}
        assert kinds == {"n"}
    assert len(tables["hourly_sales"]) == len(sheets["hourly_sales"]) - 1


def test_amounts_keep_every_digit_and_the_tables_add_up_to_the_scorecard(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    snapshot = open_published(tmp_path / "published")
    content = json.loads(bundle(snapshot, LIVE)["report.json"])
    assert content["tables"]["scorecard"][0]["net_sales_amount"] == "1813.5000"
    items, sales = content["tables"]["items"], content["tables"]["hourly_sales"]
    assert sum(row["sold_units"] for row in items) == sum(row["sold_units"] for row in sales)
    margin = snapshot.frame("select sum(margin_amount) from marts.rpt_margins where drop_id = ?", [LIVE]).item()
    assert sum(Decimal(row["margin_amount"]) for row in items) == margin


def test_hostile_texts_are_texts_in_every_file(tmp_path: Path) -> None:
    write_snapshot(tmp_path, sku_title=HOSTILE, return_reason=HOSTILE, drop_name=HOSTILE)
    files = bundle(open_published(tmp_path / "published"), LIVE)
    sheets = sheets_of(files["report.xlsx"])
    assert ("inlineStr", HOSTILE) in [cell for row in sheets["items"] for cell in row.values()]
    lines = [line for line in files["csv/items.csv"].decode().splitlines() if not line.startswith("#")]
    titles = [row["title"] for row in csv.DictReader(lines)]
    assert f"'{HOSTILE}" in titles
    assert not [title for title in titles if title.startswith("=")]
    assert json.loads(files["report.json"])["name"] == HOSTILE


def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    snapshot = open_published(tmp_path / "published")
    assert bundle(snapshot, LIVE) == bundle(snapshot, LIVE)
