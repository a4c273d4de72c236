"""The practical ceiling: finite-horizon planning by a policy that knows every true rate, shocks and bursts included.

And the bound above it: what the same rates would earn if demand were not random and stock divisible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.pricing.hull import solve_fluid
from pipelines.pricing.stock_dp import choose_by_worth, solve_stock_value
from pipelines.simulate.contest import Brief, Floats, Ints, Seen
from pipelines.simulate.demand_world import HOURS, Drops

# Stock above this is planned in bundles: what a bundle's randomness costs the plan is below 0.1 % there.
_MOST_STATES = 250


@dataclass(frozen=True)
class ClairvoyantContender:
    """Plans on the true rates of `drops`."""

    drops: Drops
    name: str = "clairvoyant_dp"

    def start(self, brief: Brief) -> tuple[Floats, int]:
        """The worth of every stock in every hour, (D K, T + 1, I + 1), and the bundle's size."""
        count, skus, channels, bands = brief.shape
        bundle = max(1, -(-int(brief.stock.max()) // _MOST_STATES))
        exposure = np.moveaxis(self.drops.rates[..., 1], 1, 2).reshape(count * skus, HOURS, channels)
        flat = (count * skus, channels, bands)
        values = solve_stock_value(
            exposure / bundle,
            self._responses().reshape(flat),
            brief.margins.reshape(flat) * bundle,
            brief.allowed.reshape(flat),
            -(-int(brief.stock.max()) // bundle),
        )
        return values, bundle

    def shares(
        self, brief: Brief, state: tuple[Floats, int], hour: int, stock: Ints, rng: np.random.Generator
    ) -> Floats:
        """The band that gains most over the worth of the last unit (bundle) in the middle of the hour."""
        del rng
        values, bundle = state
        units = np.maximum(1, -(-stock.ravel() // bundle))
        each = np.arange(len(units))
        worth = sum(values[each, at, units] - values[each, at, units - 1] for at in (hour, hour + 1)) / (2 * bundle)
        band, _ = choose_by_worth(self._responses(), brief.margins, brief.allowed, np.reshape(worth, stock.shape))
        return np.asarray(np.eye(3)[band])

    def learn(self, brief: Brief, state: tuple[Floats, int], seen: Seen) -> tuple[Floats, int]:
        """Nothing to learn."""
        del brief, seen
        return state

    def _responses(self) -> Floats:
        """(D, K, C, 3) what a band multiplies demand by, the same in every hour."""
        first = self.drops.rates[:, 0]
        return np.asarray(first / first[..., 1:2])


def fluid_bound(drops: Drops) -> tuple[Floats, Floats]:
    """(D,) profit and gain of the fluid optimum at the true rates."""
    volume = np.where(drops.allowed, drops.rates.sum(axis=1), 0.0)
    gain = solve_fluid(volume, drops.margins, drops.stock.astype(np.float64)).value.sum(axis=1)
    return gain - (drops.loss_per_unit * drops.stock).sum(axis=1), gain
