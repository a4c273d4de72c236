"""What a plan would mean before it starts.

Floors, hold-out hours, the lawful prior price after the taper, and the smallest uplift that the hold-out could show.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from pipelines.pricing.guardrails import PlanRefusedError, drop_hours, floor_amount, holdout_hours, is_tapering
from pipelines.pricing.problem import BANDS, Band, ChannelPlan, DropProblem, SkuState
from pipelines.pricing.season import default_season

# A "was" price may not be above the lowest price of so many days (directive (EU) 2019/2161, article 2).
PRIOR_PRICE_DAYS = 30
# Quantiles of the standard normal: 97.5 % (a two-sided test at 5 %) and 80 % (its power).
_Z_TEST, _Z_POWER = 1.959964, 0.841621


@dataclass(frozen=True)
class CellReview:
    """One SKU in one channel.

    Attributes:
        sku: The SKU.
        channel: The channel.
        floor: The lowest price, tax included, that keeps the least margin; None: no price does.
        allowed: Bands at or above it.
        kept_at_list: Money kept of a unit at list after tax, fee and cost.
    """

    sku: str
    channel: str
    floor: Decimal | None
    allowed: tuple[Band, ...]
    kept_at_list: Decimal


@dataclass(frozen=True)
class PlanReview:
    """A whole plan.

    Attributes:
        cells: In order of (sku, channel).
        hours_count: Full hours that overlap the window.
        taper_from: The first hour in which a price may no longer rise; None: no taper.
        holdout: The hours that sell at list, in order.
        lowest_by_sku: The lowest price that the drop may show, by SKU; SKUs without an allowed band are not in it.
        prior_price_until: Until when that price bounds a "was" price, if it is shown in the last hour.
    """

    cells: tuple[CellReview, ...]
    hours_count: int
    taper_from: datetime | None
    holdout: tuple[datetime, ...]
    lowest_by_sku: dict[str, Decimal]
    prior_price_until: datetime

    @property
    def below_floor(self) -> tuple[CellReview, ...]:
        """Cells whose list price is below the floor: the engine refuses such a plan."""
        return tuple(cell for cell in self.cells if "mid" not in cell.allowed)


def review_plan(problem: DropProblem) -> PlanReview:
    """What follows from a plan alone; of `problem` only what its plan says is read."""
    cells = tuple(
        _review_cell(sku, channel, problem.tax_rate) for sku in problem.skus for channel in problem.channels
    )  # fmt: skip
    hours = drop_hours(problem)
    prices = {sku.sku: sku for sku in problem.skus}
    lowest: dict[str, Decimal] = {}
    for cell in cells:
        for band in cell.allowed:
            price = prices[cell.sku].price_of(band)
            lowest[cell.sku] = min(price, lowest.get(cell.sku, price))
    return PlanReview(
        cells=cells,
        hours_count=len(hours),
        taper_from=next((hour for hour in hours if is_tapering(problem, hour)), None),
        holdout=tuple(sorted(holdout_hours(problem))),
        lowest_by_sku=lowest,
        prior_price_until=problem.ends_at + timedelta(days=PRIOR_PRICE_DAYS),
    )


def smallest_uplift(problem: DropProblem, orders_an_hour: float, value_variation: float = 0.0) -> float | None:
    """The smallest true uplift of gross sales, as a share, that hold-out hours find with 80 % power at 5 %.

    Hours of a compound Poisson with r orders of an amount with coefficient of variation v have the variance
    (1 + v^2) / r, as a share of the squared mean; the season spreads them further. With H hours held out and E others
    the difference of means has the standard error sqrt((1 / H + 1 / E) variance), and 1.96 + 0.84 of it is found.

    Args:
        problem: The plan.
        orders_an_hour: What the shop expects, at list.
        value_variation: Standard deviation of an order's amount over its mean.

    Returns:
        The share, or None when no hour is held out, all are, or nothing sells.
    """
    hours = drop_hours(problem)
    held = holdout_hours(problem)
    others = len(hours) - len(held)
    if not held or others == 0 or orders_an_hour <= 0:
        return None
    season = default_season(problem.start_hour, len(hours))
    variance = (1.0 + value_variation**2) / orders_an_hour + float(np.var(season))
    return (_Z_TEST + _Z_POWER) * float(np.sqrt((1.0 / len(held) + 1.0 / others) * variance))


def _review_cell(sku: SkuState, channel: ChannelPlan, tax_rate: Decimal) -> CellReview:
    net = sku.mid_price / (1 + tax_rate)
    kept = net * (1 - channel.fee_rate) - sku.unit_cost
    try:
        floor = floor_amount(sku, channel, tax_rate)
    except PlanRefusedError:
        return CellReview(sku.sku, channel.channel, None, (), kept)
    allowed = tuple(band for band in BANDS if sku.price_of(band) >= floor)
    return CellReview(sku.sku, channel.channel, floor, allowed, kept)
