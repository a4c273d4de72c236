"""The learning engine as a policy: learn from every hour known, plan the next, say what was believed.

The belief is computed anew from all outcomes each time, so a late order corrects the past by itself and there is no
state to lose. The arithmetic is in `demand_model`, `planning`, `stock_dp` and `hull`; this ties it to a `DropProblem`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from pipelines.pricing.demand_model import Belief, expected_rates, expected_season, sample_rates
from pipelines.pricing.exploration import EXPLORATION_RATE, exploration_rate, explore_shares
from pipelines.pricing.guardrails import Cell
from pipelines.pricing.learning import DropFrame, frame_drop, learn_drop
from pipelines.pricing.planning import SAMPLES_COUNT, plan_hour
from pipelines.pricing.policy import Alternative, BandBelief, ListPricePolicy, Policy, Proposal
from pipelines.pricing.prior import start_belief
from pipelines.pricing.problem import BANDS, HOUR, DropProblem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class KnownDrop:
    """A drop as arrays, what is believed of it, and where the belief before its first sale came from."""

    frame: DropFrame
    belief: Belief
    prior_source: str


@dataclass(frozen=True)
class LearningPolicy:
    """Log-linear Gaussian-Poisson demand, planned on the stock left; `exploration` is the most it explores."""

    version: str = "engine-3"
    exploration: float = EXPLORATION_RATE

    def propose(self, problem: DropProblem, cells: Sequence[Cell]) -> Sequence[Proposal]:
        """One proposal a cell; `cells` in order of (sku, channel)."""
        known = learn_belief(problem)
        frame, belief = known.frame, known.belief
        now = max(0, (problem.as_of - problem.first_hour) // HOUR)
        exposure = frame.exposure[now:] * expected_season(belief, frame.season[None, now:])[0, :, None, None]
        bands = belief.layout.band_rows(frame.log_ratios[None])
        rates, log_sd = expected_rates(belief, bands)
        shape = (frame.layout.skus_count, frame.layout.channels_count, 3)
        margins = np.array([_margins(cell, problem) for cell in cells]).reshape(shape)
        allowed = np.array([[cell.is_band_allowed(band) for band in BANDS] for cell in cells]).reshape(shape)
        units = np.array([sku.units_left for sku in sorted(problem.skus, key=lambda sku: sku.sku)])
        sampled = sample_rates(belief, bands, SAMPLES_COUNT).reshape(SAMPLES_COUNT, 1, *shape)
        plan = plan_hour(exposure[None], sampled, margins[None], allowed[None], units[None])
        expected = (exposure[0][..., None] * rates.reshape(shape)).reshape(-1, 3)
        lower, upper = predict_interval(expected, log_sd[0])
        shares, gains = plan.shares[0].reshape(-1, 3), plan.gains[0].reshape(-1, 3)
        hours_left = (problem.ends_at - problem.as_of) / HOUR
        tried = [exploration_rate(cell.sku.units_left, hours_left, self.exploration) for cell in cells]
        explored = explore_shares(gains, plan.at_list.reshape(-1), np.array(tried))
        return [
            Proposal(
                alternatives=_alternatives(shares[index], explored[index]),
                beliefs=tuple(
                    BandBelief(
                        band,
                        float(expected[index, place]),
                        float(lower[index, place]),
                        float(upper[index, place]),
                        float(gains[index, place]) if np.isfinite(gains[index, place]) else None,
                    )
                    for place, band in enumerate(BANDS)
                ),
                shadow_price_amount=float(plan.worth[0, index // shape[1]]),
                prior_source=known.prior_source,
            )
            for index in range(len(cells))
        ]


# Every policy that a ledger may name, so that any of its decisions can be made again.
POLICIES: tuple[Policy, ...] = (ListPricePolicy(), LearningPolicy())


def learn_belief(problem: DropProblem) -> KnownDrop:
    """What is believed at the problem's `as_of`: the prior, then every hour that is known."""
    frame = frame_drop(problem)
    start, source = start_belief(frame.layout, frame.channels, problem.shop_prior)
    return KnownDrop(frame, learn_drop(problem, frame, start), source)


def predict_interval(expected: Floats, log_sd: Floats) -> tuple[Floats, Floats]:
    """5 % and 95 % quantiles of the units of an hour, of a Poisson whose rate is known to `log_sd`.

    The gamma with the same mean and variance as the log-normal makes it a negative binomial.
    """
    shape = 1.0 / np.expm1(np.maximum(log_sd, 1e-3) ** 2)
    chance = shape / (shape + expected)
    return np.asarray(nbinom.ppf(0.05, shape, chance)), np.asarray(nbinom.ppf(0.95, shape, chance))


def _margins(cell: Cell, problem: DropProblem) -> list[float]:
    """Money kept of a unit sold under each band, above its salvage."""
    kept = (1 - cell.channel.fee_rate) / (1 + problem.tax_rate)
    return [float(price * kept - cell.sku.salvage_amount) for price in cell.sku.prices]


def _alternatives(shares: Floats, explored: Floats) -> tuple[Alternative, ...]:
    """The planned bands and the explored ones, as one distribution."""
    planned = (1.0 - explored.sum()) * shares / shares.sum()
    ways = [("optimise", planned), ("explore", explored)]
    return tuple(
        Alternative(band, reason, float(shares_of[place]))
        for reason, shares_of in ways
        for place, band in enumerate(BANDS)
        if shares_of[place] > 0
    )
