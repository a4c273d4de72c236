"""Exact 95 % intervals of counted rates, and when a count is too small to say anything."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import beta, chi2

# Below twenty cases a 95 % interval of a rate is wider than 40 points: it informs nobody.
FEWEST_CASES = 20
LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A two-sided 95 % interval."""

    low: float
    high: float


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
