"""What a figure is: tidy data with its labels and units. Drawing is done elsewhere, by Plotly and by matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipelines.figures.theme import Role

Mark = Literal["step", "line", "bar", "points", "diamonds", "band"]
Unit = Literal["money", "count", "rate", "hours", "degrees"]


@dataclass(frozen=True)
class Series:
    """How the rows of one `series` value are drawn."""

    name: str
    mark: Mark
    role: Role


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        title: What it shows.
        data: One row a mark: `panel`, `series`, `x`, `y`; null `y` is a gap. Points may carry `size` and `label`, a
            band its `low` and `high`.
        series: The series, in drawing order.
        panels: Panel to its title, in order; small multiples share both axes' meaning.
        x_label: The horizontal axis with its unit.
        y_label: The vertical axis with its unit.
        y_unit: How y is written.
        currency_code: The currency of a money axis.
        note: What the reader must know about these very data; empty when nothing.
        y_per_x: Length of a unit of y by one of x, for maps; None: free.
        is_y_shared: Whether all panels have one vertical span, so that they compare at a glance.
        description: The figure in a sentence, for those who cannot see it.
    """

    title: str
    data: pl.DataFrame
    series: tuple[Series, ...]
    panels: dict[str, str]
    x_label: str
    y_label: str
    y_unit: Unit
    description: str
    currency_code: str | None = None
    note: str = ""
    y_per_x: float | None = None
    is_y_shared: bool = False

    @property
    def drawn_series(self) -> tuple[Series, ...]:
        """The series that have anything to draw."""
        present = set(self.data["series"])
        return tuple(series for series in self.series if series.name in present)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self.data["y"].is_null().all()
