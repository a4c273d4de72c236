"""Whatever the order, the repeats and the cuts of the files that land, the marts end up equal, row for row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.orchestration.dbt_build import build_models
from pipelines.orchestration.loading import load_landed
from pipelines.settings import Settings
from pipelines.simulate.world import DEMO_CLOCK, World
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.tables import FEED_TABLES
from pipelines.warehouse.ticks import start_tick

Marts = dict[str, pl.DataFrame]
Batches = list[list[Path]]
NOW = DEMO_CLOCK + timedelta(minutes=1)


def marts_after(data: Path, batches: Batches) -> Marts:
    """Land and load one batch after another, build once, and read every mart in a fixed order of rows."""
    settings = Settings(data_dir=data, key="a key of the test's own")
    connection = connect_warehouse(settings.warehouse_path)
    tick = start_tick(connection, settings, DEMO_CLOCK - timedelta(hours=1), "test", NOW)
    for batch in batches:
        for path in batch:
            target = settings.landing_dir / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        for feed in FEED_TABLES:
            (settings.landing_dir / feed).mkdir(parents=True, exist_ok=True)
        load_landed(connection, settings, tick.as_of, NOW)
    assert connection.execute("SELECT sum(accepted), sum(rejected) FROM raw.landing_files").fetchone()[1] == 0  # type: ignore[index]
    connection.close()
    build_models(data, settings.warehouse_path, settings.dbt_target_dir, settings.logs_dir)
    connection = connect_warehouse(settings.warehouse_path)
    tables = connection.sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'marts' ORDER BY ALL"
    )
    marts = {name: connection.sql(f"FROM marts.{name} ORDER BY ALL").pl() for (name,) in tables.fetchall()}
    connection.close()
    return marts


def halves(path: Path, folder: Path) -> list[Path]:
    """The same rows in two files, the later rows first; a CSV's header stands in both."""
    lines = path.read_text().splitlines(keepends=True)
    header = lines[:1] if path.suffix == ".csv" else []
    rows = lines[len(header) :]
    parts = []
    for name, part in (("b", rows[: len(rows) // 2]), ("a", rows[len(rows) // 2 :])):
        target = folder / path.parent.name / f"{path.stem}_{name}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join([*header, *part]))
        parts.append(target)
    return parts[::-1]


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("landed")
    World.from_seed(history_days=3).write_past(folder, DEMO_CLOCK)
    return folder


@pytest.fixture(scope="module")
def at_once(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Marts:
    files = sorted(path for path in landed.rglob("*") if path.is_file())
    marts = marts_after(tmp_path_factory.mktemp("once"), [files])
    assert marts["fct_sku_sales_hourly"].height > 50
    assert marts["fct_parcel_lead_times"].height > 50
    return marts


def twice(files: list[Path], _: Path) -> Batches:
    return [files, files]


def backwards_one_by_one(files: list[Path], _: Path) -> Batches:
    return [[path] for path in reversed(files)]


def cut_in_two(files: list[Path], folder: Path) -> Batches:
    parts: Batches = [
        halves(path, folder)
        if path.suffix in {".csv", ".ndjson"} and path.parent.name in {"orders", "deliveries"}
        else [path]
        for path in files
    ]
    return [[part for pieces in parts for part in pieces], files]


@pytest.mark.parametrize("arrange", [twice, backwards_one_by_one, cut_in_two])
def test_the_marts_do_not_depend_on_how_files_land(
    landed: Path, at_once: Marts, arrange: Callable[[list[Path], Path], Batches], tmp_path: Path
) -> None:
    files = sorted(path for path in landed.rglob("*") if path.is_file())
    marts = marts_after(tmp_path / "data", arrange(files, tmp_path / "parts"))
    assert marts.keys() == at_once.keys()
    for name, rows in marts.items():
        assert rows.equals(at_once[name]), name
