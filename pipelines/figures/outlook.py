"""When a stock will be sold out, from what sold of late."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import betaprime


@dataclass(frozen=True)
class SellOut:
    """A forecast of selling out, in hours from now.

    Attributes:
        hours: The median.
        low_hours: One case in ten is sooner.
        high_hours: One case in ten is later.
        chance: The probability that it happens before the drop ends, 0 to 1.
    """

    hours: float
    low_hours: float
    high_hours: float
    chance: float


def forecast_sell_out(units_left: int, units_sold: int, hours_watched: float, hours_to_go: float) -> SellOut | None:
    """When the last unit goes if units go on selling as they did in the hours watched; None when nothing sold in them.

    Sales are taken as a Poisson process of unknown rate r. With Jeffreys' prior k sales in w hours leave
    r ~ Gamma(k + 1/2, w), and the time until L more units is T | r ~ Gamma(L, r), so that
    T / w ~ BetaPrime(L, k + 1/2). Demand that comes in bursts spreads wider than this says, and a price that moves
    changes the rate: it is a look ahead, not a promise.

    Args:
        units_left: Units that are left now, L; nought is sold out now.
        units_sold: Units sold in the hours watched, k.
        hours_watched: w; best a whole day, so that nights and evenings are in it as often as ahead.
        hours_to_go: Hours until the drop ends.

    Example:
        >>> forecast = forecast_sell_out(24, 24, 24, 48)
        >>> round(forecast.hours, 1), round(forecast.low_hours, 1), round(forecast.high_hours, 1)
        (23.5, 16.2, 34.1)
    """
    if units_left <= 0:
        return SellOut(0.0, 0.0, 0.0, 1.0)
    if units_sold <= 0 or hours_watched <= 0:
        return None
    waiting = betaprime(units_left, units_sold + 0.5, scale=hours_watched)
    low, middle, high = (float(waiting.ppf(level)) for level in (0.1, 0.5, 0.9))
    return SellOut(middle, low, high, float(waiting.cdf(max(hours_to_go, 0.0))))
