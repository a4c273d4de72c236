"""A drop sold through the real tick takes the decisions that the same drop takes in memory, bit for bit.

The simulated storefront reads the published feed, sells, and lands what the hour brought; the tick loads, builds,
decides and publishes. Beside it `simulate/closed_loop.py` works the same hours out without files and without SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.orchestration.deciding import ENGINE
from pipelines.orchestration.rehearse import sell_by_ticks
from pipelines.pricing.assemble import stored_drop
from pipelines.settings import Settings
from pipelines.simulate.closed_loop import sell_drop
from pipelines.simulate.world import World
from pipelines.warehouse.ledger import read_ledger
from pipelines.warehouse.published import open_published

HOUR = timedelta(hours=1)


def sell_both_ways(data_dir: Path, hours: int, history_days: int) -> None:
    """Sell the first hours of the live drop through ticks and in memory, and compare all that was written down."""
    world = World.from_seed(history_days=history_days)
    start = world.live_drop.starts_at
    settings = replace(Settings.from_env(data_dir), fixed_now=start)
    world.write_past(settings.landing_dir, start - HOUR)
    for _ in sell_by_ticks(settings, world, hours):
        pass

    alone = World.from_seed(history_days=history_days)
    alone.past(start - HOUR)
    expected = list(sell_drop(alone, alone.live_drop, ENGINE, hours))

    snapshot = open_published(settings.published_dir)
    try:
        stored = stored_drop(world.live_drop.drop_id, read_ledger(snapshot, world.live_drop.drop_id))
    finally:
        snapshot.close()
    # The frames first: where the two part, the frame of that hour says what was seen otherwise.
    assert sorted(stored.frames.values()) == sorted(hour.frame_json for hour in expected)
    assert list(stored.decisions) == [decision for hour in expected for decision in hour.decisions]
    assert set(stored.clamps) == {clamp for hour in expected for clamp in hour.clamps}
    assert set(stored.beliefs) == {belief for hour in expected for belief in hour.beliefs}


def test_three_hours_through_the_tick_are_those_of_the_loop_in_memory(
    tmp_path: Path, sprint: Callable[..., str]
) -> None:
    sell_both_ways(tmp_path / "data", hours=3, history_days=3)
    replayed = sprint("replay", "--all", "--data", tmp_path / "data")
    assert "36 decisions recomputed, every decision as it was written" in replayed


@pytest.mark.soak
def test_a_whole_drop_through_the_tick_is_that_of_the_loop_in_memory(
    tmp_path: Path, sprint: Callable[..., str]
) -> None:
    # Forty days of history hold the drop before, so that what it taught is carried over.
    data = tmp_path / "data"
    sell_both_ways(data, hours=72, history_days=40)
    replayed = sprint("replay", "--all", "--data", data)
    assert "864 decisions recomputed, every decision as it was written" in replayed
    with duckdb.connect(str(data / "published/current/warehouse.duckdb"), read_only=True) as connection:
        below = "select count(*) from pricing.decisions where price_amount < floor_amount"
        assert connection.execute(below).fetchone() == (0,)
