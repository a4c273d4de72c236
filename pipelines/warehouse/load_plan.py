"""A drop's plan into `raw`: the plan as one row, its skus, channels and stock in tables of their own.

Results are fetched to their end everywhere: DuckDB refuses to register a frame beside an unfinished one.

Which version of a plan counts is decided after, by staging. The transaction is the caller's (`load.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from pipelines.contracts.drop_plan import DropPlan
from pipelines.contracts.parsed_file import REJECTS_SCHEMA
from pipelines.warehouse.connect import Connection, naive


@dataclass(frozen=True)
class StoredPlan:
    """How a plan counts: as accepted or as a duplicate; conflicting if its version was there with other content."""

    accepted: int
    duplicate: int
    conflicting: int


def find_clash(connection: Connection, plan: DropPlan, lines: Mapping[str, int]) -> pl.DataFrame | None:
    """A reject when a sku of the plan is in another drop at the same time; None when the plan stands alone."""
    rows = connection.execute(
        """
        WITH latest AS (
            SELECT * FROM raw.drops QUALIFY version = max(version) OVER (PARTITION BY drop_id)
        )
        SELECT planned.sku, latest.drop_id, latest.starts_at, latest.ends_at
        FROM latest JOIN raw.drop_skus AS planned ON planned._row_hash = latest._row_hash
        WHERE latest.drop_id <> ? AND latest.starts_at < ? AND latest.ends_at > ? AND list_contains(?, planned.sku)
        ORDER BY planned.sku, latest.drop_id LIMIT 1
        """,
        [plan.drop_id, naive(plan.ends_at), naive(plan.starts_at), [planned.sku for planned in plan.skus]],
    ).fetchall()
    if not rows:
        return None
    sku, drop_id, starts_at, ends_at = rows[0]
    line = lines.get(sku, 1)
    rule = "skus_are_in_one_drop_at_a_time"
    message = (
        f"line {line}: sku: expected a sku that is in no other drop at that time; found {sku}, which is in {drop_id}"
        f" from {starts_at:%Y-%m-%d %H:%M} to {ends_at:%Y-%m-%d %H:%M} UTC (rule {rule})"
    )
    return pl.DataFrame([(1, "sku", rule, message, None)], schema=REJECTS_SCHEMA, orient="row")


def store_plan(connection: Connection, file_id: str, plan: DropPlan, loaded_at: datetime) -> StoredPlan:
    """Store a plan with its parts, unless one that says the same is there."""
    plan_json = plan.canonical_json()
    ((row_hash,),) = connection.execute("SELECT md5_number(?)", [plan_json]).fetchall()
    if connection.execute("SELECT 1 FROM raw.drops WHERE _row_hash = ?", [row_hash]).fetchall():
        return StoredPlan(accepted=0, duplicate=1, conflicting=0)
    same_key = "SELECT 1 FROM raw.drops WHERE drop_id = ? AND version = ?"
    is_conflict = bool(connection.execute(same_key, [plan.drop_id, plan.version]).fetchall())
    _insert(
        connection,
        "raw.drops",
        {
            "drop_id": plan.drop_id,
            "version": plan.version,
            "name": plan.name,
            "starts_at": naive(plan.starts_at),
            "ends_at": naive(plan.ends_at),
            "timezone": plan.timezone,
            "currency_code": plan.currency_code,
            "tax_rate": plan.tax_rate,
            "max_staleness_hours": plan.max_staleness_hours,
            "holdout_rate": plan.holdout_rate,
            "taper_hours": plan.taper_hours,
            "seed": plan.seed,
            "plan_json": plan_json,
            "_file_id": file_id,
            "_row_number": 1,
            "_loaded_at": naive(loaded_at),
            "_row_hash": row_hash,
            "_extra": None,
        },
    )
    tie = {"drop_id": plan.drop_id, "version": plan.version, "_row_hash": row_hash}
    for table, rows in _plan_parts(plan).items():
        for row in rows:
            _insert(connection, f"raw.{table}", tie | row)
    return StoredPlan(accepted=1, duplicate=0, conflicting=int(is_conflict))


def _plan_parts(plan: DropPlan) -> dict[str, list[dict[str, object]]]:
    skus: list[dict[str, object]] = [
        {
            "sku": planned.sku,
            "gtin": planned.gtin,
            "title": planned.title,
            "list_price": planned.list_price,
            "unit_cost": planned.unit_cost,
            "salvage_amount": planned.salvage_amount,
            "min_margin_rate": planned.min_margin_rate,
            "low_price": planned.bands.low,
            "mid_price": planned.bands.mid,
            "high_price": planned.bands.high,
            "forecast_units": planned.forecast_units,
        }
        for planned in plan.skus
    ]
    channels: list[dict[str, object]] = [
        {"channel": channel, "fee_rate": terms.fee_rate} for channel, terms in plan.channels.items()
    ]
    stock: list[dict[str, object]] = [
        {
            "sku": planned.sku,
            "hub_id": hub_id,
            "units": units,
            "staged_at": naive(plan.starts_at),
            "is_restock": False,
        }
        for planned in plan.skus
        for hub_id, units in planned.stock.items()
    ]
    stock += [
        {
            "sku": planned.sku,
            "hub_id": restock.hub_id,
            "units": restock.units,
            "staged_at": naive(restock.at),
            "is_restock": True,
        }
        for planned in plan.skus
        for restock in planned.restocks
    ]
    return {"drop_skus": skus, "drop_channels": channels, "drop_stock": stock}


def _insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    names = ", ".join(f'"{name}"' for name in row)
    places = ", ".join("?" for _ in row)
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
