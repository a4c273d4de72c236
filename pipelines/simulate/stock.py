"""Units of drop SKUs at the hubs: taken by sales, given back by cancellations, added by restocks; never below zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelines.simulate.catalogue import Drop, Hub


class HubStock:
    """Units left of each drop SKU at each hub, moved forward in time only."""

    def __init__(self, drops: Sequence[Drop]) -> None:
        """Start with what the plans stage at the start; restocks wait for their instant."""
        skus = [planned for drop in drops for planned in drop.skus]
        self._units = {(planned.sku, hub_id): units for planned in skus for hub_id, units in planned.stock.items()}
        self._coming = [
            (restock.at, planned.sku, restock.hub_id, restock.units) for planned in skus for restock in planned.restocks
        ]

    def units_left(self, sku: str, hub: Hub) -> int:
        """Units of the SKU at the hub now."""
        return self._units.get((sku, hub.hub_id), 0)

    def move_to(self, instant: datetime) -> None:
        """Let everything arrive that was due by `instant`."""
        arrived = [coming for coming in self._coming if coming[0] <= instant]
        self._coming = [coming for coming in self._coming if coming[0] > instant]
        for _, sku, hub_id, units in arrived:
            self._units[sku, hub_id] = self._units.get((sku, hub_id), 0) + units

    def give_back(self, sku: str, hub: Hub, units: int, at: datetime) -> None:
        """Return units to the hub's shelf at a later instant."""
        self._coming.append((at, sku, hub.hub_id, units))

    def take(self, sku: str, hub: Hub, units: int) -> int:
        """Take up to `units`, and say how many there were."""
        taken = min(units, self.units_left(sku, hub))
        if taken:
            self._units[sku, hub.hub_id] -= taken
        return taken
