"""What the engine's hours earned against the hold-out hours, with an interval. A measurement, not an expectation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy import stats

from pipelines.figures.intervals import FEWEST_CASES, LEVEL, Interval


@dataclass(frozen=True)
class Uplift:
    """Gross sales an hour: engine's hours against hold-out hours of the same drop.

    Attributes:
        engine_hours: Hours in which the engine chose.
        holdout_hours: Hours drawn before the drop, in which list price stood.
        engine_mean: Mean gross sales of an engine's hour.
        holdout_mean: Mean gross sales of a hold-out hour.
        difference: The first mean less the second, with Welch's 95 % interval; None with too few hours.
        interval: Its bounds.
    """

    engine_hours: int
    holdout_hours: int
    engine_mean: float | None
    holdout_mean: float | None
    difference: float | None
    interval: Interval | None


def measure_uplift(hours: pl.DataFrame) -> Uplift:
    """The difference of means, by Welch's t (B. L. Welch, Biometrika 34 (1947), 28–35).

    Hours are not alike (bursts, evenings), which widens the interval; it does not bias it, as the hold-out hours were
    drawn by chance. Fewer than 20 hours of either kind say nothing.

    Args:
        hours: `is_holdout, gross_sales_amount`, one row an hour in which a price was decided.
    """
    amounts = hours.with_columns(pl.col("gross_sales_amount").cast(pl.Float64))
    engine, holdout = (
        amounts.filter(pl.col("is_holdout") == flag)["gross_sales_amount"].to_numpy() for flag in (False, True)
    )
    engine_mean, holdout_mean = (float(group.mean()) if len(group) else None for group in (engine, holdout))
    measured = Uplift(len(engine), len(holdout), engine_mean, holdout_mean, None, None)
    if min(len(engine), len(holdout)) < FEWEST_CASES:
        return measured
    errors = [float(np.var(group, ddof=1)) / len(group) for group in (engine, holdout)]
    difference, variance = float(engine.mean() - holdout.mean()), sum(errors)
    if variance == 0:
        return replace(measured, difference=difference, interval=Interval(difference, difference))
    freedom = variance**2 / sum(e**2 / (len(g) - 1) for e, g in zip(errors, (engine, holdout), strict=True))
    margin = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * variance**0.5
    return replace(measured, difference=difference, interval=Interval(difference - margin, difference + margin))
