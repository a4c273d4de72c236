"""Staging gives the same rows whatever order, file and hour the raw rows came in: many permutations, one connection.

Whole builds after every kind of arrival are in `test_incremental.py`; here the compiled SQL of staging, and of what it
asks, runs without dbt, so that a permutation costs a fraction of a second.
"""

from __future__ import annotations

import graphlib
import re
from datetime import timedelta

import duckdb
import pytest

from pipelines.warehouse.builds import begin_build
from pipelines.warehouse.tables import FEED_TABLES, PLAN_TABLES, create_statements
from tests.dbt.built_shop import START, Marts, insert_rows
from tests.dbt.random_shop import random_arrivals

_REFERENCE = re.compile(r'"warehouse"\."(?:staging|intermediate|marts)"\."(\w+)"')
SHOPS = 3
# Some twenty models each, a hundred milliseconds: a few in CI, thousands in the soak.
PERMUTATIONS = [8, pytest.param(400, marks=pytest.mark.soak)]


class Staging:
    """The compiled models that staging needs, in the order in which they can be made, over one random shop."""

    def __init__(self, compiled: dict[str, tuple[str, str]], seed: int) -> None:
        self.models = compiled
        self.connection = duckdb.connect()
        self.connection.execute("ATTACH ':memory:' AS warehouse; USE warehouse")
        for statement in create_statements():
            self.connection.execute(statement)
        for schema in sorted({schema for schema, _ in compiled.values()}):
            self.connection.execute(f"CREATE SCHEMA {schema}")
        ((_, rows),) = random_arrivals(seed, 1)
        insert_rows(self.connection, rows)
        self.connection.execute("INSERT INTO raw.as_of VALUES (?, 20, 48, 30, 30)", [START + timedelta(days=45)])
        begin_build(self.connection, "digest")
        self.connection.execute("INSERT INTO raw.new_files VALUES ('f0'), ('f1'), ('f2')")
        self.order = list(
            graphlib.TopologicalSorter(
                {name: set(_REFERENCE.findall(sql)) for name, (_, sql) in compiled.items()}
            ).static_order()
        )

    def make(self) -> None:
        for name in self.order:
            schema, sql = self.models[name]
            self.connection.execute(f"CREATE OR REPLACE TABLE {schema}.{name} AS {sql}")

    def permute(self, seed: int) -> None:
        """Another order on disk, and for each row of a feed another file, place and hour of loading."""
        for table in (*FEED_TABLES, *PLAN_TABLES):
            origin = (
                f"REPLACE ('f' || hash(_row_hash, {seed}) % 3 AS _file_id, (hash(_row_hash, {seed}, 1) % 99)::BIGINT AS"
                f" _row_number, _loaded_at + to_hours((hash(_row_hash, {seed}, 2) % 99)::INTEGER) AS _loaded_at)"
            )
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE permuted AS SELECT * {origin if table in FEED_TABLES else ''}"
                f" FROM raw.{table} ORDER BY hash(_row_hash, {seed}, 3)"
            )
            self.connection.execute(f"DELETE FROM raw.{table}")
            self.connection.execute(f"INSERT INTO raw.{table} BY NAME FROM permuted")

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        names = [name for name in self.order if name.startswith("stg_")]
        return {
            name: self.connection.execute(f"FROM {self.models[name][0]}.{name} ORDER BY ALL").fetchall()
            for name in names
        }


@pytest.fixture(scope="module")
def compiled(empty_shop: Marts) -> dict[str, tuple[str, str]]:
    """Model to schema and SQL: staging, and whatever staging asks."""
    root = empty_shop.data_dir / "dbt" / "compiled"
    models = [path for path in root.rglob("models/**/*.sql") if not any(".yml" in part for part in path.parts)]
    layers = {"staging", "intermediate", "marts"}
    found = {path.stem: ((layers & set(path.parts)).pop(), path.read_text("utf-8")) for path in models}
    wanted = {name for name in found if name.startswith("stg_")}
    while more := {other for name in wanted for other in _REFERENCE.findall(found[name][1])} - wanted:
        wanted |= more
    return {name: found[name] for name in wanted}


@pytest.mark.parametrize("count", PERMUTATIONS)
@pytest.mark.parametrize("seed", range(SHOPS))
def test_permuted_rows_give_the_same_staging(compiled: dict[str, tuple[str, str]], seed: int, count: int) -> None:
    staging = Staging(compiled, seed)
    staging.make()
    expected = staging.rows()
    assert len(expected["stg_deliveries__events"]) > 50
    assert len(expected["stg_orders__lines"]) > 40
    for permutation in range(count):
        staging.permute(permutation)
        staging.make()
        for name, rows in staging.rows().items():
            assert rows == expected[name], (name, permutation)
    staging.connection.close()
