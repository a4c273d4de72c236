"""Loading the real shops of `../shared/data` into raw tables by DuckDB's readers, apart from the project's ingest.

So the models are checked by themselves; that the ingest brings the same rows is the pipeline tests' to show.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from pipelines.settings import PROJECT_ROOT, parse_instant
from pipelines.warehouse.tables import FEED_TABLES
from tests.dbt.built_shop import Marts

Build = Callable[[Callable[[duckdb.DuckDBPyConnection], None], datetime], Marts]

# Our columns of repeat conversion -> what the expected numbers call them.
REPEAT = {
    "buyers_count": "buyers",
    "eligible_count": "eligible",
    "pending_count": "pending",
    "returned_count": "returned",
}

_ORIGIN = "'f' AS _file_id, 1 AS _row_number, TIMESTAMP '2020-01-01' AS _loaded_at, md5_number(r::varchar) AS _row_hash"


@dataclass(frozen=True)
class RealShop:
    """A folder of a real shop's files, with numbers that were computed from them by other means."""

    name: str
    fill: Callable[[duckdb.DuckDBPyConnection, Path], None]
    as_of: str

    @property
    def folder(self) -> Path:
        return PROJECT_ROOT.parent / "shared" / "data" / self.name

    def skip_if_absent(self) -> pytest.MarkDecorator:
        return pytest.mark.skipif(not self.folder.is_dir(), reason=f"{self.folder} is not here")

    def expected(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "expected.json").read_text(encoding="utf-8"))
        return loaded

    def build(self, build_filled: Build, as_of: datetime | None = None) -> Marts:
        """Its marts at `as_of`, or at the instant of its expected numbers."""
        return build_filled(lambda connection: self.fill(connection, self.folder), as_of or naive(self.as_of))


def naive(text: str) -> datetime:
    """An instant in UTC as the warehouse has it, without a zone."""
    return parse_instant(text).replace(tzinfo=None)


def fill_olist(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Orders, deliveries and hubs of a marketplace."""
    _load(connection, "orders", f"read_csv('{folder}/orders.csv', all_varchar = true)")
    columns = [name for name in FEED_TABLES["deliveries"] if name not in {"box_id", "recorded_at", "withdrawn_at"}]
    typed = ", ".join(f"{name}: 'VARCHAR'" for name in columns)
    events = f"read_json('{folder}/deliveries.ndjson', format = 'newline_delimited', columns = {{{typed}}})"
    _load(connection, "deliveries", events)
    _load(connection, "hubs", f"read_csv('{folder}/hubs.csv', all_varchar = true)")


def fill_online_retail(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Orders, returns, one hub, and the launches as drops, of a gift shop."""
    _load(connection, "orders", f"read_parquet('{folder}/orders_2010_12_to_2011_08.parquet')")
    _load(connection, "orders", f"read_csv('{folder}/orders_2011_09_to_2011_12.csv.gz', all_varchar = true)")
    _load(connection, "returns", f"read_csv('{folder}/returns.csv', all_varchar = true)")
    _load(connection, "hubs", f"read_csv('{folder}/hubs.csv', all_varchar = true)")
    for number, path in enumerate(sorted((folder / "drops").glob("*.yaml"))):
        _insert_plan(connection, number, yaml.safe_load(path.read_text(encoding="utf-8")))


def _load(connection: duckdb.DuckDBPyConnection, feed: str, source: str) -> None:
    """Cast every column that the source has to the raw table's type; a buyer's id stands for the key."""
    present = [row[0] for row in connection.execute(f"DESCRIBE FROM {source}").fetchall()]
    wanted = {name: kind.removesuffix(" NOT NULL") for name, kind in FEED_TABLES[feed].items()}
    cells = []
    for name in present:
        target = "buyer_key" if name == "buyer_id" else name
        instant = f"({name}::TIMESTAMPTZ AT TIME ZONE 'UTC')"
        value = instant if wanted[target] == "TIMESTAMP" else f"NULLIF({name}::VARCHAR, '')::{wanted[target]}"
        cells.append(f"{value} AS {target}")
    connection.execute(f"INSERT INTO raw.{feed} BY NAME SELECT {', '.join(cells)}, {_ORIGIN} FROM {source} AS r")


def _insert_plan(connection: duckdb.DuckDBPyConnection, number: int, plan: dict[str, Any]) -> None:
    drop_id, currency_code = plan["drop_id"], plan["currency_code"]
    starts_at, ends_at = (naive(plan[name]) for name in ("starts_at", "ends_at"))
    row = [drop_id, 1, plan["name"], starts_at, ends_at, plan["timezone"], currency_code, 0, 3, 0, 0, 1, "{}"]
    _insert(connection, "drops", [*row, "f", 1, starts_at, number, None])
    for sku in plan["skus"]:
        bands = sku["bands"]
        prices = [sku["list_price"], sku["unit_cost"], 0, sku["min_margin_rate"], *bands.values()]
        _insert(connection, "drop_skus", [drop_id, 1, sku["sku"], None, sku["title"], *prices, None, number])
        for hub_id, units in sku["stock"].items():
            _insert(connection, "drop_stock", [drop_id, 1, sku["sku"], hub_id, units, starts_at, False, number])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, values: list[Any]) -> None:
    connection.execute(f"INSERT INTO raw.{table} VALUES ({', '.join('?' for _ in values)})", values)


OLIST = RealShop("olist_a", fill_olist, "2018-08-31T05:00:00Z")
ONLINE_RETAIL = RealShop("online_retail", fill_online_retail, "2011-12-09T13:00:00Z")
