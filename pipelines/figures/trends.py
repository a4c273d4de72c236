"""How each metric came to its value: the short series that a tile draws as a sparkline."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.figures.survival import kaplan_meier

_HALF = 0.5
# A line through two points or three is a slope, not a trend.
_FEWEST_POINTS = 4
# A block with fewer shipments says nothing that an eye should follow.
_FEWEST_IN_BLOCK = 5


@dataclass(frozen=True)
class Trend:
    """A sparkline.

    Attributes:
        values: In order of time, evenly spaced; None is a gap.
        caption: What the points are, in a few words.
    """

    values: tuple[float | None, ...]
    caption: str

    @property
    def is_drawable(self) -> bool:
        """Whether there are points enough to see a direction."""
        return sum(value is not None for value in self.values) >= _FEWEST_POINTS


def median_hours_by_block(counts: pl.DataFrame) -> tuple[float | None, ...]:
    """Kaplan and Meier's median of each block of order times; None where half have not arrived yet.

    Args:
        counts: `block, time, left_count, event_count`, as `kaplan_meier` takes the last three.
    """
    medians = list[float | None]()
    for _, block in counts.sort("block").group_by("block", maintain_order=True):
        reached = kaplan_meier(block).filter(pl.col("share") >= _HALF)["time"]
        enough = block["left_count"].sum() >= _FEWEST_IN_BLOCK
        medians.append(float(reached[0]) if enough and len(reached) else None)
    return tuple(medians)
