from __future__ import annotations

from pathlib import Path

import pytest
from published_snapshot import AS_OF, FINAL, LIVE, write_snapshot

from pipelines.audit.frames import read_drop_frames
from pipelines.audit.report import AuditReport, Provenance, build_audit_report
from pipelines.warehouse.published import open_published


def audit(data_dir: Path, drop_id: str) -> AuditReport:
    snapshot = open_published(data_dir / "published")
    frames = read_drop_frames(snapshot.frame, drop_id)
    return build_audit_report(frames, Provenance(snapshot.snapshot_id, snapshot.as_of, is_simulated=False))


def test_an_audit_holds_the_marts_numbers_and_the_snapshot_they_are_of(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    report = audit(tmp_path, FINAL)
    snapshot = open_published(tmp_path / "published")
    card = snapshot.frame("select * from marts.rpt_drop_scorecard where scope = ?", [FINAL]).row(0, named=True)
    assert report.totals is not None
    assert report.totals.net_sales_amount == card["net_sales_amount"]
    assert (report.provenance.snapshot_id, report.provenance.as_of) == (folder.name, AS_OF)
    assert [(row.reason, row.returns_count) for row in report.returns] == [
        ("arrived broken", 3),
        ("not as pictured", 3),
    ]
    assert report.unsettled == ()


def test_what_is_still_open_is_said_in_sentences(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    assert audit(tmp_path, LIVE).unsettled == (
        "The drop is not over: sales, stock and prices still move.",
        "14 parcels near their hubs are under way.",
        "9 parcels near their hubs wait to be handed over.",
        "90 buyers may still come back in time.",
        "Returns, scans and shares may still come in.",
    )


def test_an_unknown_drop_names_those_that_are_known(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    with pytest.raises(LookupError, match="advent-1, advent-2"):
        audit(tmp_path, "nothing")
