"""Drops and their SKUs, as planned."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import polars as pl

from dashboards.access.guard import EVERY_PAGE, serves
from dashboards.queries.connection import run
from dashboards.queries.snapshots import Snapshot

SHOP = "shop"


@serves(*EVERY_PAGE)
def drops(snapshot: Snapshot) -> pl.DataFrame:
    """Every drop: those that are live first, then the newest."""
    return run(snapshot, "select * from marts.dim_drops order by status <> 'live', starts_at desc, drop_id")


@serves(*EVERY_PAGE)
def drop_row(snapshot: Snapshot, drop_id: str) -> dict[str, Any] | None:
    """One drop, its instants in UTC; None for the shop or an unknown id."""
    frame = run(snapshot, "select * from marts.dim_drops where drop_id = ?", drop_id)
    if frame.is_empty():
        return None
    row = frame.row(0, named=True)
    return row | {name: row[name].replace(tzinfo=UTC) for name in ("starts_at", "ends_at")}


@serves("overview", "pricing")
def sku_titles(snapshot: Snapshot, drop_id: str) -> dict[str, str]:
    """SKU to title of one drop."""
    frame = run(snapshot, "select sku, title from marts.dim_skus where drop_id = ? order by sku", drop_id)
    return dict(frame.iter_rows())


@serves("velocity")
def skus(snapshot: Snapshot, drop_id: str) -> pl.DataFrame:
    """A drop's SKUs with their prices, costs and stock."""
    return run(snapshot, "select * from marts.dim_skus where drop_id = ? order by sku", drop_id)
