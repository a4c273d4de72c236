"""What a decision was made from, in numbers that can be put into words: the belief about one cell before its hour.

It is worked out again from the decision's own frame, as a replay does; the words are the caller's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.pricing.engine import learn_belief
from pipelines.pricing.problem import DropProblem

# Of a normal distribution, 90 % lies within this many standard deviations.
_SD_OF_90_PERCENT = 1.645


@dataclass(frozen=True)
class CellBelief:
    """What was believed of one SKU in one channel; intervals hold 90 %.

    Attributes:
        elasticity: By how many percent sales fall when the price rises by one.
        elasticity_interval: Of it.
        demand_ratio: Demand at list as a multiple of what the plan expects.
        demand_interval: Of it.
        hours_learned: Hours of the drop whose price, stock and orders are known.
        units_learned: Units sold in them.
    """

    elasticity: float
    elasticity_interval: tuple[float, float]
    demand_ratio: float
    demand_interval: tuple[float, float]
    hours_learned: int
    units_learned: int


def believe_cell(problem: DropProblem, sku: str, channel: str) -> CellBelief:
    """The belief about one cell at the problem's `as_of`.

    Raises:
        ValueError: The drop has no such cell.
    """
    cells = sorted((cell.sku, cell.channel) for cell in problem.cells)
    if (sku, channel) not in cells:
        message = f"{problem.drop_id} does not sell {sku} in {channel}"
        raise ValueError(message)
    place = cells.index((sku, channel))
    belief = learn_belief(problem).belief
    spread = []
    for rows in (belief.layout.elasticity_rows(), belief.layout.level_rows()):
        row = rows[place]
        spread.append((float(row @ belief.mean[0]), float(np.sqrt(row @ belief.covariance[0] @ row))))
    (elasticity, elasticity_sd), (level, level_sd) = spread
    history = next(cell for cell in problem.cells if (cell.sku, cell.channel) == (sku, channel))
    known = [
        units
        for units, price, rate in zip(history.shown_units, history.shown_prices, history.shown_rates, strict=True)
        if price is not None and rate
    ]
    return CellBelief(
        elasticity=elasticity,
        elasticity_interval=(
            elasticity - _SD_OF_90_PERCENT * elasticity_sd,
            elasticity + _SD_OF_90_PERCENT * elasticity_sd,
        ),
        demand_ratio=float(np.exp(level)),
        demand_interval=(
            float(np.exp(level - _SD_OF_90_PERCENT * level_sd)),
            float(np.exp(level + _SD_OF_90_PERCENT * level_sd)),
        ),
        hours_learned=len(known),
        units_learned=sum(known),
    )
