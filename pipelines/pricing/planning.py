"""From what is believed to the band of the coming hour and what each band is worth.

With few units left a SKU is planned by the finite-horizon problem at the mean of the belief, unit by unit. With more,
by the fluid problem under many draws from the belief: what a unit is worth depends on the demand that will show itself,
and the drop re-plans when it does. A band's gain is therefore the mean over draws of

    rate_b (margin_b - worth of a unit under the same draw),

not the gain at the mean demand: where demand is high units are dear and both move together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.hull import find_shadow_price
from pipelines.pricing.stock_dp import choose_by_worth, solve_stock_value

Floats = NDArray[np.float64]

# Measured on the backtest: above this many units of a SKU the fluid plan over draws earns at least as much.
MOST_DP_UNITS = 20
# Demand so far above the stock sells it at the highest band in either plan.
_MOST_COVER = 4.0
# More draws than these earned nothing more on the backtest.
SAMPLES_COUNT = 32


@dataclass(frozen=True)
class Plan:
    """What to do in the coming hour, for a batch of D drops.

    Attributes:
        shares: (D, K, C, 3) probability of each band: 1 for the best.
        worth: (D, K) expected margin of one more unit later.
        gains: (D, K, C, 3) expected gain of showing the band, minus infinity where it is not allowed.
        at_list: (D, K, C) expected margin of the hour at list, the units' later worth not taken off.
    """

    shares: Floats
    worth: Floats
    gains: Floats
    at_list: Floats


def plan_hour(
    exposure: Floats, sampled_rates: Floats, margins: Floats, allowed: NDArray[np.bool_], stock: NDArray[np.int64]
) -> Plan:
    """Plan the first of the hours given.

    Args:
        exposure: (D, T, K, C) expected units at list and level 0 in each hour left.
        sampled_rates: (S, D, K, C, 3) multiple of the exposure under each band, by draw from the belief.
        margins: (D, K, C, 3) margin of a unit above its salvage.
        allowed: (D, K, C, 3) bands that keep the floor; the middle one always does.
        stock: (D, K) units left.

    Returns:
        The plan.
    """
    volume = np.where(allowed, exposure.sum(axis=1)[..., None] * sampled_rates, 0.0)
    wide = (np.broadcast_to(margins, volume.shape), np.broadcast_to(stock, volume.shape[:3]).astype(np.float64))
    worths = find_shadow_price(volume, *wide)
    gains = (sampled_rates * (margins - worths[..., None, None])).mean(axis=0)
    worth, rates = worths.mean(axis=0), sampled_rates.mean(axis=0)
    at_list = volume[..., 1].mean(axis=0).sum(axis=-1)
    is_few = (stock > 0) & (stock <= MOST_DP_UNITS) & (at_list <= _MOST_COVER * stock)
    if is_few.any():
        hours = np.moveaxis(exposure, 1, 2)[is_few]
        parts = (rates[is_few], margins[is_few], allowed[is_few])
        worth[is_few] = _worth_of_last_unit(hours, *parts, stock[is_few])
        gains[is_few] = choose_by_worth(*parts, worth[is_few])[1]
    gains = np.where(allowed, exposure[:, 0, ..., None] * gains, -np.inf)
    return Plan(np.eye(3)[gains.argmax(axis=-1)], worth, gains, exposure[:, 0] * rates[..., 1] * margins[..., 1])


def _worth_of_last_unit(
    exposure: Floats, rates: Floats, margins: Floats, allowed: NDArray[np.bool_], units: NDArray[np.int64]
) -> Floats:
    """Worth of the last unit in the middle of the first hour: a band stands for the whole of it."""
    values = solve_stock_value(exposure, rates, margins, allowed, int(units.max()))
    each = np.arange(len(units))
    start, end = (values[each, hour, units] - values[each, hour, units - 1] for hour in (0, 1))
    return np.asarray(0.5 * (start + end))
