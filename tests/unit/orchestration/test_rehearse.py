from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pipelines.orchestration import rehearse as stage
from pipelines.orchestration.tick import TickResult
from pipelines.settings import Settings
from pipelines.simulate.world import World
from pipelines.warehouse.lock import LockHeldError, hold_lock

HOUR = timedelta(hours=1)


def young_world() -> World:
    return World.from_seed(5, history_days=3)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "demo")


def test_a_folder_that_no_rehearsal_made_is_left_alone(settings: Settings) -> None:
    kept = settings.landing_dir / "orders" / "mine.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("order_id\n")
    with pytest.raises(stage.RehearsalError, match="no rehearsal made"):
        stage.clear_stage(settings, young_world())
    assert kept.exists()
    assert not (settings.data_dir / stage.MARKER).exists()


def test_an_earlier_rehearsal_goes_and_what_somebody_put_beside_it_stays(settings: Settings) -> None:
    stage.clear_stage(settings, young_world())
    for name in ("landing/orders/a.csv", "published/snapshots/s/manifest.json", "warehouse.duckdb", "notes/mine.txt"):
        path = settings.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (settings.published_dir / "current").symlink_to("snapshots/s")
    stage.clear_stage(settings, young_world())
    left = {path.name for path in settings.data_dir.iterdir()}
    assert left == {stage.MARKER, settings.lock_path.name, "notes"}


def test_the_stage_is_not_cleared_under_a_running_tick(settings: Settings) -> None:
    stage.clear_stage(settings, young_world())
    with (
        hold_lock(settings.lock_path, "a tick", young_world().clock),
        pytest.raises(LockHeldError, match="a tick"),
    ):
        stage.clear_stage(settings, young_world())


def test_the_marker_names_seed_and_clock(settings: Settings) -> None:
    stage.clear_stage(settings, young_world())
    marker = json.loads((settings.data_dir / stage.MARKER).read_text())
    assert marker == {"simulated": True, "seed": 5, "clock": "2025-12-05T19:00:00Z"}


def test_there_is_no_feed_before_the_first_publication(settings: Settings) -> None:
    assert stage.read_feed(settings.published_dir) is None


def test_each_hour_lands_before_its_tick_and_is_sold_by_the_feed_of_the_tick_before(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, ticks, sentences = young_world(), [], []

    def run_tick(at: Settings, hour: datetime, trigger: str) -> TickResult:
        orders = settings.landing_dir / "orders" / f"orders-{hour:%Y-%m-%dT%H}Z.csv"
        shown = settings.landing_dir / "shown_prices" / f"shown_prices-{hour:%Y-%m-%dT%H}Z.csv"
        ticks.append((hour, at.fixed_now, trigger, orders.exists(), shown.exists()))
        feed = sold_out_feed(world, hour + HOUR)
        settings.published_dir.joinpath("current").mkdir(parents=True, exist_ok=True)
        settings.published_dir.joinpath("current", "price_bands.json").write_text(json.dumps(feed))
        return TickResult(hour=hour, snapshot_id=f"s{len(ticks)}", decided=2)

    monkeypatch.setattr(stage, "run_tick", run_tick)
    result = stage.rehearse(settings, world, sentences.append, hours=3)

    first = world.clock - 3 * HOUR
    assert ticks == [
        # No tick has published yet: what was decided in memory for this hour is shown.
        (first, first + HOUR, "rehearsal", True, False),
        (first + HOUR, first + 2 * HOUR, "rehearsal", True, False),
        (first + 2 * HOUR, world.clock, "rehearsal", True, False),
    ]
    assert not [sale for sale in world.sales if sale.drop_id and sale.ordered_at >= first + HOUR]
    assert (result.snapshot_id, result.decided) == ("s3", 6)
    assert len(sentences) == stage.count_steps(hours=3)


def sold_out_feed(world: World, hour: datetime) -> dict[str, object]:
    entries = [
        {
            "drop_id": world.live_drop.drop_id,
            "sku": planned.sku,
            "channel": channel,
            "band": None,
            "price_amount": None,
            "list_amount": str(planned.list_price),
            "currency_code": "EUR",
            "valid_from": hour.isoformat(),
            "valid_to": (hour + HOUR).isoformat(),
            "fallback_after": (hour + HOUR).isoformat(),
            "reason": "sold_out",
            "decision_id": "d",
        }
        for planned in world.live_drop.skus
        for channel in ("web", "mobile", "marketplace", "popup")
    ]
    return {"schema_version": 1, "snapshot_id": "s", "as_of": hour.isoformat(), "status": "live", "entries": entries}
