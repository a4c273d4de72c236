from __future__ import annotations

from pathlib import Path

import pytest
from published_snapshot import LIVE, write_snapshot

from pipelines.cli.report import write_report
from pipelines.settings import Settings


def test_a_report_is_written_to_the_drops_own_folder_and_nothing_else_is(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    path = write_report(Settings(tmp_path), LIVE)
    assert path == tmp_path / "reports" / LIVE / "report.pdf"
    assert path.read_bytes().startswith(b"%PDF-")
    assert {"report.pdf", "report.xlsx", "report.json", "manifest.json", "csv"} == {
        file.name for file in path.parent.iterdir()
    }
    # A second report takes the place of the first as a whole.
    assert write_report(Settings(tmp_path), LIVE).exists()
    assert [folder.name for folder in (tmp_path / "reports").iterdir()] == [LIVE]


def test_an_unknown_drop_leaves_no_folder(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    with pytest.raises(LookupError, match="no drop"):
        write_report(Settings(tmp_path), "../elsewhere")
    assert not (tmp_path / "reports").exists()
