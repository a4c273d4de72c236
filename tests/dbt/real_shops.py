"""Loading the real shops of `../shared/data` into raw tables by DuckDB's readers, apart from the project's ingest.

So the models are checked by themselves; that the ingest brings the same rows is the pipeline tests' to show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from pipelines.warehouse.tables import FEED_TABLES

_ORIGIN = "'f' AS _file_id, 1 AS _row_number, TIMESTAMP '2020-01-01' AS _loaded_at, md5_number(r::varchar) AS _row_hash"


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
    starts_at, ends_at = (_utc(plan[name]) for name in ("starts_at", "ends_at"))
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


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
