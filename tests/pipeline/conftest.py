"""Whole ticks on real folders: what a shop would type, run in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app

SHARED = Path(__file__).resolve().parents[3] / "shared"


@pytest.fixture(autouse=True, scope="package")
def environment() -> Iterator[None]:
    """A tick sets its data folder's variables for Dagster and dbt; they are gone after the tests."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def sprint() -> Callable[..., str]:
    """Run `sprint …` and return what it printed; an error is the test's."""

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


@pytest.fixture(scope="session")
def metrics_of(sprint: Callable[..., str]) -> Callable[[Path], dict[str, Any]]:
    """The scopes of `sprint metrics --json`, by name."""

    def read(data: Path) -> dict[str, Any]:
        return {scope["scope"]: scope for scope in json.loads(sprint("metrics", "--json", "--data", data))["scopes"]}

    return read


@pytest.fixture(scope="session")
def shared_folder() -> Callable[[str], tuple[Path, dict[str, Any]]]:
    """A folder of real data and what is expected of it; the test is skipped where it is absent."""

    def find(name: str) -> tuple[Path, dict[str, Any]]:
        folder = SHARED / "data" / name
        if not folder.is_dir():
            pytest.skip(f"real data not present: {name}")
        return folder, json.loads((folder / "expected.json").read_text())

    return find


PLAN = """
drop_id: tiny
name: Tiny drop
starts_at: "2026-11-13T12:00:00Z"
timezone: Europe/Berlin
currency_code: EUR
channels: [web, popup]
max_staleness_hours: 3
holdout_rate: 0
taper_hours: 0
seed: 7
skus:
  - {sku: "007", title: Candle, list_price: "10.00", unit_cost: "4.00", min_margin_rate: 0.2,
     bands: {low: "9.00", mid: "10.00", high: "11.00"}, stock: {north: 30}}
  - {sku: "1E5", title: Soap, list_price: "5.00", unit_cost: "2.00", min_margin_rate: 0.2,
     bands: {low: "4.50", mid: "5.00", high: "5.50"}, stock: {north: 20}}
"""
ORDERS = """\
order_id,line_number,sku,quantity,unit_price,currency_code,channel,status,ordered_at,updated_at,buyer_email,\
fulfilment,ship_latitude,ship_longitude,hub_id
a,1,007,2,10.00,EUR,web,placed,2026-11-13T12:00:00Z,2026-11-13T12:00:00Z,ada@example.org,delivery,51.34,12.37,north
b,1,1E5,1,5.00,EUR,web,placed,2026-11-13T14:30:00Z,2026-11-13T14:30:00Z,bob@example.org,delivery,51.35,12.40,north
b,2,007,1,10.00,EUR,web,placed,2026-11-13T14:30:00Z,2026-11-13T14:30:00Z,bob@example.org,delivery,51.35,12.40,north
c,1,007,1,10.00,EUR,popup,placed,2026-11-14T09:10:00Z,2026-11-14T09:10:00Z,,pickup,,,north
"""
HUBS = "hub_id,name,latitude,longitude\nnorth,North,51.36,12.38\n"
DELIVERIES = """\
{"event_id":"1","parcel_id":"pa","order_id":"a","status":"in_transit","occurred_at":"2026-11-13T15:00:00Z","carrier":"bike","hub_id":"north","box_id":"BOX1"}
{"event_id":"2","parcel_id":"pa","order_id":"a","status":"delivered","occurred_at":"2026-11-13T18:00:00Z","carrier":"bike","hub_id":"north","box_id":"BOX1"}
"""
SCANS = """\
{"scan_id":"s1","kind":"scan","scanned_at":"2026-11-13T19:00:00Z","box_id":"BOX1","visitor_id":"v1"}
"""


@pytest.fixture(scope="session")
def tiny_shop() -> Callable[[Path], Path]:
    """Write a shop of one live drop, four order lines and one delivered box into a folder of files."""

    def write(folder: Path) -> Path:
        folder.mkdir(parents=True)
        (folder / "drops.yaml").write_text(PLAN)
        (folder / "orders.csv").write_text(ORDERS)
        (folder / "hubs.csv").write_text(HUBS)
        (folder / "deliveries.ndjson").write_text(DELIVERIES)
        (folder / "scans.ndjson").write_text(SCANS)
        return folder

    return write
