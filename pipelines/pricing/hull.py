"""The fluid problem of one SKU, exact without a solver.

Cells (channels, or channel-hours) sell r_cb units at margin m_cb under band b. With x_cb the share of time that cell c
shows band b,

    max sum r_cb m_cb x_cb   subject to   sum r_cb x_cb <= stock,   sum_b x_cb <= 1,   x >= 0.

One row of stock couples the cells, so the dual has one variable, the worth mu of a unit (its shadow price):

    g(mu) = mu stock + sum_c max(0, max_b r_cb (m_cb - mu)),

convex and piecewise linear. Its kinks are the slopes of the upper hulls of the points (r_cb, r_cb m_cb) with the
origin; the smallest g over mu = 0 and the kinks is the optimum (Gallego & van Ryzin 1994 for the fluid problem).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The pairs of points whose slope may be a kink: each band with the origin, and the bands with each other.
_PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


@dataclass(frozen=True)
class FluidSolution:
    """The optimum of each problem of a batch.

    Attributes:
        value: (...) expected margin.
        shadow_price: (...) worth of one more unit.
        shares: (..., M, B) share of time of each band; what is missing to 1 is time in which nothing is sold.
    """

    value: Floats
    shadow_price: Floats
    shares: Floats


def solve_fluid(rates: Floats, margins: Floats, stock: Floats) -> FluidSolution:
    """Solve a batch of fluid problems.

    Args:
        rates: (..., M, 3) units that each cell would sell under each band; 0 forbids a band.
        margins: (..., M, 3) margin of a unit above its salvage.
        stock: (...) units.

    Returns:
        Values, shadow prices, shares.
    """
    volumes, worths, flat = _dual_candidates(rates, margins)
    best = np.argmin(_dual(flat, volumes, worths, stock), axis=-1)
    price = np.take_along_axis(flat, best[..., None], axis=-1)[..., 0]
    value = _dual(price[..., None], volumes, worths, stock)[..., 0]
    return FluidSolution(value, price, _mix_shares(volumes, worths, stock, price, best))


def find_shadow_price(rates: Floats, margins: Floats, stock: Floats) -> Floats:
    """The worth of one more unit, (...), as `solve_fluid` gives it, without the shares."""
    volumes, worths, prices = _dual_candidates(rates, margins)
    best = np.argmin(_dual(prices, volumes, worths, stock), axis=-1)
    return np.asarray(np.take_along_axis(prices, best[..., None], axis=-1)[..., 0])


def _dual_candidates(rates: Floats, margins: Floats) -> tuple[Floats, Floats, Floats]:
    """Points of each cell with the origin, (..., M, 4) volumes and worths, and (..., Q) prices: 0 and all kinks."""
    batch, cells = rates.shape[:-2], rates.shape[-2]
    origin = np.zeros((*batch, cells, 1))
    volumes = np.concatenate([origin, rates], axis=-1)
    worths = np.concatenate([origin, rates * margins], axis=-1)
    kinks = _find_kinks(volumes, worths).reshape(*batch, -1)
    return volumes, worths, np.concatenate([np.zeros((*batch, 1)), kinks], axis=-1)


def _find_kinks(volumes: Floats, worths: Floats) -> Floats:
    """(..., M, 6) slopes between points, 0 where they are no price."""
    kinks = []
    for first, second in _PAIRS:
        run = volumes[..., second] - volumes[..., first]
        rise = worths[..., second] - worths[..., first]
        slope = np.divide(rise, run, out=np.zeros_like(run), where=run != 0)
        kinks.append(np.where(slope > 0, slope, 0.0))
    return np.stack(kinks, axis=-1)


def _dual(prices: Floats, volumes: Floats, worths: Floats, stock: Floats) -> Floats:
    """The dual g at (..., Q) prices."""
    gains = worths[..., None, :, :] - prices[..., None, None] * volumes[..., None, :, :]
    return np.asarray(prices * stock[..., None] + gains.max(axis=-1).sum(axis=-1))


def _mix_shares(volumes: Floats, worths: Floats, stock: Floats, price: Floats, best: NDArray[np.intp]) -> Floats:
    """Shares at the optimal price: every cell at its best point, and the cell of the kink between its two.

    At the kink that cell is indifferent; it takes the larger of the two volumes for as long as stock allows.
    """
    gains = worths - price[..., None, None] * volumes
    cells = volumes.shape[-2]
    chosen = np.eye(4)[np.argmax(gains, axis=-1)]
    is_kink = best > 0
    place = np.maximum(best - 1, 0)
    cell, pair = place // len(_PAIRS), place % len(_PAIRS)
    ends = np.asarray(_PAIRS)[pair]
    own = np.take_along_axis(volumes, cell[..., None, None], axis=-2)[..., 0, :]
    ends_volume = np.take_along_axis(own, ends, axis=-1)
    swapped = ends_volume[..., :1] > ends_volume[..., 1:]
    ends = np.where(swapped, ends[..., ::-1], ends)
    ends_volume = np.sort(ends_volume, axis=-1)
    at_cell = (np.arange(cells) == cell[..., None])[..., None]
    others = np.where(at_cell, 0.0, (chosen * volumes)).sum(axis=(-1, -2))
    gap = ends_volume[..., 1] - ends_volume[..., 0]
    left = stock - others - ends_volume[..., 0]
    upper = np.clip(np.divide(left, gap, out=np.zeros_like(gap), where=gap > 0), 0.0, 1.0)
    mixed = (1.0 - upper)[..., None] * np.eye(4)[ends[..., 0]] + upper[..., None] * np.eye(4)[ends[..., 1]]
    shares = np.where(at_cell & is_kink[..., None, None], mixed[..., None, :], chosen)
    return np.asarray(shares[..., 1:])
