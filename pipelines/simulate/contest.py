"""One contest: a policy sells a batch of paired drops hour by hour, and what it earned.

What a policy is told and sees is defined here; which policies there are is in `peers/` and `engine_policy.py`, which
drops are in `demand_world.py`, and how results are compared in `backtest.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.pricing.demand_model import Belief
from pipelines.simulate.demand_world import HOURS, Drops

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
State = TypeVar("State")
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Brief:
    """What every policy is told before the first hour; arrays as in `demand_world.Drops`.

    Attributes:
        log_ratios: (D, K, C, 3) ln(price / list).
        margins: (D, K, C, 3).
        allowed: (D, K, C, 3).
        stock: (D, K).
        forecast: (D, K, C) units an hour at list.
        season: (D, T, C) assumed season.
        start_hours: (D,).
        elasticity: (D, C) prior mean of each channel's elasticity, from earlier drops.
        prior: The same as the engine's belief.
    """

    log_ratios: Floats
    margins: Floats
    allowed: NDArray[np.bool_]
    stock: Ints
    forecast: Floats
    season: Floats
    start_hours: Ints
    elasticity: Floats
    prior: Belief

    @property
    def shape(self) -> tuple[int, ...]:
        """(D, K, C, 3)."""
        return self.margins.shape


@dataclass(frozen=True)
class Seen:
    """What one hour showed: bands (D, K, C), units sold (D, K, C), share of the hour in stock (D, K)."""

    hour: int
    band: Ints
    sold: Ints
    in_stock: Floats


class Contender(Protocol[State]):
    """A policy for batches. Its state is its own; the contest hands it back."""

    @property
    def name(self) -> str:
        """Its key in results."""

    def start(self, brief: Brief) -> State:
        """The state before the first hour."""

    def shares(self, brief: Brief, state: State, hour: int, stock: Ints, rng: np.random.Generator) -> Floats:
        """(D, K, C, 3) probability of each band in the hour to come; forbidden bands get none."""

    def learn(self, brief: Brief, state: State, seen: Seen) -> State:
        """The state after an hour."""


@dataclass(frozen=True)
class Result:
    """What a policy made of each drop.

    Attributes:
        profit: (D,) margin over cost less what leftovers lose: the objective.
        gain: (D,) money above salvaging everything at once.
        leftover: (D,) units.
        floor_violations: Hours and cells sold below the floor.
    """

    profit: Floats
    gain: Floats
    leftover: Ints
    floor_violations: int


def brief_on(drops: Drops, prior: Belief) -> Brief:
    """What policies are told about drops, and the prior that earlier drops left."""
    count, skus = drops.stock.shape
    channels = drops.forecast.shape[2]
    log_ratios = np.log(drops.prices / drops.list_prices[..., None])[:, :, None, :]
    layout = prior.layout
    return Brief(
        log_ratios=np.broadcast_to(log_ratios, (count, skus, channels, 3)),
        margins=drops.margins,
        allowed=drops.allowed,
        stock=drops.stock,
        forecast=drops.forecast,
        season=drops.assumed_season,
        start_hours=drops.start_hours,
        elasticity=prior.mean[:, [layout.elasticity]] + prior.mean[:, layout.elasticity_by_channel],
        prior=prior,
    )


def run_contest(
    drops: Drops, brief: Brief, contender: Contender[State], rng: np.random.Generator
) -> tuple[Result, State]:
    """Sell the drops hour by hour under one band step an hour and the floor, as a storefront would.

    Returns:
        The result and the state after the last hour.
    """
    stock = drops.stock.copy()
    gain = np.zeros(len(stock))
    state = contender.start(brief)
    last: Ints | None = None
    violations = 0
    for hour in range(HOURS):
        shares = contender.shares(brief, state, hour, stock, rng)
        band = draw_bands(shares, rng)
        if last is not None:
            band = np.where(np.abs(band - last) > 1, 1, band)
        last = band
        violations += int((~_take(drops.allowed, band) & (stock[..., None] > 0)).sum())
        sold, in_stock = sell_hour(_take(drops.demand[:, hour], band), stock)
        gain += (sold * _take(drops.margins, band)).sum(axis=(1, 2))
        in_stock = np.where(stock > 0, in_stock, 0.0)
        stock = stock - sold.sum(axis=-1)
        state = contender.learn(brief, state, Seen(hour, band, sold, in_stock))
    profit = gain - (drops.loss_per_unit * drops.stock).sum(axis=1)
    return Result(profit, gain, stock.sum(axis=1), violations), state


def draw_bands(shares: Floats, rng: np.random.Generator) -> Ints:
    """One band a cell, (…), from (…, 3) probabilities; one uniform number a cell whatever they are."""
    cumulated = np.cumsum(shares, axis=-1)
    draws = rng.random(shares.shape[:-1])[..., None] * cumulated[..., -1:]
    return np.asarray(np.minimum((draws > cumulated).sum(axis=-1), shares.shape[-1] - 1), dtype=np.int64)


def sell_hour(demand: Ints, stock: Ints) -> tuple[Ints, Floats]:
    """What stock allows of an hour's demand.

    Short stock is shared among channels by their demand (buyers come mixed over the hour); what rounding leaves goes to
    the largest remainders.

    Args:
        demand: (D, K, C).
        stock: (D, K).

    Returns:
        (D, K, C) units sold and (D, K) share of the hour in stock.
    """
    total = demand.sum(axis=-1)
    is_short = total > stock
    share = np.where(is_short, stock / np.maximum(total, 1), 1.0)
    exact = demand * share[..., None]
    whole = np.floor(exact + 1e-9).astype(np.int64)
    rank = np.argsort(np.argsort(whole - exact, axis=-1, kind="stable"), axis=-1, kind="stable")
    left = np.where(is_short, stock - whole.sum(axis=-1), 0)
    sold = whole + (rank < left[..., None])
    return np.where(is_short[..., None], sold, demand), share


def _take(values: NDArray[Kind], band: Ints) -> NDArray[Kind]:
    """The values of the bands shown."""
    return np.take_along_axis(values, band[..., None], axis=-1)[..., 0]
