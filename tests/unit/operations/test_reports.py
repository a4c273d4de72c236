from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from published_snapshot import FINAL, LIVE, write_snapshot

from pipelines.cli.report import report_lines
from pipelines.operations.reports import DueReport, due_reports, write_report
from pipelines.settings import Settings

DISK_FULL = "no space left"
WRITE_BYTES = Path.write_bytes


def write_until_full(path: Path, content: bytes) -> int:
    if path.name == "report.json":
        raise OSError(DISK_FULL)
    return WRITE_BYTES(path, content)


def publish(data_dir: Path, snapshot_id: str, **statuses: str) -> None:
    folder = write_snapshot(data_dir, snapshot_id=snapshot_id)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        for drop_id, status in statuses.items():
            connection.execute(
                "update marts.dim_drops set status = ? where drop_id = ?", [status, drop_id.replace("_", "-")]
            )


def test_a_report_is_written_to_the_drops_own_folder_and_nothing_else_is(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    folder = write_report(Settings(tmp_path), LIVE).folder
    assert folder == tmp_path / "reports" / LIVE
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    expected = {"report.pdf", "report.xlsx", "report.json", "manifest.json", "csv"}
    assert {file.name for file in folder.iterdir()} == expected
    # A second report takes the place of the first as a whole.
    write_report(Settings(tmp_path), LIVE)
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {LIVE, ".lock"}


def test_an_unknown_drop_leaves_no_folder(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    with pytest.raises(LookupError, match=f"no drop.*{FINAL}, {LIVE}"):
        write_report(Settings(tmp_path), "../elsewhere")
    assert not (tmp_path / "reports").exists()


def test_a_writer_that_dies_half_way_leaves_the_former_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path)
    write_snapshot(tmp_path)
    folder = write_report(settings, FINAL).folder
    former = (folder / "manifest.json").read_bytes()
    write_snapshot(tmp_path, snapshot_id="later")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_until_full)
        with pytest.raises(OSError, match=DISK_FULL):
            write_report(settings, FINAL)
    assert (folder / "manifest.json").read_bytes() == former
    # What it left is swept by the next, which heals alone.
    write_report(settings, FINAL)
    assert (folder / "manifest.json").read_bytes() != former
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {FINAL, ".lock"}


def test_a_writer_killed_between_its_two_renames_loses_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(tmp_path)
    write_snapshot(tmp_path)
    folder = write_report(settings, FINAL).folder
    folder.rename(folder.with_name(f".old-{FINAL}"))
    monkeypatch.setattr(Path, "write_bytes", write_until_full)
    with pytest.raises(OSError, match=DISK_FULL):
        write_report(settings, FINAL)
    assert (folder / "report.pdf").is_file()


def test_a_report_is_due_when_a_drop_ends_and_again_when_it_settles(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    publish(tmp_path, "live")
    assert due_reports(settings) == ("live", (DueReport(FINAL, "final"),))
    write_report(settings, FINAL)
    # A report of the live drop, written by hand, does not stand for that of its end.
    write_report(settings, LIVE)
    assert due_reports(settings)[1] == ()
    publish(tmp_path, "ended", advent_2="settling")
    assert due_reports(settings) == ("ended", (DueReport(LIVE, "settling"),))
    write_report(settings, LIVE)
    # Late parcels keep it settling for as many snapshots as they like.
    publish(tmp_path, "waiting", advent_2="settling")
    assert due_reports(settings)[1] == ()
    publish(tmp_path, "settled", advent_2="final")
    assert due_reports(settings)[1] == (DueReport(LIVE, "final"),)
    write_report(settings, LIVE)
    # A corrected plan may open a drop again: what was written as final stays.
    publish(tmp_path, "reopened", advent_2="settling")
    assert due_reports(settings)[1] == ()


@pytest.mark.parametrize("content", ["", "[]", '{"status": 3}', "{"])
def test_a_manifest_that_says_nothing_makes_its_report_due(tmp_path: Path, content: str) -> None:
    write_snapshot(tmp_path)
    manifest = tmp_path / "reports" / FINAL / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(content)
    assert due_reports(Settings(tmp_path))[1] == (DueReport(FINAL, "final"),)


def test_the_command_says_where_things_are_and_the_drop_in_a_few_lines(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    written = write_report(Settings(tmp_path), LIVE)
    lines = report_lines(written)
    assert lines[0] == "Second Advent soaps, live"
    assert "  Net sales: £1,813.50 of 95 orders" in lines
    assert "  Open: 14 parcels near their hubs are under way." in lines
    assert all(Path(line.strip()).exists() for line in lines if line.startswith(f"  {written.folder}"))
    assert f"  {written.folder / 'report.pdf'}" in lines
