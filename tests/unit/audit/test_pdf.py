from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from audits import audit
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.audit.blocks import MOST_ROWS, table
from pipelines.audit.pdf import render_pdf

PDFTOTEXT, PDFINFO = shutil.which("pdftotext"), shutil.which("pdfinfo")
needs_poppler = pytest.mark.skipif(
    PDFTOTEXT is None or PDFINFO is None, reason="pdftotext and pdfinfo (poppler-utils) are not installed"
)

HOSTILE = "=cmd|'/c calc'!A1 #strong[x] $x^2$ <script>alert(1)</script> \u202egnp.exe"


def read(tool: str | None, pdf: bytes, tmp_path: Path, *options: str) -> str:
    path = tmp_path / "read.pdf"
    path.write_bytes(pdf)
    assert tool is not None
    ends = ["-"] if tool == PDFTOTEXT else []
    return subprocess.run([tool, *options, path, *ends], capture_output=True, check=True, text=True).stdout


def text_of(pdf: bytes, tmp_path: Path) -> str:
    return read(PDFTOTEXT, pdf, tmp_path, "-layout")


@needs_poppler
def test_the_pages_show_the_numbers_and_where_they_come_from(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    pdf = render_pdf(audit(tmp_path, FINAL, is_simulated=True))
    text = text_of(pdf, tmp_path)
    shown = ["27.5 h", "25.0%", "15.0%", "0.59 per box", "£2,418.00", "21 of 140 buyers", "£27.00", folder.name]
    assert [value for value in shown if value not in text] == []
    assert "Page 1 of 4" in text
    assert "Simulated data" in text
    flat = " ".join(text.split())
    for sentence in (
        "No drop of the season before began",
        "Too few of one kind in this drop: 20 hours of each are needed",
        "Nothing: the drop is final.",
        "sums differ between two tables: see the last page",
        "Formula: (scans + shares) ÷ boxes delivered",
        "Against list price too few hours to say: 38 of the engine, 5 held out",
    ):
        assert sentence in flat
    assert "_count" not in text
    assert "`" not in text


@needs_poppler
def test_the_document_is_tagged_and_has_its_title_and_language(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    pdf = render_pdf(audit(tmp_path, LIVE))
    info = read(PDFINFO, pdf, tmp_path)
    facts = dict(line.split(":", 1) for line in info.splitlines() if ":" in line)
    assert facts["Tagged"].strip() == "yes"
    assert facts["Title"].strip() == "Second Advent soaps"
    assert b"pdfuaid:part>1<" in pdf


@needs_poppler
def test_a_season_before_stands_beside_the_hold_out_hours(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(
            "update marts.rpt_drop_comparison set other_scope = ? where compared_with = 'last_year'", [FINAL]
        )
    flat = " ".join(text_of(render_pdf(audit(tmp_path, LIVE)), tmp_path).split())
    assert "Against the season before Early bird soaps, which began on Wed 21 Oct 2026." in flat
    assert "Sold of staged, 48 h 16.1% 25.0% −8.9 points −15.0 points to −2.0 points" in flat


@needs_poppler
def test_hostile_texts_are_printed_as_they_are(tmp_path: Path) -> None:
    write_snapshot(tmp_path, drop_name=HOSTILE, sku_title=HOSTILE, return_reason=HOSTILE)
    shown = HOSTILE.replace("\u202e", "\ufffd")
    flat = " ".join(text_of(render_pdf(audit(tmp_path, LIVE)), tmp_path).split())
    assert all(part in flat for part in shown.split())
    assert "#strong[x]" in text_of(render_pdf(audit(tmp_path, FINAL)), tmp_path)


def test_the_same_audit_gives_the_same_bytes(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    report = audit(tmp_path, LIVE)
    assert render_pdf(report) == render_pdf(report)
    at = report.provenance.as_of + timedelta(hours=1)
    assert render_pdf(replace(report, provenance=replace(report.provenance, as_of=at))) != render_pdf(report)


def test_a_table_too_long_for_a_page_says_how_many_rows_it_leaves_out() -> None:
    long, note = table(("Item", "Units"), [[str(number), "1"] for number in range(1_200)])
    assert len(long["rows"]) == MOST_ROWS
    assert note["text"] == f"{MOST_ROWS} of 1,200 rows; the workbook has all."
