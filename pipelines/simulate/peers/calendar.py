"""Policies that look at nothing but the clock: the list price, and a linear markdown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.contest import Brief, Floats, Ints, Seen
from pipelines.simulate.demand_world import HOURS


@dataclass(frozen=True)
class CalendarContender:
    """Shows `bands` one after the other, each for the same part of the drop; a forbidden band gives way to list."""

    name: str
    bands: tuple[int, ...]

    def start(self, brief: Brief) -> None:
        """Nothing to know."""
        del brief

    def shares(self, brief: Brief, state: None, hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """The band of the hour."""
        del state, stock, rng
        band = self.bands[hour * len(self.bands) // HOURS]
        shown = np.where(brief.allowed[..., band], band, 1)
        return np.asarray(np.eye(3)[shown])

    def learn(self, brief: Brief, state: None, seen: Seen) -> None:
        """Nothing to learn."""
        del brief, state, seen


FIXED_LIST = CalendarContender("fixed_list", (1,))
LINEAR_MARKDOWN = CalendarContender("linear_markdown", (2, 1, 0))
