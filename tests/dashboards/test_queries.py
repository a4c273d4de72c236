from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from published_snapshot import AS_OF, LIVE, write_snapshot

from dashboards.access.guard import serves
from dashboards.queries import connection, ledger, plans, snapshots

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


def test_what_a_guardrail_chose_is_not_said_to_be_the_engines_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    folder = write_snapshot(tmp_path)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        warehouse.execute("""
            insert into pricing.clamps
            select decision_id, c.position, c.guardrail, 'high', 'low', '' from (
                select max_by(decision_id, valid_from) as decision_id from pricing.decisions
                where drop_id = ? and sku = 'KIT-GIFT' and channel = 'web'
            ), (values (1, 'holdout'), (2, 'taper')) as c(position, guardrail)
            """, [LIVE])  # fmt: skip
    snapshot = snapshots.current_snapshot()
    assert snapshot is not None
    chosen = ledger.newest_beliefs(snapshot, LIVE).filter(sku="KIT-GIFT").select("channel", "band", "chosen_by").rows()
    assert [row for row in chosen if row[2]] == [("popup", "low", "engine"), ("web", "low", "taper")]
