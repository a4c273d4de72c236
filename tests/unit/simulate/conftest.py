from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipelines.simulate.catalogue import CHANNEL_FEES, Drop, DropSku
from pipelines.simulate.feeds import LandedFile
from pipelines.simulate.world import World

HOURS_OF_ENGINE = 6


@dataclass(frozen=True)
class LivedWorld:
    world: World
    past: list[LandedFile]
    hours: list[list[LandedFile]]

    @property
    def files(self) -> list[LandedFile]:
        return [*self.past, *(file for hour in self.hours for file in hour)]


def price_feed(
    world: World, hour: datetime, amount_of: Callable[[DropSku], object], **changes: object
) -> Mapping[str, Any]:
    """A feed that decides `hour` for every cell of the live drop, as publish would write it."""
    entries = [
        {
            "drop_id": world.live_drop.drop_id,
            "sku": planned.sku,
            "channel": channel,
            "band": "mid",
            "price_amount": None if amount_of(planned) is None else str(amount_of(planned)),
            "list_amount": str(planned.list_price),
            "currency_code": "EUR",
            "valid_from": hour.isoformat(),
            "valid_to": (hour + timedelta(hours=1)).isoformat(),
            "fallback_after": (hour + timedelta(hours=1, minutes=15)).isoformat(),
            "reason": "list",
            "decision_id": f"{planned.sku}-{channel}",
        }
        for planned in world.live_drop.skus
        for channel in CHANNEL_FEES
    ]
    feed = {
        "schema_version": 1,
        "snapshot_id": "s",
        "as_of": hour.isoformat(),
        "status": "live",
        "entries": entries,
    }
    return feed | changes


def young_world(history_days: int = 3, seed: int = 3) -> World:
    """A world that began shortly before the live drop: a tenth of a second instead of two."""
    return World.from_seed(seed, history_days=history_days)


def drop_sales(world: World, drop: Drop) -> list[Any]:
    return [sale for sale in world.sales if sale.drop_id == drop.drop_id]


@pytest.fixture(scope="session")
def lived_world() -> LivedWorld:
    """The demo's world: its past, and six hours with a feed that decides list prices."""
    world = World.from_seed()
    past = world.past(world.clock - timedelta(hours=HOURS_OF_ENGINE))
    hours = []
    for _ in range(HOURS_OF_ENGINE):
        feed = price_feed(world, world.served_until, lambda planned: planned.list_price)
        hours.append(world.serve_hour(world.served_until, feed))
    return LivedWorld(world, past, hours)
