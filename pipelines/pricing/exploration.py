"""A little exploration, so that the log of decisions can teach what the plan alone would not show.

Every band within one step of the planned one that the floor allows keeps a chance; the more it costs, the less:

    chance of b = rate / (bands in reach) / (1 + loss of b / tolerable loss),

with the loss as a share of what the hour would earn at list. That is the inverse-gap weighting of Foster & Rakhlin
(2020, "Beyond UCB"), with its greedy share set by `rate` instead of a learning rate: within one drop exploration pays
nothing back, so what it may cost is bounded (by rate x tolerable loss of an hour, however dear a band is) and not
balanced. It is off when few units are left or the drop ends, where a wrong price cannot be made good.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# At most this share of cells and hours tries a band.
EXPLORATION_RATE = 0.01
# A band that costs this share of the hour's margin is tried half as often as one that costs nothing.
TOLERABLE_LOSS = 0.02
LEAST_UNITS = 4
LAST_HOURS = 2


def explore_shares(gains: Floats, at_list: Floats, rate: Floats | float) -> Floats:
    """Chance of trying each band instead of the planned one, which is the best.

    Args:
        gains: (..., 3) expected gain of the hour under each band, minus infinity where it is not allowed.
        at_list: (...) margin that the hour would earn at list.
        rate: (...) or one number: the most that exploring may happen; 0 gives zeros.

    Returns:
        (..., 3): zeros for the planned band and all that are more than a step from it.
    """
    planned = gains.argmax(axis=-1)[..., None]
    in_reach = (np.abs(np.arange(3) - planned) == 1) & np.isfinite(gains)
    loss = np.where(in_reach, gains.max(axis=-1, keepdims=True) - gains, 0.0)
    scale = TOLERABLE_LOSS * np.asarray(at_list)[..., None]
    # Where an hour earns nothing no band loses anything.
    weights = in_reach * np.divide(scale, scale + loss, out=np.ones_like(loss), where=scale > 0)
    return np.asarray(np.asarray(rate)[..., None] * weights / np.maximum(in_reach.sum(axis=-1, keepdims=True), 1))


def exploration_rate(units_left: int, hours_left: float, rate: float = EXPLORATION_RATE) -> float:
    """The probability of exploring one SKU's cells in this hour."""
    return 0.0 if units_left < LEAST_UNITS or hours_left <= LAST_HOURS else rate
