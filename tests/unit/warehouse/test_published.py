from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from published_snapshot import AS_OF, write_snapshot

from pipelines.warehouse.published import NotPublishedError, SnapshotError, open_published


def test_a_snapshot_is_read_with_its_identity_and_bound_parameters(tmp_path: Path) -> None:
    folder = write_snapshot(tmp_path)
    snapshot = open_published(tmp_path / "published")
    assert (snapshot.snapshot_id, snapshot.as_of, snapshot.folder) == (folder.name, AS_OF, folder)
    sql = "select status from marts.dim_drops where drop_id = ?"
    assert snapshot.frame(sql, ["advent-1"]).rows() == [("final",)]
    assert snapshot.frame(sql.replace("?", "$drop"), {"drop": "advent-2"}).rows() == [("live",)]
    assert snapshot.bands()["status"] == "live"
    assert isinstance(snapshot.frame("select * from marts.fct_price_decisions"), pl.DataFrame)


def test_an_open_snapshot_stays_what_it_was_when_another_becomes_current(tmp_path: Path) -> None:
    write_snapshot(tmp_path, snapshot_id="one", drop_name="Before")
    before = open_published(tmp_path / "published")
    write_snapshot(tmp_path, snapshot_id="two", drop_name="After")
    after = open_published(tmp_path / "published")
    sql = "select name from marts.dim_drops where status = 'live'"
    assert before.frame(sql).item() == "Before"
    assert after.frame(sql).item() == "After"


def test_nothing_published_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="sprint add"):
        open_published(tmp_path / "published")


def test_a_query_can_neither_write_nor_reach_other_files(tmp_path: Path) -> None:
    write_snapshot(tmp_path)
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    snapshot = open_published(tmp_path / "published")
    with pytest.raises(duckdb.Error):
        snapshot.frame(f"select * from '{secret}'")
    with pytest.raises(duckdb.Error, match="read-only"):
        snapshot.frame("delete from marts.dim_drops")


def test_a_data_folder_with_a_quote_in_its_name_can_be_read(tmp_path: Path) -> None:
    shop = tmp_path / "Nan's shop"
    write_snapshot(shop)
    assert open_published(shop / "published").frame("select count(*) from marts.dim_drops").item() == 2


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"files": [{"name": "../x.duckdb", "alias": "warehouse"}]}])
def test_a_manifest_that_is_not_understood_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    manifest = write_snapshot(tmp_path) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(SnapshotError):
        open_published(tmp_path / "published")
