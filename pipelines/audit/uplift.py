"""What the engine's hours brought against the hold-out hours, with an exact interval: measured, not expected.

The hold-out hours are drawn by chance among a drop's hours before the taper, so the draw itself is the experiment (a
switchback by hours) and its interval comes from nothing else: no normal law, no independence of hours is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.figures.intervals import FEWEST_CASES, LEVEL, Interval

Array = NDArray[np.float64]

# An hour after a hold-out hour still bears its price: prices move one band an hour at most. It is in neither mean.
GAP_HOURS = 1
# With 4,999 draws the p-value at the interval's ends is 0.05 within 0.006 (two standard errors).
DRAWS = 4_999
# A difference so many standard deviations of the draw from nought is found in four of five drops, at 5 %.
_FOUND_IN_FOUR_OF_FIVE = 1.96 + 0.84


@dataclass(frozen=True)
class Uplift:
    """An amount an hour: engine's hours less hold-out hours of the same drops.

    Attributes:
        drops_count: Drops with hours of both kinds.
        engine_hours: Hours of these drops (of all, if there is none) that the engine priced, without those just after a
            hold-out hour.
        holdout_hours: Hours drawn before the drop, in which list price stood.
        gap_hours: Hours just after a hold-out hour, in neither mean.
        engine_mean: Mean amount of an engine's hour; as all that follows, each drop weighs as its hold-out hours.
        holdout_mean: Mean amount of a hold-out hour.
        difference: The first mean less the second; None with fewer than 20 hours of either kind.
        interval: Its 95 % interval, by inverting the randomisation test; None with the difference.
        smallest_visible: The difference that so many hours would show in four cases of five; None without both kinds.
    """

    drops_count: int
    engine_hours: int
    holdout_hours: int
    gap_hours: int
    engine_mean: float | None
    holdout_mean: float | None
    difference: float | None
    interval: Interval | None
    smallest_visible: float | None


def measure_uplift(hours: pl.DataFrame, amount: str, rng: np.random.Generator) -> Uplift:
    """The difference of means, with the interval of Fisher's randomisation test turned round.

    If the engine adds τ to every hour, the amounts at list are known, and with them the statistic of every set of
    hold-out hours that might have been drawn; the interval holds each τ that the set really drawn does not refute.
    Drops are strata: each keeps its number of hold-out hours. R. A. Fisher, The Design of Experiments (1935); on
    switchbacks and their carry-over I. Bojinov, D. Simchi-Levi and J. Zhao, Management Science 69 (2023), 3759–3777.

    Args:
        hours: `drop_id, hours_since_start, is_holdout` and the amount, one row an hour that might have been either.
        amount: The column to compare.
        rng: Draws the sets.
    """
    weights, labels, amounts, kinds = [], [], [], []
    drops = 0
    total = int(hours["is_holdout"].sum() or 0)
    for stratum in hours.sort("drop_id", "hours_since_start").partition_by("drop_id", maintain_order=True):
        held = stratum["is_holdout"].to_numpy()
        if held.all() or not held.any():
            total -= int(held.sum())
            continue
        drops += 1
        times = stratum["hours_since_start"].to_numpy()
        drawn = np.vstack([held, _draw_labels(held, rng)])
        weights.append(_weights(drawn, times))
        kinds.append(_after_holdout(held[None, :], times)[0])
        labels.append(held)
        amounts.append(stratum[amount].cast(pl.Float64).to_numpy())
    if not drops:
        holdout_hours = int(hours["is_holdout"].sum() or 0)
        return Uplift(0, hours.height - holdout_hours, holdout_hours, 0, None, None, None, None, None)
    held, after, outcome = np.concatenate(labels), np.concatenate(kinds), np.concatenate(amounts)
    # The share of a drop, for each of its hours.
    share = np.concatenate([np.full(len(label), label.sum() / total) for label in labels])
    weight = np.hstack(weights) * share
    # Each set's statistic for the amounts as they are, and for one more in each hold-out hour; the first set is real.
    observed, shifted = weight @ outcome, weight @ held.astype(np.float64)
    engine_hours, gap_hours = int((~held & ~after).sum()), int(after.sum())
    spread = float(np.std(observed[1:]))
    # Each drop's mean, weighted by its hold-out hours, is the mean of all hold-out hours.
    holdout_mean = float(outcome[held].mean())
    engine_mean = float(observed[0]) + holdout_mean
    enough = min(engine_hours, total) >= FEWEST_CASES
    return Uplift(
        drops_count=drops,
        engine_hours=engine_hours,
        holdout_hours=total,
        gap_hours=gap_hours,
        engine_mean=engine_mean,
        holdout_mean=holdout_mean,
        difference=float(observed[0]) if enough else None,
        interval=_invert(observed, shifted, spread) if enough else None,
        smallest_visible=_FOUND_IN_FOUR_OF_FIVE * spread if spread > 0 else None,
    )


def _draw_labels(held: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """`DRAWS` sets of as many hold-out hours, each set as likely as any other."""
    shuffled = rng.random((DRAWS, len(held))).argsort(axis=1)
    return np.less(shuffled, int(held.sum()))


def _after_holdout(labels: NDArray[np.bool_], times: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which engine's hours begin within the gap after a hold-out hour."""
    after = np.zeros_like(labels)
    for back in range(1, GAP_HOURS + 1):
        follows = times[back:] - times[:-back] <= GAP_HOURS
        after[:, back:] |= labels[:, :-back] & follows
    return np.logical_and(after, ~labels)


def _weights(labels: NDArray[np.bool_], times: NDArray[np.int64]) -> Array:
    """Each hour's weight in "mean of the engine less mean of the hold-out", one row a set of labels."""
    engine = ~labels & ~_after_holdout(labels, times)
    of_engine: Array = engine / np.maximum(engine.sum(axis=1, keepdims=True), 1)
    of_holdout: Array = labels / labels.sum(axis=1, keepdims=True)
    return of_engine - of_holdout


def _invert(observed: Array, shifted: Array, spread: float) -> Interval:
    """The bounds of the τ that a two-sided test at 5 % does not refute."""
    centre = float(observed[0])

    def is_kept(tau: float) -> bool:
        statistic = np.abs(observed + tau * shifted)
        # The set really drawn is one of those that might have been; equal amounts must compare as equal.
        return bool(np.mean(statistic >= statistic[0] - 1e-9 * (1 + statistic[0])) > 1 - LEVEL)

    def bound(direction: float) -> float:
        step = max(spread, 1e-6 * (1 + abs(centre)))
        while is_kept(centre + direction * step):
            step *= 2
        inside, outside = 0.0, step
        for _ in range(50):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if is_kept(centre + direction * middle) else (inside, middle)
        return centre + direction * outside

    return Interval(bound(-1.0), bound(1.0))
