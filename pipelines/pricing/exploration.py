"""A small floor of exploration, so that the log of decisions can teach what the plan alone would not show.

It is off when few units are left or the drop ends, where a wrong price cannot be made good.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Each percent costs a tenth of a percent of the profit, a sixth in large drops, and returns none of it within the drop:
# most of what is learned comes from the prior. What is left of it keeps every band of the log possible.
EXPLORATION_RATE = 0.005
LEAST_UNITS = 4
LAST_HOURS = 2


def explore_shares(shares: Floats, allowed: NDArray[np.bool_], rate: float) -> Floats:
    """Shares of bands given that an hour explores: even over the allowed bands within one step of the planned ones.

    Args:
        shares: (..., 3) planned.
        allowed: (..., 3).
        rate: Probability of exploring; 0 gives zeros.

    Returns:
        (..., 3) probability of exploring with each band; sums to `rate`.
    """
    planned = shares > 0
    near = planned.copy()
    near[..., :-1] |= planned[..., 1:]
    near[..., 1:] |= planned[..., :-1]
    near &= allowed
    return np.asarray(rate * near / np.maximum(near.sum(axis=-1, keepdims=True), 1))


def exploration_rate(units_left: int, hours_left: float, rate: float = EXPLORATION_RATE) -> float:
    """The probability of exploring one SKU's cells in this hour."""
    return 0.0 if units_left < LEAST_UNITS or hours_left <= LAST_HOURS else rate
