"""The finite-horizon problem of a few units: what one more unit is worth, hour by hour and unit by unit.

With sales rates lambda_cb(t) per hour and margins m_cb, the expected margin V(t, i) of i units obeys

    -dV/dt = sum_c max_b lambda_cb(t) (m_cb - [V(t, i) - V(t, i - 1)]),    V(T, .) = V(., 0) = 0

(Gallego & van Ryzin 1994). It is stepped backwards with steps short enough that a sale within one is rare; the worth of
a unit, D(t, i) = V(t, i) - V(t, i - 1), is all that a decision needs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Expected sales within one step. Up to 1 a step of Heun's method keeps the worth of a unit falling with stock; at 0.75
# the value of the last unit errs by less than 1 % when demand is many times the stock, and by 0.02 % when it is not.
_SALES_PER_STEP = 0.75


def solve_stock_value(
    exposure: Floats, rates: Floats, margins: Floats, allowed: NDArray[np.bool_], most_units: int
) -> Floats:
    """Worth of having i units at the start of each hour, for a batch of SKUs.

    Args:
        exposure: (..., T, C) expected units at rate 1 in each hour and channel.
        rates: (..., C, 3) multiple of the exposure under each band.
        margins: (..., C, 3) margin of a unit above its salvage.
        allowed: (..., C, 3) bands that may be shown; the middle one always may.
        most_units: Largest stock looked at, I.

    Returns:
        V, (..., T + 1, I + 1).
    """
    hours = exposure.shape[-2]
    values = np.zeros((*exposure.shape[:-2], hours + 1, most_units + 1))
    # A forbidden band repeats the list price, which never is, so that the steps need no mask.
    rates = np.where(allowed, rates, rates[..., 1:2])
    margins = np.where(allowed, margins, margins[..., 1:2])
    peak = (exposure * rates.max(axis=-1)[..., None, :]).sum(axis=-1)
    for hour in range(hours - 1, -1, -1):
        fastest = float(peak[..., hour].max(initial=0.0))
        steps = max(1, int(np.ceil(fastest / _SALES_PER_STEP)))
        slopes = exposure[..., hour, :, None] * rates / steps
        value = values[..., hour + 1, :]
        for _ in range(steps):
            value = _step_back(value, slopes, slopes * margins)
        values[..., hour, :] = value
    return values


def choose_by_worth(
    rates: Floats, margins: Floats, allowed: NDArray[np.bool_], worth: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """The band of each channel that gains most when a unit is worth that much later.

    Args:
        rates: (..., C, 3).
        margins: (..., C, 3).
        allowed: (..., C, 3) bands that may be shown.
        worth: (...) of one unit.

    Returns:
        (..., C) band and (..., C, 3) gain of each band, minus infinity where it is not allowed.
    """
    gains = np.where(allowed, rates * (margins - worth[..., None, None]), -np.inf)
    return np.argmax(gains, axis=-1), gains


def _step_back(value: Floats, slopes: Floats, gains_at_zero: Floats) -> Floats:
    """One Heun step for all stocks at once; the smallest stock is 0 and stays worthless."""
    first = _gain_by_stock(value, slopes, gains_at_zero)
    guess = value.copy()
    guess[..., 1:] += first
    first += _gain_by_stock(guess, slopes, gains_at_zero)
    stepped = value.copy()
    stepped[..., 1:] += 0.5 * first
    return stepped


def _gain_by_stock(value: Floats, slopes: Floats, gains_at_zero: Floats) -> Floats:
    """(..., I) what one step earns over the worth of what it sells: each band's gain is a line in that worth."""
    worth = np.diff(value, axis=-1)[..., None, None, :]
    gains = gains_at_zero[..., None] - slopes[..., None] * worth
    best = np.maximum(np.maximum(gains[..., 0, :], gains[..., 1, :]), gains[..., 2, :])
    return np.asarray(best.sum(axis=-2))
