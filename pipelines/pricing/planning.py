"""From what is believed to what each band is worth in the coming hour.

With few units left a SKU is planned by the finite-horizon problem, unit by unit; with many by the fluid problem, which
then loses nothing and costs less. Both give the worth of a unit (shadow price) and the share of each band.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.hull import solve_fluid
from pipelines.pricing.stock_dp import choose_by_worth, solve_stock_value

Floats = NDArray[np.float64]

# Measured on the backtest: above this many units of a SKU the two plans earn the same to 0.1 %.
MOST_DP_UNITS = 50
# Demand so far above the stock sells it at the highest band in either plan.
_MOST_COVER = 4.0


@dataclass(frozen=True)
class Plan:
    """What to do in the coming hour, for a batch of D drops.

    Attributes:
        shares: (D, K, C, 3) probability of each band.
        worth: (D, K) expected margin of one more unit later.
        gains: (D, K, C, 3) expected gain of showing the band, minus infinity where it is not allowed.
    """

    shares: Floats
    worth: Floats
    gains: Floats


def plan_hour(
    exposure: Floats, rates: Floats, margins: Floats, allowed: NDArray[np.bool_], stock: NDArray[np.int64]
) -> Plan:
    """Plan the first of the hours given.

    Args:
        exposure: (D, T, K, C) expected units at list and level 0 in each hour left.
        rates: (D, K, C, 3) multiple of the exposure under each band.
        margins: (D, K, C, 3) margin of a unit above its salvage.
        allowed: (D, K, C, 3) bands that keep the floor; the middle one always does.
        stock: (D, K) units left.

    Returns:
        The plan.
    """
    drops, _, skus, channels = exposure.shape
    volume = np.where(allowed, exposure.sum(axis=1)[..., None] * rates, 0.0)
    fluid = solve_fluid(volume, margins, stock.astype(np.float64))
    shares, worth = _offer_always(fluid.shares, allowed), fluid.shadow_price.copy()
    at_list = volume[..., 1].sum(axis=-1)
    is_few = ((stock > 0) & (stock <= MOST_DP_UNITS) & (at_list <= _MOST_COVER * stock)).ravel()
    if is_few.any():
        flat = (drops * skus, channels, 3)
        few_rates, few_margins = rates.reshape(flat)[is_few], margins.reshape(flat)[is_few]
        few_allowed = allowed.reshape(flat)[is_few]
        hours = np.moveaxis(exposure, 1, 2).reshape(drops * skus, -1, channels)[is_few]
        units = stock.ravel()[is_few].astype(np.intp)
        few_worth = _worth_of_next_unit(hours, few_rates, few_margins, few_allowed, units)
        band, _ = choose_by_worth(few_rates, few_margins, few_allowed, few_worth)
        shares.reshape(flat)[is_few] = np.eye(3)[band]
        worth.reshape(-1)[is_few] = few_worth
    _, gains = choose_by_worth(exposure[:, 0, ..., None] * rates, margins, allowed, worth)
    return Plan(shares, worth, gains)


def _worth_of_next_unit(
    exposure: Floats, rates: Floats, margins: Floats, allowed: NDArray[np.bool_], units: NDArray[np.intp]
) -> Floats:
    """Worth of the last unit in the middle of the first hour: a band stands for the whole of it."""
    values = solve_stock_value(exposure, rates, margins, allowed, int(units.max()))
    each = np.arange(len(units))
    start, end = (values[each, hour, units] - values[each, hour, units - 1] for hour in (0, 1))
    return np.asarray(0.5 * (start + end))


def _offer_always(shares: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """The fluid plan may sell nothing for a while when stock is short; a storefront shows its highest band then."""
    highest = np.where(allowed[..., 2], 2, 1)
    idle = 1.0 - shares.sum(axis=-1)
    return np.asarray(shares + idle[..., None] * np.eye(3)[highest])
