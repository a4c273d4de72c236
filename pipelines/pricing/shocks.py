"""When demand jumps: hours that the belief did not expect make room in it, before they are learned from.

The surprise z of an hour is (sold - expected) / sd, of the whole drop and of each channel. A level may have moved by
`shock_sd` when one hour's |z| is above `surprise`, or when the running sum S' = memory S + z, over its sd
1 / sqrt(1 - memory^2), is above `lasting_surprise` (a two-sided CUSUM with geometric memory, Roberts 1959): a small
channel is never surprising in one hour. A sum that has spoken starts anew.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.demand_model import Dynamics, Layout

Floats = NDArray[np.float64]

# Below one expected unit a single sale would already look like a shock; a run of hours bears fewer.
_LEAST_UNITS_OF_AN_HOUR = 1.0
_LEAST_UNITS_OF_A_RUN = 0.3


@lru_cache(maxsize=64)
def level_groups(layout: Layout) -> tuple[NDArray[np.intp], Floats]:
    """The levels that may jump, of the drop and of each channel: their places, and (1 + C, N) 1 where a cell has it."""
    cells = np.arange(layout.cells_count)
    groups = np.zeros((layout.channels_count + 1, layout.cells_count))
    groups[0] = 1.0
    groups[1 + cells % layout.channels_count, cells] = 1.0
    groups.flags.writeable = False
    channels = layout.level_by_channel
    return np.array([layout.level, *range(channels.start, channels.stop)]), groups


def surprise_of(groups: Floats, expected: Floats, sold: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Units expected of each group of cells, and how many standard deviations its sales lie from them, each (G,).

    Args:
        groups: (G, N) 1 where a cell belongs to the group.
        expected: (N,) units expected.
        sold: (N,) units sold.
        spread: (N, N) covariance of the logarithms of `expected`.
    """
    weights = groups * expected
    units = groups @ expected
    variance = np.vecdot(weights @ spread, weights) + units
    return units, (groups @ sold - units) / np.sqrt(np.maximum(variance, 1e-12))


def find_shocks(units: Floats, surprise: Floats, running: Floats, dynamics: Dynamics) -> NDArray[np.bool_]:
    """Which groups' levels may have jumped, (G,); `running`, their sums of surprises, goes on in place."""
    running *= dynamics.surprise_memory
    running += surprise * (units >= _LEAST_UNITS_OF_A_RUN)
    is_sudden = (np.abs(surprise) > dynamics.surprise) & (units >= _LEAST_UNITS_OF_AN_HOUR)
    is_lasting = np.abs(running) > dynamics.lasting_surprise / (1.0 - dynamics.surprise_memory**2) ** 0.5
    is_shock = is_sudden | is_lasting
    running[is_shock] = 0.0
    return np.asarray(is_shock)
