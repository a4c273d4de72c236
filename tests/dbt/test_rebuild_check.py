"""`sprint rebuild --check`: equal marts are said to be, what differs is named, marts of other models are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.warehouse.connect import connect_warehouse
from tests.dbt.built_shop import START, Marts, Shop


def test_a_mart_that_a_full_rebuild_would_not_give_is_named(build: Callable[[Shop], Marts]) -> None:
    shop = Shop()
    shop.add_drop("one", START, "mug")
    marts = build(shop)
    check = ["rebuild", "--check", "--data", str(marts.data_dir)]

    equal = CliRunner().invoke(app, check)
    assert equal.exit_code == 0
    assert "marts equal a full rebuild, row for row." in equal.output

    connection = connect_warehouse(marts.warehouse_path)
    connection.execute("UPDATE marts.dim_drops SET name = 'Other'")
    connection.close()
    different = CliRunner().invoke(app, check)
    assert different.exit_code == 1
    assert "dim_drops: 1 rows are kept only, 1 are rebuilt only" in different.output

    connection = connect_warehouse(marts.warehouse_path)
    connection.execute("UPDATE raw.build_state SET project_digest = 'older'")
    connection.close()
    refused = CliRunner().invoke(app, check)
    with pytest.raises(RuntimeError, match="run `sprint tick` first"):
        raise refused.exception or AssertionError(refused.output)
