"""The rehearsal behind `make demo`: a simulated shop whose last hours are real ticks.

The past lands as files, its drops priced in memory by the engine that ticks call, and their decisions are in the
ledger; then hour by hour the simulated storefront reads the published feed, sells, and lands what the hour brought, and
a real tick runs at that simulated instant. How it looks on a terminal is `cli/rehearse.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipelines.orchestration.deciding import ENGINE, append_hours
from pipelines.orchestration.tick import TickResult, run_tick
from pipelines.pricing.ledger_rows import DecidedHour
from pipelines.settings import Settings
from pipelines.simulate.closed_loop import feed_of, sell_past
from pipelines.simulate.feeds import land_files, text_of_instant
from pipelines.simulate.world import World
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.lock import hold_lock

MARKER = "simulated.json"
ENGINE_HOURS = 6

_HOUR = timedelta(hours=1)
# What a rehearsal and its ticks leave in a data folder; whatever else lies there is somebody's own and stays.
_LEFT_BEHIND = (
    *("landing", "archive", "quarantine", "private", "control", "published", "reports", "dagster", "dbt", "logs"),
    *("warehouse.duckdb", "warehouse.duckdb.wal"),
)


class RehearsalError(RuntimeError):
    """A rehearsal that cannot run; the message says what is in its way."""


@dataclass(frozen=True)
class Rehearsal:
    """What a rehearsal left behind.

    Attributes:
        snapshot_id: The snapshot that the last tick made current.
        finished_drop_id: The drop that is final, so its report can be written.
        live_drop_id: The drop that runs at the simulated clock.
        decided: How many decisions the ticks added.
    """

    snapshot_id: str
    finished_drop_id: str
    live_drop_id: str
    decided: int


def count_steps(hours: int = ENGINE_HOURS) -> int:
    """How often `rehearse` calls `begin_step`."""
    return 2 + hours


def rehearse(
    settings: Settings, world: World, begin_step: Callable[[str], None], hours: int = ENGINE_HOURS
) -> Rehearsal:
    """Build the data folder of `settings` anew: the world's past as files, its last `hours` as real ticks.

    Args:
        settings: Whose data folder; its clock is not looked at, each tick runs at the simulated instant.
        world: A world that has not begun.
        begin_step: Called with a sentence before each step.
        hours: How many hours are ticks; the drops' hours before were decided in memory.

    Raises:
        RehearsalError: The folder holds something that no rehearsal made.
    """
    begin_step("Clearing the stage")
    clear_stage(settings, world)
    begin_step(f"Living through {world.history_days} days of the simulated shop")
    first = world.clock - hours * _HOUR
    past = sell_past(world, ENGINE, first)
    world.write_past(settings.landing_dir, first, decided=past)
    write_ledger(settings, past)
    shown = [row for drop in past.values() for hour in drop for row in hour.decisions]
    ticks = sell_by_ticks(settings, world, hours, feed_of(shown, first))
    decided, snapshot_id = 0, ""
    for number in range(1, hours + 1):
        begin_step(f"Tick {number} of {hours}: the hour from {world.served_until:%d %b %H:%M} UTC")
        result = next(ticks)
        decided, snapshot_id = decided + result.decided, result.snapshot_id
    return Rehearsal(snapshot_id, world.finished_drop.drop_id, world.live_drop.drop_id, decided)


def write_ledger(settings: Settings, past: Mapping[str, Sequence[DecidedHour]]) -> None:
    """Write the hours of a past into the ledger of a new warehouse, each as decided at its own instant."""
    with closing(connect_warehouse(settings.warehouse_path)) as connection:
        for hour in (hour for drop in past.values() for hour in drop):
            append_hours(connection, [hour], hour.valid_from)


def sell_by_ticks(
    settings: Settings, world: World, hours: int, first_feed: dict[str, Any] | None = None
) -> Iterator[TickResult]:
    """The world's next hours: the storefront sells by the published feed, what the hour brought lands, a tick runs.

    Before the first publication the storefront has `first_feed`.
    """
    for _ in range(hours):
        hour = world.served_until
        feed = read_feed(settings.published_dir) or first_feed
        land_files(world.serve_hour(hour, feed), settings.landing_dir)
        yield run_tick(replace(settings, fixed_now=hour + _HOUR), hour, trigger="rehearsal")


def clear_stage(settings: Settings, world: World) -> None:
    """Make the data folder empty but for the marker that says it is simulated.

    Only what an earlier rehearsal left is removed, and only where its marker stands.

    Raises:
        RehearsalError: The folder is not empty and bears no marker.
        LockHeldError: A tick is at work in it.
    """
    marker = settings.data_dir / MARKER
    if not marker.is_file() and settings.data_dir.exists() and any(settings.data_dir.iterdir()):
        message = f"{settings.data_dir} holds data that no rehearsal made; name another folder with --data"
        raise RehearsalError(message)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with hold_lock(settings.lock_path, "a rehearsal that clears the stage", world.clock):
        # The marker first: a rehearsal that is killed half-way can be run again.
        content = {"simulated": True, "seed": world.seed, "clock": text_of_instant(world.clock)}
        partial = marker.with_suffix(".part")
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        partial.replace(marker)
        for name in _LEFT_BEHIND:
            _remove(settings.data_dir / name)


def read_feed(published_dir: Path) -> dict[str, Any] | None:
    """The published feed as a storefront finds it, None before the first publication."""
    try:
        text = (published_dir / "current" / "price_bands.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    feed: dict[str, Any] = json.loads(text)
    return feed


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
