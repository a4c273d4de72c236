"""Primal-dual bandits with knapsacks (Badanidiyuru, Kleinberg & Slivkins, arXiv 1305.2545), one resource a SKU.

Each SKU's stock has a dual price, raised by multiplicative weights when units sell faster than the drop's hours pass.
Each cell shows the band with the largest optimistic margin over the dual price of what it sells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipelines.simulate.contest import Brief, Floats, Ints, Seen
from pipelines.simulate.demand_world import HOURS

# Confidence radius of the paper, scaled: its constants are for proofs and would explore for the whole drop.
_RADIUS = 0.5
_STEP = 0.3


@dataclass(frozen=True)
class KnapsackState:
    """Counts by band, (D, K, C, 3), and the log weights of stock and of time, (D, K)."""

    sold: Floats
    exposure: Floats
    pressure: Floats


@dataclass(frozen=True)
class KnapsackContender:
    """Optimistic margins over a dual price of stock."""

    name: str = "knapsack_bandit"

    def start(self, brief: Brief) -> KnapsackState:
        """One hour's worth of prior sales in each band, so that no band starts unknown."""
        prior = brief.forecast[..., None] * np.exp(-brief.elasticity[:, None, :, None] * brief.log_ratios)
        return KnapsackState(prior.copy(), np.ones(brief.shape), np.zeros(brief.stock.shape))

    def shares(self, brief: Brief, state: KnapsackState, hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """The best optimistic band."""
        del hour, stock, rng
        rate = state.sold / state.exposure
        radius = _RADIUS * np.sqrt(np.maximum(rate, 0.01) / state.exposure)
        most = brief.margins.max(axis=(2, 3))
        price = most / (1.0 + np.exp(-state.pressure))
        gain = (rate + radius) * (brief.margins - price[..., None, None])
        return np.asarray(np.eye(3)[np.where(brief.allowed, gain, -np.inf).argmax(axis=-1)])

    def learn(self, brief: Brief, state: KnapsackState, seen: Seen) -> KnapsackState:
        """Count, and move the dual price by how far the pace is off."""
        shown = np.eye(3)[seen.band]
        exposure = (brief.season[:, seen.hour, None, :] * seen.in_stock[..., None])[..., None]
        share_sold = seen.sold.sum(axis=-1) / brief.stock
        share_due = brief.season[:, seen.hour].mean(axis=-1)[:, None] / HOURS
        return replace(
            state,
            sold=state.sold + shown * seen.sold[..., None],
            exposure=state.exposure + shown * exposure,
            pressure=state.pressure + _STEP * HOURS * (share_sold - share_due),
        )
