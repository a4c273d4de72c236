from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from pipelines.warehouse.connect import connect_warehouse


def test_what_a_killed_process_put_down_beside_the_warehouse_is_removed_and_our_own_stays(tmp_path: Path) -> None:
    beside = tmp_path / "warehouse.duckdb.tmp"
    beside.mkdir()
    ours = f"duckdb_temp_{os.getpid()}_0_storage_DEFAULT-0.tmp"
    for name in ("duckdb_temp_1_0_storage_DEFAULT-0.tmp", "duckdb_temp_1_0_owner", ours):
        (beside / name).touch()
    with closing(connect_warehouse(tmp_path / "warehouse.duckdb")):
        assert [file.name for file in beside.iterdir()] == [ours]
