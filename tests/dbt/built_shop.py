"""A shop's rows, and the data folder built from them.

`Shop` collects rows (each with defaults, so a test names only what it is about); `Marts` says what was made of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from pipelines.orchestration import dbt_build

Row = dict[str, Any]

START = datetime(2026, 12, 1, 10, tzinfo=UTC).replace(tzinfo=None)
BERLIN_HUB = {"hub_id": "north", "name": "North", "latitude": 52.52, "longitude": 13.40}
NEAR_DOOR = {"ship_latitude": 52.53, "ship_longitude": 13.41}

_DEFAULTS: dict[str, Row] = {
    "drops": {
        "version": 1, "name": "A drop", "timezone": "Europe/Berlin", "currency_code": "EUR", "tax_rate": 0,
        "max_staleness_hours": 3, "holdout_rate": 0, "taper_hours": 0, "seed": 1, "plan_json": "{}",
    },
    "drop_skus": {
        "version": 1, "title": "A thing", "list_price": 10, "unit_cost": 4, "salvage_amount": 0,
        "min_margin_rate": 0, "low_price": 9, "mid_price": 10, "high_price": 11,
    },
    "drop_stock": {"version": 1, "hub_id": "north", "units": 10, "is_restock": False},
    "orders": {
        "line_number": 1, "sku": "mug", "quantity": 1, "unit_price": 10, "currency_code": "EUR", "channel": "web",
        "status": "placed", "fulfilment": "delivery", "hub_id": "north", **NEAR_DOOR,
    },
    "returns": {"line_number": 1, "quantity": 1, "refund_amount": 10, "currency_code": "EUR", "reason": "broken"},
    "scans": {"kind": "scan"},
    "deliveries": {"carrier": "post", "hub_id": "north"},
    "hubs": {},
    "drop_channels": {"version": 1, "channel": "web", "fee_rate": 0},
    "shown_prices": {"sku": "mug", "channel": "web", "currency_code": "EUR"},
}  # fmt: skip


@dataclass
class Shop:
    """The rows of one shop, by raw table."""

    as_of: datetime = START + timedelta(days=60)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> None:
        """One row with the table's defaults; its hash is that of its content, as loading would have it."""
        row = _DEFAULTS[table] | values
        if table == "orders":
            row.setdefault("updated_at", row["ordered_at"])
        row.setdefault("_row_hash", _hash(row))
        self.rows.setdefault(table, []).append(row)

    def add_drop(self, drop_id: str, starts_at: datetime, *skus: str, units: int = 10) -> None:
        """A drop of 72 hours with its SKUs, each with stock at one hub."""
        plan_hash = _hash({"drop_id": drop_id})
        ends_at = starts_at + timedelta(hours=72)
        self.add("drops", drop_id=drop_id, starts_at=starts_at, ends_at=ends_at, _row_hash=plan_hash)
        self.add("drop_channels", drop_id=drop_id, _row_hash=plan_hash)
        for sku in skus:
            self.add("drop_skus", drop_id=drop_id, sku=sku, _row_hash=plan_hash)
            self.add("drop_stock", drop_id=drop_id, sku=sku, units=units, staged_at=starts_at, _row_hash=plan_hash)

    def add_event(self, parcel_id: str, status: str, occurred_at: datetime, **values: Any) -> None:
        """One status change of a parcel."""
        event_id = f"{parcel_id}-{status}-{occurred_at:%m%dT%H%M%S%f}"
        self.add("deliveries", event_id=event_id, parcel_id=parcel_id, status=status, occurred_at=occurred_at, **values)


@dataclass(frozen=True)
class Marts:
    """A built data folder."""

    data_dir: Path

    @property
    def warehouse_path(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    def query(self, sql: str) -> list[Row]:
        """The rows of a query, each by column name."""
        with duckdb.connect(str(self.warehouse_path)) as connection:
            cursor = connection.execute(sql)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def one(self, table: str, where: str) -> Row:
        """The only row of a mart that fits."""
        rows = self.query(f"select * from marts.{table} where {where}")
        assert len(rows) == 1, f"{len(rows)} rows of {table} where {where}"
        return rows[0]

    def test(self, *select: str) -> list[dbt_build.NodeResult]:
        """Run dbt tests here; fails naming those that do not pass."""
        return dbt_build.test_models(self.warehouse_path, self.data_dir / "dbt", self.data_dir / "logs", list(select))


def insert_rows(connection: duckdb.DuckDBPyConnection, rows: Mapping[str, list[Row]], file_id: str = "f") -> None:
    """Put the rows into their raw tables as those of one landed file, with an origin that no mart may tell."""
    for table, table_rows in rows.items():
        is_feed = table not in {"drop_skus", "drop_stock", "drop_channels"}
        for number, row in enumerate(table_rows):
            origin: Row = {"_file_id": file_id, "_row_number": number, "_loaded_at": START} if is_feed else {}
            values = row | origin
            columns = ", ".join(values)
            marks = ", ".join("?" for _ in values)
            connection.execute(f"INSERT INTO raw.{table} ({columns}) VALUES ({marks})", list(values.values()))
    landed: Row = {"file_id": file_id, "sha256": file_id, "feed": "orders", "source": "canonical", "path": file_id}
    landed |= dict.fromkeys(("bytes", "rows_read", "accepted", "rejected", "duplicate", "conflicting"), 0)
    landed |= {"status": "loaded", "is_name_reused": False, "as_of": START, "loaded_at": START}
    marks = ", ".join("?" for _ in landed)
    connection.execute(f"INSERT INTO raw.landing_files ({', '.join(landed)}) VALUES ({marks})", list(landed.values()))


def _hash(row: Row) -> int:
    return int(hashlib.md5(json.dumps(row, default=str, sort_keys=True).encode()).hexdigest(), 16)  # noqa: S324
