"""The seeded world in which pricing policies are compared: shops, their drops, and what buyers do under each band.

Every quantity is drawn for a batch of drops at once. Demand is paired: one crowd of buyers comes in each hour, each
with a price up to which they buy, so that a policy that shows a higher price meets a part of the buyers that a lower
price would have met, and two policies that do the same sell the same. Where the numbers come from is said beside them;
what policies do is `backtest.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.season import default_season

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOURS = 72
BAND_RATIOS = (0.88, 1.0, 1.12)
CHANNELS = ("web", "mobile", "marketplace", "popup")

# Elasticities around which shops lie, and what the channels keep of a price.
CHANNEL_ELASTICITIES = np.array([2.0, 2.5, 3.2, 1.3])
CHANNEL_FEES = np.array([0.03, 0.03, 0.12, 0.0])
# How a drop's sales spread over channels.
CHANNEL_WEIGHTS = np.array([0.40, 0.30, 0.18, 0.12])

SHOP_SD, CHANNEL_SD, SKU_SD, CELL_SD = 0.45, 0.30, 0.30, 0.25
LEVEL_SD, LEVEL_SKU_SD, LEVEL_CHANNEL_SD, LEVEL_CELL_SD = 0.30, 0.25, 0.15, 0.20
# In families with kinks. At bands 12 % around list it is as much as an elasticity that is off by .4 in each cell.
KINK_SD = 0.05
LEAST_MARGIN_RATE = 0.15
SALVAGE_RATE = 0.70
LOWEST_ELASTICITY = 0.2


@dataclass(frozen=True)
class Family:
    """A kind of drop.

    Attributes:
        name: Its name in tables.
        units: Stock of the whole drop.
        skus_count: SKUs.
        channels_count: Channels, the first ones of `CHANNELS`.
        cover: Stock / expected demand at list, drawn evenly between these.
        has_shock: Demand jumps in some hour between 18 and 42.
        is_misspecified: Prior elasticities are off, the season is not the assumed one, hours are bursty.
        kink_sd: By how much the logarithm of demand in the low and high band of each cell is off the line in log price.
    """

    name: str
    units: int
    skus_count: int
    channels_count: int
    cover: tuple[float, float]
    has_shock: bool = False
    is_misspecified: bool = False
    kink_sd: float = 0.0


_MIXED = (0.55, 1.7)
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("tiny", 40, 2, 2, _MIXED),
        Family("small", 150, 3, 3, _MIXED),
        Family("tight", 600, 3, 4, (0.55, 0.70)),
        Family("balanced", 600, 3, 4, (0.85, 1.10)),
        Family("slack", 600, 3, 4, (1.30, 1.70)),
        Family("large", 5000, 4, 4, _MIXED),
        Family("shock", 600, 3, 4, _MIXED, has_shock=True),
        Family("misspecified", 600, 3, 4, _MIXED, is_misspecified=True, kink_sd=KINK_SD),
        # The large family in a world that is harder than the one of the marks.
        Family("kinked", 5000, 4, 4, _MIXED, kink_sd=KINK_SD),
    )
}

# A shock halves or doubles demand, as often in one channel as in all.
SHOCK_FACTORS = (0.45, 2.2)
SHOCK_IN_ALL_CHANNELS = 0.5

# A prior that is off is off by this much, up or down, for the whole shop.
PRIOR_ERROR = 0.8
# Shape of the gamma that multiplies an hour of a bursty drop, shared by its cells and of each cell: sd .35 and .35.
BURST_SD = 0.35


@dataclass(frozen=True)
class Shops:
    """What stays the same from drop to drop of D shops: (D,) and (D, C) elasticities beside the fleet's."""

    elasticity: Floats
    elasticity_by_channel: Floats


@dataclass(frozen=True)
class Drops:
    """D drops of one family.

    Attributes:
        family: Their kind.
        list_prices: (D, K).
        prices: (D, K, 3).
        margins: (D, K, C, 3) money kept of a unit sold, above its salvage.
        allowed: (D, K, C, 3) whether the band keeps the least margin.
        loss_per_unit: (D, K) cost - salvage of a unit.
        stock: (D, K) units.
        forecast: (D, K, C) units an hour at list that the shop expects.
        start_hours: (D,) local hour of the day at which the drop starts.
        assumed_season: (D, T, C) the season that policies are told.
        rates: (D, T, K, C, 3) true expected units of each hour.
        demand: (D, T, K, C, 3) buyers who would buy, paired over bands.
        prior_error: (D,) by how much the prior elasticity a policy is told is wrong.
    """

    family: Family
    list_prices: Floats
    prices: Floats
    margins: Floats
    allowed: NDArray[np.bool_]
    loss_per_unit: Floats
    stock: Ints
    forecast: Floats
    start_hours: Ints
    assumed_season: Floats
    rates: Floats
    demand: Ints
    prior_error: Floats


def draw_shops(family: Family, drops_count: int, rng: np.random.Generator) -> Shops:
    """Draw what each shop's buyers are like."""
    channels = family.channels_count
    return Shops(rng.normal(0, SHOP_SD, drops_count), rng.normal(0, CHANNEL_SD, (drops_count, channels)))


def draw_drops(family: Family, shops: Shops, rng: np.random.Generator) -> Drops:
    """Draw one drop for each shop, its buyers included."""
    count, skus, channels = len(shops.elasticity), family.skus_count, family.channels_count
    cells = (count, skus, channels)
    list_prices = np.round(20 * rng.uniform(0.6, 1.6, (count, skus)), 2)
    prices = np.round(list_prices[..., None] * np.array(BAND_RATIOS), 2)
    costs = list_prices * rng.uniform(0.52, 0.66, (count, skus))
    kept = prices[:, :, None, :] * (1 - CHANNEL_FEES[:channels])[:, None]
    margins = kept - SALVAGE_RATE * costs[..., None, None]
    allowed = kept - costs[..., None, None] >= LEAST_MARGIN_RATE * prices[:, :, None, :]
    allowed[..., 1:] = True
    stock, forecast = _draw_stock(family, count, rng)
    log_ratios = np.log(prices / list_prices[..., None])[:, :, None, :]
    rates_per_forecast = np.exp(_draw_levels(cells, rng)[..., None] + _draw_responses(family, shops, log_ratios, rng))
    start_hours = rng.integers(6, 22, count)
    season, assumed = _draw_seasons(family, start_hours, rng)
    rates = forecast[:, None, ..., None] * season[:, :, None, :, None] * rates_per_forecast[:, None]
    rates = rates * _draw_shocks(family, count, rng)[:, :, None, :, None] * _draw_bursts(family, cells, rng)
    signs = rng.choice([-1.0, 1.0], count) * family.is_misspecified
    return Drops(
        family=family,
        list_prices=list_prices,
        prices=prices,
        margins=margins,
        allowed=allowed,
        loss_per_unit=(1 - SALVAGE_RATE) * costs,
        stock=stock,
        forecast=forecast,
        start_hours=start_hours,
        assumed_season=assumed,
        rates=rates,
        demand=_draw_demand(rates, rng),
        prior_error=PRIOR_ERROR * signs,
    )


def select_drops(drops: Drops, index: slice) -> Drops:
    """A part of a batch."""
    arrays = {name: value[index] for name, value in vars(drops).items() if isinstance(value, np.ndarray)}
    return Drops(family=drops.family, **arrays)


def _draw_stock(family: Family, count: int, rng: np.random.Generator) -> tuple[Ints, Floats]:
    weights = rng.dirichlet(np.full(family.skus_count, 12.0), count)
    stock = np.maximum(1, np.round(family.units * weights)).astype(np.int64)
    cover = rng.uniform(*family.cover, (count, 1))
    base = CHANNEL_WEIGHTS[: family.channels_count]
    spread = rng.dirichlet(30 * base / base.sum(), (count, family.skus_count))
    return stock, (stock / cover)[..., None] * spread / HOURS


def _draw_levels(cells: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    count, skus, channels = cells
    return np.asarray(
        rng.normal(0, LEVEL_SD, (count, 1, 1))
        + rng.normal(0, LEVEL_SKU_SD, (count, skus, 1))
        + rng.normal(0, LEVEL_CHANNEL_SD, (count, 1, channels))
        + rng.normal(0, LEVEL_CELL_SD, cells)
    )


def _draw_responses(family: Family, shops: Shops, log_ratios: Floats, rng: np.random.Generator) -> Floats:
    """(D, K, C, 3) logarithm of what each band multiplies demand by."""
    count, skus = log_ratios.shape[:2]
    channels = shops.elasticity_by_channel.shape[1]
    elasticity = (
        (CHANNEL_ELASTICITIES[:channels] + shops.elasticity[:, None] + shops.elasticity_by_channel)[:, None, :]
        + rng.normal(0, SKU_SD, (count, skus, 1))
        + rng.normal(0, CELL_SD, (count, skus, channels))
    )
    kinks = rng.normal(0, family.kink_sd, (count, skus, channels, 3)) * np.array([1.0, 0.0, 1.0])
    return np.asarray(-np.maximum(elasticity, LOWEST_ELASTICITY)[..., None] * log_ratios + kinks)


def _draw_seasons(family: Family, start_hours: Ints, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The true and the assumed season, (D, T, C), for drops that start at any hour of the day."""
    count = len(start_hours)
    assumed = np.stack([default_season(int(hour), HOURS) for hour in start_hours])
    assumed = np.repeat(assumed[..., None], family.channels_count, axis=2)
    if not family.is_misspecified:
        return assumed, assumed
    # Another opening and another day: half or one and a half times the burst, evenings hours earlier or later.
    true = np.stack(
        [
            default_season(int(hour), HOURS, burst=burst, peak_shift=shift, day_depth=depth)
            for hour, burst, shift, depth in zip(
                start_hours,
                rng.uniform(0.5, 5.0, count),
                rng.uniform(-6, 6, count),
                rng.uniform(0.2, 0.9, count),
                strict=True,
            )
        ]
    )
    return np.repeat(true[..., None], family.channels_count, axis=2), assumed


def _draw_shocks(family: Family, count: int, rng: np.random.Generator) -> Floats:
    """(D, T, C) factor: x .45 or x 2.2 from an hour between 18 and 42 on, in one channel or in all."""
    factor = np.ones((count, HOURS, family.channels_count))
    if not family.has_shock:
        return factor
    hours = rng.integers(18, 43, count)
    only = rng.integers(0, family.channels_count, count)
    in_all = rng.random(count) < SHOCK_IN_ALL_CHANNELS
    jumps = rng.choice(SHOCK_FACTORS, count)
    is_hit = in_all[:, None] | (np.arange(family.channels_count) == only[:, None])
    is_after = np.arange(HOURS)[None, :] >= hours[:, None]
    return np.where(is_after[:, :, None] & is_hit[:, None, :], jumps[:, None, None], factor)


def _draw_bursts(family: Family, cells: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """(D, T, K, C, 1) gamma noise of mean 1 of bursty hours."""
    count, skus, channels = cells
    if not family.is_misspecified:
        return np.ones((count, 1, 1, 1, 1))
    shape = BURST_SD**-2
    shared = rng.gamma(shape, 1 / shape, (count, HOURS, 1, 1, 1))
    return np.asarray(shared * rng.gamma(shape, 1 / shape, (count, HOURS, skus, channels, 1)))


def _draw_demand(rates: Floats, rng: np.random.Generator) -> Ints:
    """Buyers under each band: those of the band that sells most, thinned to the others."""
    order = np.argsort(-rates, axis=-1, kind="stable")
    sorted_rates = np.take_along_axis(rates, order, axis=-1)
    most = rng.poisson(sorted_rates[..., 0])
    middle = rng.binomial(most, sorted_rates[..., 1] / sorted_rates[..., 0])
    least = rng.binomial(middle, sorted_rates[..., 2] / sorted_rates[..., 1])
    demand = np.empty(rates.shape, dtype=np.int64)
    np.put_along_axis(demand, order, np.stack([most, middle, least], axis=-1), axis=-1)
    return demand
