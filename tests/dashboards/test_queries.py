from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from published_snapshot import AS_OF, LIVE, write_snapshot

from dashboards.access.guard import serves
from dashboards.queries import connection, plans, snapshots

# A function that has its check may ask anything of the snapshot.
read = serves("overview")(connection.run)


def test_a_snapshot_read_before_a_publish_keeps_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    write_snapshot(tmp_path, snapshot_id="one", drop_name="Before")
    before = snapshots.current_snapshot()
    write_snapshot(tmp_path, snapshot_id="two", drop_name="After")
    after = snapshots.current_snapshot()
    assert before is not None
    assert after is not None
    for snapshot, name in ((before, "Before"), (after, "After")):
        drop = plans.drop_row(snapshot, LIVE)
        assert drop is not None
        assert drop["name"] == name
        assert snapshots.feed(snapshot).snapshot_id == snapshot.snapshot_id
    assert before.as_of == AS_OF


def test_pages_cannot_write_nor_reach_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    write_snapshot(tmp_path)
    snapshot = snapshots.current_snapshot()
    assert snapshot is not None
    with pytest.raises(duckdb.Error, match="read-only"):
        read(snapshot, "delete from marts.dim_drops")
    with pytest.raises(duckdb.Error):
        read(snapshot, "select * from '/etc/hostname'")


def test_text_from_a_link_is_a_value_and_never_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    write_snapshot(tmp_path)
    snapshot = snapshots.current_snapshot()
    assert snapshot is not None
    assert plans.drop_row(snapshot, "x' or '1'='1") is None


def test_nothing_published_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    assert snapshots.current_snapshot() is None
