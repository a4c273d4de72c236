"""What a drop's own hours teach: from a `DropProblem`'s history to a belief, and from earlier drops to a shop's prior.

An hour teaches a cell only as far as it is known: the price that was shown, the share of the hour in stock, and orders
that a tick has met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.demand_model import Belief, Dynamics, Layout, add_season
from pipelines.pricing.hour_learning import learn_hours
from pipelines.pricing.prior import Gaussian, channel_weights, fleet_belief, keep_information, start_belief
from pipelines.pricing.problem import HOUR, CellHistory, DropProblem, ShopPrior
from pipelines.pricing.season import default_season, season_rows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DropFrame:
    """A drop as arrays; SKUs and channels in order of their names, T full hours that overlap its window.

    Attributes:
        layout: What the components of a belief are.
        channels: Names.
        exposure: (T, K, C) units expected at list in each hour.
        season: (T, J) what each hour's season may differ by.
        log_ratios: (N, 3) ln(price / list) of each band.
    """

    layout: Layout
    channels: tuple[str, ...]
    exposure: Floats
    season: Floats
    log_ratios: Floats


def frame_drop(problem: DropProblem) -> DropFrame:
    """The arrays of a drop's plan.

    A SKU without a forecast is expected to sell what is staged, over the whole drop at list.
    """
    skus = sorted(problem.skus, key=lambda sku: sku.sku)
    channels = tuple(sorted(channel.channel for channel in problem.channels))
    forecast = np.array([sku.staged_units if sku.forecast_units is None else sku.forecast_units for sku in skus])
    weights = channel_weights(channels, problem.shop_prior)
    hours_count = problem.hours_count
    per_hour = default_season(problem.start_hour, hours_count) * _share_inside(problem) / hours_count
    ratios = [[float(price / sku.mid_price) for price in sku.prices] for sku in skus]
    return DropFrame(
        layout=Layout(len(skus), len(channels)),
        channels=channels,
        exposure=per_hour[:, None, None] * forecast[None, :, None] * weights[None, None, :],
        season=season_rows(problem.start_hour, hours_count),
        log_ratios=np.repeat(np.log(ratios), len(channels), axis=0),
    )


def learn_drop(problem: DropProblem, frame: DropFrame, belief: Belief, dynamics: Dynamics | None = None) -> Belief:
    """The belief after every hour of the drop that is known at `as_of`."""
    ratios, is_low, is_high, exposure, sold = _read_history(problem, frame)
    layout, cells, hours = frame.layout, np.arange(frame.layout.cells_count), len(ratios)
    rows = layout.level_rows() - ratios[:, :, None] * layout.elasticity_rows()
    rows[:, cells, layout.kink_low.start + cells] = is_low
    rows[:, cells, layout.kink_high.start + cells] = is_high
    rows = add_season(rows, layout, frame.season[:hours])
    return learn_hours(belief, rows[None], exposure[None], sold[None], dynamics or Dynamics())


def fit_shop_prior(past: Sequence[DropProblem]) -> ShopPrior | None:
    """What earlier drops of a shop, in order of time and each at its end, taught about its elasticities.

    Drops of other channels add theirs; without a drop there is nothing to know.
    """
    channels = tuple(sorted({channel.channel for problem in past for channel in problem.channels}))
    if not channels:
        return None
    fleet = fleet_belief(Layout(1, len(channels)), channels)
    part = fleet.layout.elasticity_by_channel
    index = [fleet.layout.elasticity, *range(part.start, part.stop)]
    default = (fleet.mean[0, index], fleet.covariance[0][np.ix_(index, index)])
    known = default
    sold = np.zeros(len(channels))
    for problem in past:
        frame = frame_drop(problem)
        weights = tuple(channel_weights(channels, None).tolist())
        before = ShopPrior(channels, tuple(known[0].tolist()), tuple(map(tuple, known[1].tolist())), weights, 0)
        start, _ = start_belief(frame.layout, frame.channels, before)
        learned = learn_drop(problem, frame, start)
        inside = frame.layout.elasticity_by_channel
        theirs = [frame.layout.elasticity, *range(inside.start, inside.stop)]
        ours = [0, *(1 + channels.index(name) for name in frame.channels)]
        known = keep_information(
            _add_information(known, ours, (learned.mean[0, theirs], learned.covariance[0][np.ix_(theirs, theirs)])),
            default,
        )
        for cell in problem.cells:
            sold[channels.index(cell.channel)] += sum(cell.sold_units)
    mean, covariance = known
    # One sale is added to each channel: one that sold nothing so far may sell tomorrow.
    weights = (sold + 1) / (sold + 1).sum()
    return ShopPrior(
        channels, tuple(mean.tolist()), tuple(map(tuple, covariance.tolist())), tuple(weights.tolist()), len(past)
    )


def _add_information(known: Gaussian, index: list[int], learned: Gaussian) -> Gaussian:
    """The joint belief after a part of it was learned: all components move with those they are tied to."""
    mean, covariance = known
    gain = covariance[:, index] @ np.linalg.inv(covariance[np.ix_(index, index)])
    moved = mean + gain @ (learned[0] - mean[index])
    return moved, covariance + gain @ (learned[1] - covariance[np.ix_(index, index)]) @ gain.T


def _read_history(problem: DropProblem, frame: DropFrame) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Log price ratios, low and high bands, exposures and sales, each (hours past, N)."""
    cells = sorted(problem.cells, key=lambda cell: (cell.sku, cell.channel))
    prices = {sku.sku: sku.prices for sku in problem.skus}
    shown = np.array([_shown_ratios(cell, prices[cell.sku]) for cell in cells]).T
    hours = len(cells[0].sold_units)
    full = frame.exposure[:hours].reshape(hours, len(cells))
    inside = _share_inside(problem)[:hours]
    share = np.array([[np.nan if value is None else value for value in cell.shown_rates] for cell in cells]).T
    known = np.array([_is_known(problem, index) for index in range(hours)], dtype=np.bool_)
    # `shown_rates` count the whole hour; the exposure is already that of its part within the window.
    usable = known[:, None] & np.isfinite(shown) & np.isfinite(share)
    part = np.where(usable, share / inside[:, None], 0.0)
    ratios = np.where(usable, shown, 0.0)
    sold = np.array([cell.shown_units for cell in cells], dtype=np.float64).T
    is_low = np.isclose(ratios, frame.log_ratios[None, :, 0], rtol=0, atol=1e-9)
    is_high = np.isclose(ratios, frame.log_ratios[None, :, 2], rtol=0, atol=1e-9)
    return ratios, is_low.astype(np.float64), is_high.astype(np.float64), full * part, sold


def _share_inside(problem: DropProblem) -> Floats:
    """(T,) how much of each full hour lies in the drop's window."""
    starts = [problem.first_hour + index * HOUR for index in range(problem.hours_count)]
    return np.array([(min(start + HOUR, problem.ends_at) - max(start, problem.starts_at)) / HOUR for start in starts])


def _shown_ratios(cell: CellHistory, prices: tuple[Decimal, Decimal, Decimal]) -> list[float]:
    ratio_of = {
        price: np.nan if price is None or price <= 0 else float(np.log(float(price / prices[1])))
        for price in set(cell.shown_prices)
    }
    return [ratio_of[price] for price in cell.shown_prices]


def _is_known(problem: DropProblem, index: int) -> bool:
    """Whether a tick has met orders of the whole hour."""
    end = problem.first_hour + timedelta(hours=index + 1)
    return problem.orders_met_at is not None and min(end, problem.ends_at) <= problem.orders_met_at
