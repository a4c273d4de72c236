"""Running dbt in process: what it raises, what it leaves behind, and two folders at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.orchestration.dbt_build import DbtBuildError, build_models, parse_project
from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse.connect import connect_warehouse
from tests.dbt.built_shop import START, Marts, Shop, insert_rows

_BUILD = """
import sys
from pathlib import Path
from pipelines.orchestration.dbt_build import build_models
data = Path(sys.argv[1])
select = ["stg_drops__plans", "stg_drops__skus"]
print(len(build_models(data, data / "warehouse.duckdb", data / "dbt", data / "logs", select)))
"""


def test_a_failing_key_test_is_named_and_what_lies_below_is_not_built(tmp_path: Path) -> None:
    shop = Shop()
    shop.add_drop("one", START, "mug", "mug")
    # What pricing learns from reads the plan's SKUs too, and so meets the doubled one.
    named = r"2 dbt nodes failed\n.*unique_key_dim_skus_drop_id__sku.*\n.*unique_key_fct_pricing_outcomes_drop_id"
    with pytest.raises(DbtBuildError, match=named) as raised:
        _build(tmp_path, shop)
    statuses = {result.unique_id: result.status for result in raised.value.results}
    assert statuses["model.flash_sprints.rpt_inventory_velocity"] == "skipped"


def test_a_build_leaves_nothing_in_the_checkout(tmp_path: Path) -> None:
    before = set(PROJECT_ROOT.iterdir())
    _build(tmp_path, Shop(), "stg_as_of__instant")
    assert set(PROJECT_ROOT.iterdir()) == before


def test_a_build_lets_go_of_the_warehouse(empty_shop: Marts) -> None:
    # Another configuration than dbt's would be refused while an instance of dbt's lived.
    with duckdb.connect(str(empty_shop.warehouse_path), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.rpt_drop_scorecard").fetchall() == [(1,)]


def test_the_manifest_does_not_name_the_data_folder(empty_shop: Marts) -> None:
    target_dir = empty_shop.data_dir / "dbt"
    manifest = parse_project(target_dir)
    written = manifest.stat().st_mtime_ns
    assert str(target_dir.parent) not in manifest.read_text()
    assert parse_project(target_dir).stat().st_mtime_ns == written


def test_a_warehouse_by_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DbtBuildError, match=r"must be called warehouse\.duckdb"):
        build_models(tmp_path, tmp_path / "other.duckdb", tmp_path / "dbt", tmp_path / "logs")


def test_two_folders_build_at_once(tmp_path: Path) -> None:
    folders = [tmp_path / "left", tmp_path / "right"]
    for folder in folders:
        _fill(folder, Shop())
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", _BUILD, str(folder)], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
        )
        for folder in folders
    ]
    outputs = [run.communicate()[0].split() for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert outputs[0] == outputs[1]


def _fill(data_dir: Path, shop: Shop) -> Path:
    warehouse_path = data_dir / "warehouse.duckdb"
    with connect_warehouse(warehouse_path) as connection:
        insert_rows(connection, shop.rows)
        connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [shop.as_of])
    return warehouse_path


def _build(data_dir: Path, shop: Shop, *select: str) -> None:
    build_models(data_dir, _fill(data_dir, shop), data_dir / "dbt", data_dir / "logs", list(select))
