from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.audit.frames import read_drop_frames
from pipelines.audit.pdf import render_pdf
from pipelines.audit.report import AuditReport, Provenance, build_audit_report
from pipelines.warehouse.published import open_published

PDFTOTEXT = shutil.which("pdftotext")
needs_pdftotext = pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext (poppler-utils) is not installed")

HOSTILE = "=cmd|'/c calc'!A1 #strong[x] $x^2$ <script>alert(1)</script> \u202egnp.exe"


def audit(data_dir: Path, drop_id: str) -> AuditReport:
    snapshot = open_published(data_dir / "published")
    frames = read_drop_frames(snapshot.frame, drop_id)
    return build_audit_report(frames, Provenance(snapshot.snapshot_id, snapshot.as_of, is_simulated=True))


def text_of(pdf: bytes, tmp_path: Path) -> str:
    path = tmp_path / "read.pdf"
    path.write_bytes(pdf)
    assert PDFTOTEXT is not None
    return subprocess.run([PDFTOTEXT, "-layout", path, "-"], capture_output=True, check=True, text=True).stdout


@needs_pdftotext
def test_the_page_shows_the_numbers_and_where_they_come_from(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    text = text_of(render_pdf(audit(tmp_path, FINAL)), tmp_path)
    shown = ["27.5 h", "25.0%", "15.0%", "0.59 per box", "£2,418.00", "21 of 140 buyers", "£27.00", folder.name]
    assert [value for value in shown if value not in text] == []
    assert "Page 1 of 2" in text
    assert "Simulated data" in text
    assert "No drop of the season before began" in " ".join(text.split())
    assert "too few of one kind" in text
    assert "_count" not in text


@needs_pdftotext
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
    later = replace(report, provenance=replace(report.provenance, is_simulated=False))
    assert render_pdf(later) != render_pdf(report)
