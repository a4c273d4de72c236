"""The learning engine over batches of simulated drops, and the same model acting by Thompson sampling.

The arithmetic is that of `pricing`; only the batch is of the simulator.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.pricing.demand_model import (
    Belief,
    Dynamics,
    add_season,
    expected_season,
    sample_rates,
)
from pipelines.pricing.exploration import EXPLORATION_RATE, exploration_rate, explore_shares
from pipelines.pricing.hour_learning import learn_hours
from pipelines.pricing.planning import SAMPLES_COUNT, plan_hour
from pipelines.pricing.season import season_rows
from pipelines.simulate.contest import Brief, Floats, Ints, Seen
from pipelines.simulate.demand_world import HOURS


@dataclass(frozen=True)
class EngineState:
    """The belief, and what does not change over a drop: predictors of bands and hours."""

    belief: Belief
    band_rows: Floats
    season: Floats


@dataclass(frozen=True)
class EngineContender:
    """The engine; with `is_sampling` it acts on a draw from its belief instead of on the mean."""

    name: str = "engine"
    is_sampling: bool = False
    exploration: float = EXPLORATION_RATE
    samples_count: int = SAMPLES_COUNT
    dynamics: Dynamics = field(default_factory=Dynamics)

    def start(self, brief: Brief) -> EngineState:
        """The prior of earlier drops."""
        count, skus, channels, bands = brief.shape
        rows = brief.prior.layout.band_rows(brief.log_ratios.reshape(count, skus * channels, bands))
        season = np.stack([season_rows(int(hour), HOURS) for hour in brief.start_hours])
        return EngineState(brief.prior, rows, season)

    def shares(self, brief: Brief, state: EngineState, hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """Plan on the belief, then explore a little."""
        belief = _draw_belief(state.belief, rng) if self.is_sampling else state.belief
        rates = sample_rates(belief, state.band_rows, 1 if self.is_sampling else self.samples_count)
        season = brief.season[:, hour:] * expected_season(belief, state.season[:, hour:])[..., None]
        exposure = brief.forecast[:, None] * season[:, :, None, :]
        plan = plan_hour(exposure, rates.reshape(-1, *brief.shape), brief.margins, brief.allowed, stock)
        if self.is_sampling:
            return plan.shares
        rate = np.vectorize(exploration_rate, otypes=[float])(stock, HOURS - hour, self.exploration)[..., None]
        explored = explore_shares(plan.gains, plan.at_list, rate)
        return np.asarray((1.0 - explored.sum(axis=-1, keepdims=True)) * plan.shares + explored)

    def learn(self, brief: Brief, state: EngineState, seen: Seen) -> EngineState:
        """One hour's update."""
        count, skus, channels, _ = brief.shape
        cells = (count, skus * channels)
        band = seen.band.reshape(cells)
        rows = state.band_rows[np.arange(count)[:, None], np.arange(cells[1])[None], band]
        rows = add_season(rows, state.belief.layout, state.season[:, seen.hour])
        exposure = brief.forecast * brief.season[:, seen.hour, None, :] * seen.in_stock[..., None]
        exposure, sold = exposure.reshape(cells), seen.sold.reshape(cells).astype(np.float64)
        belief = learn_hours(state.belief, rows[:, None], exposure[:, None], sold[:, None], self.dynamics)
        return replace(state, belief=belief)


def _draw_belief(belief: Belief, rng: np.random.Generator) -> Belief:
    """A belief that is sure of one draw from this one."""
    size = belief.layout.size
    root = np.linalg.cholesky(belief.covariance + 1e-10 * np.eye(size))
    drawn = belief.mean + (root @ rng.standard_normal((len(belief.mean), size, 1)))[..., 0]
    return replace(belief, mean=drawn, covariance=np.zeros_like(belief.covariance))
