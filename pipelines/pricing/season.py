"""The season: how a drop's demand spreads over its hours, mean 1.

The default is an opening burst over a daily cycle. What past drops teach about it is shrunk to the default.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# What a drop's own shape may add to the logarithm of the assumed one: its opening, and a daily wave.
SEASON_COMPONENTS = 4
_OPENING_FADE_HOURS = 6.0

# The opening sells this much more than the same hour would later, and fades with this half-life.
OPENING_BURST = 2.0
BURST_HALF_LIFE_HOURS = 4.0
# The hour of the day (local) around which a day peaks, and how deep its night is (0 flat, 1 to nothing).
PEAK_HOUR = 20.0
DAY_DEPTH = 0.6


def default_season(
    start_hour: int,
    hours_count: int,
    burst: float = OPENING_BURST,
    peak_shift: float = 0.0,
    day_depth: float = DAY_DEPTH,
) -> Floats:
    """The default shape, (hours_count,), of a drop that starts at a local hour of the day; its mean is 1."""
    hours = np.arange(hours_count) + 0.5
    opening = 1.0 + burst * 0.5 ** (hours / BURST_HALF_LIFE_HOURS)
    angle = 2 * np.pi * (start_hour + hours - PEAK_HOUR - peak_shift) / 24
    shape = opening * (1.0 + day_depth * np.cos(angle))
    return np.asarray(shape / shape.mean())


def season_rows(start_hour: int, hours_count: int) -> Floats:
    """(hours_count, J) basis of what a drop may add to the logarithm of its assumed season.

    The opening (fading over hours), the daily wave (cosine and sine of the local hour) and its first overtone's
    cosine. Each has mean 0 over the drop, so that none of them is a level.
    """
    hours = np.arange(hours_count) + 0.5
    angle = 2 * np.pi * (start_hour + hours) / 24
    rows = np.stack([np.exp(-hours / _OPENING_FADE_HOURS), np.cos(angle), np.sin(angle), np.cos(2 * angle)], axis=1)
    return np.asarray(rows - rows.mean(axis=0))
