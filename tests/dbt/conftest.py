"""Fixtures that build a shop's rows by dbt. The project is parsed once a session: later folders start with that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import duckdb
import pytest

from pipelines.orchestration import dbt_build
from pipelines.warehouse.connect import connect_warehouse
from tests.dbt.built_shop import Marts, Shop, insert_rows

Fill = Callable[[duckdb.DuckDBPyConnection], None]


@pytest.fixture(scope="session")
def build_filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Fill, datetime], Marts]:
    """Make a data folder, fill its raw tables, build it."""

    def build(fill: Fill, as_of: datetime) -> Marts:
        data_dir = tmp_path_factory.mktemp("shop")
        marts = Marts(data_dir)
        connection = connect_warehouse(marts.warehouse_path)
        fill(connection)
        connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [as_of])
        connection.close()
        dbt_build.build_models(data_dir, marts.warehouse_path, data_dir / "dbt", data_dir / "logs")
        return marts

    return build


@pytest.fixture(scope="session")
def build(build_filled: Callable[[Fill, datetime], Marts]) -> Callable[[Shop], Marts]:
    """Build a shop's rows."""
    return lambda shop: build_filled(lambda connection: insert_rows(connection, shop.rows), shop.as_of)


@pytest.fixture(scope="session")
def empty_shop(build: Callable[[Shop], Marts]) -> Marts:
    """A built shop without any row; not to be written to."""
    return build(Shop())


@pytest.fixture
def shop() -> Shop:
    """A shop without anything."""
    return Shop()
