"""What pricing brought against list price, measured on the hours that a lottery kept at list."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any

from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES, Estimate, difference_of

_NORMAL_QUANTILE = 1.959963984540054


def mean_of_cells(row: Mapping[str, Any]) -> Estimate | None:
    """The mean sales of a cell with the normal interval of a mean; None below twenty cells.

    Args:
        row: `cells_count, mean_amount, deviation_amount` of one group of cells.
    """
    cells = int(row["cells_count"])
    if cells < FEWEST_CASES:
        return None
    width = _NORMAL_QUANTILE * float(row["deviation_amount"] or 0.0) / sqrt(cells)
    mean = float(row["mean_amount"])
    return Estimate(mean, mean - width, mean + width)


def describe_lots(by_lot: Mapping[bool, Mapping[str, Any]], currency_code: str | None) -> str:
    """One sentence: what the engine's hours sold above those at list, per cell of one item, channel and hour.

    Args:
        by_lot: Whether the lottery kept the cells at list, to their group.
        currency_code: The drop's currency.
    """
    cells = {
        is_holdout: int(by_lot[is_holdout]["cells_count"]) if is_holdout in by_lot else 0
        for is_holdout in (False, True)
    }
    drawn = f"{words.count(cells[True], 'cell', 'cells')} at list by lot, {cells[False]:,} priced by the engine"
    means = [mean_of_cells(by_lot[kind]) if kind in by_lot else None for kind in (False, True)]
    if means[0] is None or means[1] is None:
        return f"Too few to say what pricing brought: {drawn}; it takes {FEWEST_CASES} of each."
    gap = difference_of(means[0], means[1])
    low, high = (words.money(round(value or 0.0, 2), currency_code) for value in (gap.low, gap.high))
    shown = words.money(round(gap.value, 2), currency_code)
    is_clear = (gap.low or 0.0) > 0 or (gap.high or 0.0) < 0
    verdict = "" if is_clear else " The interval holds nought: no clear difference."
    return f"Measured: {shown} a cell against list price (95% interval {low} to {high}); {drawn}.{verdict}"
