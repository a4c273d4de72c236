"""What shoppers would do: the true demand of a drop, which no part of the product may read.

Shoppers who want SKU k in channel c at price p arrive as a Poisson process; the units they want have the mean per hour
λ_kc(t, p) = F_kc · S_c(t) · (p / list_k)^(−ε_kc), where F_kc is the mean per hour at list, S_c the season (mean 1 over
the drop) and ε_kc the elasticity (PRICING sections 1 and 5). Stock, prices charged and people are not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from pipelines.simulate.catalogue import CHANNEL_FEES, DROP_HOURS, SHOP_TIMEZONE, Drop

CHANNELS: tuple[str, ...] = tuple(CHANNEL_FEES)

_ELASTICITY = {"web": 2.0, "mobile": 2.5, "marketplace": 3.2, "popup": 1.3}
_CHANNEL_SHARE = {"web": 0.38, "mobile": 0.32, "marketplace": 0.18, "popup": 0.12}

# Visitors are drawn for a price this far below list and thinned from there; nobody more comes for an even lower one.
_DEEPEST_PRICE = 0.8
# Elasticities of one shop stay in this range: below it a price would not matter, above it one band would sell nothing.
_ELASTICITY_RANGE = (0.6, 5.5)

_SECOND_UNIT_RATE = 0.12
# Two visitors who follow each other in a channel are one visitor with two wants this often: that keeps the means exact.
_MERGED_RATE = 0.22

# Share of a day's online demand by local hour: a lunch hill, and the evening after 18:00.
_ONLINE_DAY = np.array(
    [
        *(0.30, 0.16, 0.10, 0.08, 0.10, 0.20, 0.45, 0.70, 0.85, 0.95, 1.00, 1.05),
        *(1.20, 1.10, 0.95, 0.95, 1.05, 1.25, 1.55, 1.85, 2.00, 1.75, 1.20, 0.65),
    ]
)
# The stall stands from 10:00 to 19:00.
_STALL_DAY = np.array([*[0.0] * 10, 0.7, 0.9, 1.1, 1.0, 0.9, 1.0, 1.3, 1.4, 1.1, *[0.0] * 5])


@dataclass(frozen=True)
class DemandTruth:
    """The true demand of one drop.

    Attributes:
        hourly_units: F_kc, shape (SKUs, channels): mean units an hour at list price.
        elasticity: ε_kc, shape (SKUs, channels), positive.
        season: S_c(t), shape (channels, 72), each row with mean 1.
    """

    hourly_units: NDArray[np.float64]
    elasticity: NDArray[np.float64]
    season: NDArray[np.float64]

    def expected_units(self, sku: int, channel: int, hour: int, price_ratio: float) -> float:
        """Mean units wanted in `hour` at `price_ratio` = price ÷ list price, were stock unlimited."""
        at_deepest = self._deepest_rate(sku, channel, hour)
        return at_deepest * self.acceptance(sku, channel, price_ratio)

    def acceptance(self, sku: int, channel: int, price_ratio: float) -> float:
        """Probability that a visitor drawn for the deepest price still buys at `price_ratio` = price ÷ list price."""
        return float(min(1.0, (price_ratio / _DEEPEST_PRICE) ** -self.elasticity[sku, channel]))

    def _deepest_rate(self, sku: int, channel: int, hour: int) -> float:
        deepest = _DEEPEST_PRICE ** -self.elasticity[sku, channel]
        return float(self.hourly_units[sku, channel] * self.season[channel, hour] * deepest)


@dataclass(frozen=True)
class Want:
    """A SKU that a visitor came for; they buy when `mark` lies below the acceptance of the price they see."""

    sku: str
    quantity: int
    mark: float


@dataclass(frozen=True)
class Visit:
    """One visitor of a drop in one channel, `seconds` after the hour began; the first want is what brought them."""

    seconds: int
    channel: str
    wants: tuple[Want, ...]
    visitor: int


def season_of(drop: Drop, *, burst: float, burst_hours: float) -> NDArray[np.float64]:
    """The season shape, shape (channels, 72): an opening burst on top of each channel's day, each row with mean 1."""
    starts = [drop.starts_at + timedelta(hours=hour) for hour in range(DROP_HOURS)]
    local_hours = [start.astimezone(SHOP_TIMEZONE).hour for start in starts]
    opening = 1.0 + burst * np.exp(-np.arange(DROP_HOURS) / burst_hours)
    online, stall = _ONLINE_DAY[local_hours] * opening, _STALL_DAY[local_hours]
    rows = np.array([stall if channel == "popup" else online for channel in CHANNELS])
    return np.asarray(rows / rows.mean(axis=1, keepdims=True), dtype=np.float64)


def draw_truth(drop: Drop, rng: np.random.Generator) -> DemandTruth:
    """The true demand of `drop`: its forecast missed by chance, elasticities around those of PRICING section 5."""
    shape = (len(drop.skus), len(CHANNELS))
    forecast = np.array([[sku.forecast_units * _CHANNEL_SHARE[channel] for channel in CHANNELS] for sku in drop.skus])
    # Half the forecast error of the backtest families (sd .46): some of the demo's stock must sell out, some not.
    levels = rng.normal(0.0, 0.12) + rng.normal(0.0, 0.12, (shape[0], 1)) + rng.normal(0.0, 0.15, shape)
    elasticity = (
        np.array([_ELASTICITY[channel] for channel in CHANNELS])
        + rng.normal(0.0, 0.45)
        + rng.normal(0.0, 0.30, shape[1])
        + rng.normal(0.0, 0.30, (shape[0], 1))
        + rng.normal(0.0, 0.25, shape)
    )
    return DemandTruth(
        hourly_units=forecast * np.exp(levels) / DROP_HOURS,
        elasticity=np.clip(elasticity, *_ELASTICITY_RANGE),
        season=season_of(drop, burst=rng.uniform(2.5, 4.0), burst_hours=rng.uniform(3.0, 5.0)),
    )


def draw_visits(truth: DemandTruth, drop: Drop, hour: int, rng: np.random.Generator) -> list[Visit]:
    """Everyone who would buy something in `hour` at the deepest price, by their second of arrival.

    Prices play no part in the draw, so two price paths meet the same visitors.
    """
    arrivals: list[tuple[int, str, Want]] = []
    for k, planned in enumerate(drop.skus):
        for c, channel in enumerate(CHANNELS):
            rate = truth.expected_units(k, c, hour, _DEEPEST_PRICE) / (1.0 + _SECOND_UNIT_RATE)
            arrivals += [
                (int(rng.integers(3600)), channel, _draw_want(planned.sku, rng)) for _ in range(rng.poisson(rate))
            ]
    visits: list[Visit] = []
    for seconds, channel, want in sorted(arrivals, key=lambda arrival: arrival[:2]):
        last = visits[-1] if visits else None
        is_merged = bool(rng.random() < _MERGED_RATE)
        if is_merged and last and last.channel == channel and want.sku not in {other.sku for other in last.wants}:
            visits[-1] = replace(last, wants=(*last.wants, want))
        else:
            visits.append(Visit(seconds, channel, (want,), visitor=len(visits)))
    return visits


def buys(truth: DemandTruth, drop: Drop, channel: str, want: Want, price: Decimal) -> bool:
    """Whether a visitor takes what they came for at `price`."""
    index = next(k for k, planned in enumerate(drop.skus) if planned.sku == want.sku)
    ratio = float(price / drop.skus[index].list_price)
    return want.mark < truth.acceptance(index, CHANNELS.index(channel), ratio)


def everyday_rate(local_hour: int, weekday: int, progress: float) -> float:
    """Mean everyday orders of new and known visitors in one hour, growing towards Christmas (`progress` 0 to 1)."""
    orders_a_day = 26.0 * (1.0 + 0.5 * progress)
    # Saturday and Sunday bring a fifth more than a working day.
    weekend = 1.2 if weekday in {5, 6} else 0.94
    return float(orders_a_day * weekend * _ONLINE_DAY[local_hour] / _ONLINE_DAY.sum())


def _draw_want(sku: str, rng: np.random.Generator) -> Want:
    quantity = 2 if rng.random() < _SECOND_UNIT_RATE else 1
    return Want(sku=sku, quantity=quantity, mark=float(rng.random()))
