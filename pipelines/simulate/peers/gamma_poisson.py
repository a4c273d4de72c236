"""Gamma-Poisson demand by band: pooled over SKUs with the posterior mean, or by cell with Thompson sampling.

The second is TS-update of Ferreira, Simchi-Levi & Wang (2018, "Online network revenue management using Thompson
sampling"): draw every rate, solve the fluid problem for the stock left, show its bands. Both divide exposure by the
season and start from the same prior means as the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.pricing.hull import solve_fluid
from pipelines.simulate.contest import Brief, Floats, Ints, Seen

# Shape of the prior of one cell and band: a rate known to about half of itself, as forecasts are.
_PRIOR_SHAPE = 4.0


@dataclass(frozen=True)
class GammaState:
    """Shape and rate of the multiple of the prior mean, each (D, K, C, 3) or pooled (D, 1, C, 3)."""

    shape: Floats
    rate: Floats
    mean: Floats


@dataclass(frozen=True)
class GammaPoissonContender:
    """Pools SKUs when `is_pooled`, acts on a draw when `is_sampling`, else on the posterior mean."""

    name: str
    is_pooled: bool
    is_sampling: bool

    def start(self, brief: Brief) -> GammaState:
        """Prior means: forecast x exp(-elasticity x log ratio)."""
        count, skus, channels, bands = brief.shape
        mean = brief.forecast[..., None] * np.exp(-brief.elasticity[:, None, :, None] * brief.log_ratios)
        cells = (count, 1 if self.is_pooled else skus, channels, bands)
        return GammaState(np.full(cells, _PRIOR_SHAPE), np.full(cells, _PRIOR_SHAPE), mean)

    def shares(self, brief: Brief, state: GammaState, hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """The fluid plan of the hours left."""
        factor = rng.gamma(state.shape) / state.rate if self.is_sampling else state.shape / state.rate
        left = brief.season[:, hour:].sum(axis=1)[:, None, :, None]
        volume = np.where(brief.allowed, left * state.mean * factor, 0.0)
        shares = solve_fluid(volume, brief.margins, stock.astype(np.float64)).shares
        idle = 1.0 - shares.sum(axis=-1, keepdims=True)
        return np.asarray(shares + idle * np.eye(3)[np.where(brief.allowed[..., 2], 2, 1)])

    def learn(self, brief: Brief, state: GammaState, seen: Seen) -> GammaState:
        """Conjugate update of the bands shown."""
        shown = np.eye(3)[seen.band]
        exposure = brief.season[:, seen.hour, None, :] * seen.in_stock[..., None]
        expected = shown * state.mean * exposure[..., None]
        sold = shown * seen.sold[..., None]
        if self.is_pooled:
            expected, sold = expected.sum(axis=1, keepdims=True), sold.sum(axis=1, keepdims=True)
        return GammaState(state.shape + sold, state.rate + expected, state.mean)


POOLED_GAMMA_POISSON = GammaPoissonContender("pooled_gamma_poisson", is_pooled=True, is_sampling=False)
TS_UPDATE = GammaPoissonContender("ts_update", is_pooled=False, is_sampling=True)
