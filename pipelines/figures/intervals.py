"""Exact 95 % intervals of counted rates, and when a count is too small to say anything."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from scipy.stats import beta, chi2

# Below twenty cases a 95 % interval of a rate is wider than 40 points: it informs nobody.
FEWEST_CASES = 20
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A two-sided 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval; a bound is None where it is open or not known."""

    value: float
    low: float | None = None
    high: float | None = None


def difference_of(one: Estimate, other: Estimate) -> Estimate:
    """`one - other` with the interval that both intervals give by the square-and-add rule (MOVER).

    low = d - sqrt((a - a_low)^2 + (b_high - b)^2), high = d + sqrt((a_high - a)^2 + (b - b_low)^2); open where one of
    the bounds is. G. Y. Zou and A. Donner, Statistics in Medicine 27 (2008), 1693-1702; for shares R. G. Newcombe,
    Statistics in Medicine 17 (1998), 873-890.

    Example:
        >>> difference = difference_of(Estimate(0.5, 0.4, 0.6), Estimate(0.3, 0.2, 0.4))
        >>> round(difference.value, 3), round(difference.low or 0, 3), round(difference.high or 0, 3)
        (0.2, 0.059, 0.341)
    """
    gap = one.value - other.value
    low = high = None
    if one.low is not None and other.high is not None:
        low = gap - hypot(one.value - one.low, other.high - other.value)
    if one.high is not None and other.low is not None:
        high = gap + hypot(one.high - one.value, other.value - other.low)
    return Estimate(gap, low, high)


def binomial_interval(successes: int, trials: int) -> Interval | None:
    """The Clopper–Pearson interval of `successes / trials`; None without trials.

    The bounds are the rates at which so few, or so many, successes have probability 2.5 %: quantiles of
    Beta(k, n − k + 1) and Beta(k + 1, n − k). C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404–413.

    Raises:
        ValueError: A count is negative, or there are more successes than trials.

    Example:
        >>> interval = binomial_interval(0, 20)
        >>> interval.low, round(interval.high, 4)
        (0.0, 0.1684)
    """
    if not 0 <= successes <= trials:
        message = f"{successes} of {trials} is no share"
        raise ValueError(message)
    if trials == 0:
        return None
    tail = (1 - LEVEL) / 2
    low = 0.0 if successes == 0 else float(beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(beta.ppf(1 - tail, successes + 1, trials - successes))
    return Interval(low, high)


def poisson_interval(events: int, exposure: int) -> Interval | None:
    """Garwood's exact interval of `events / exposure` (scans per box may exceed 1); None without exposure.

    F. Garwood, Biometrika 28 (1936), 437–442: half the chi-square quantiles with 2k and 2k + 2 degrees of freedom.

    Raises:
        ValueError: A count is negative.
    """
    if events < 0 or exposure < 0:
        message = f"{events} per {exposure}: counts are not negative"
        raise ValueError(message)
    if exposure == 0:
        return None
    tail = (1 - LEVEL) / 2
    low = 0.0 if events == 0 else float(chi2.ppf(tail, 2 * events)) / 2
    return Interval(low / exposure, float(chi2.ppf(1 - tail, 2 * events + 2)) / 2 / exposure)
