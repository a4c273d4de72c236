"""A drop sold hour by hour by a policy, in memory: simulated shoppers on one side, `pricing.decide` on the other.

The same shop through the real tick must take the same decisions, to the last bit: what a warehouse works out in SQL of
prices shown, stock and sales is worked out here a second time, from the rows that the shop's systems held at each hour.
No file, no warehouse.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice, pairwise
from types import MappingProxyType
from typing import Any

from pipelines.contracts.price_bands import BandEntry, PriceBands, fallback_after
from pipelines.pricing.assemble import DropRows, build_problem
from pipelines.pricing.decide import decide
from pipelines.pricing.learning import fit_shop_prior
from pipelines.pricing.ledger_rows import DecidedHour, Decision
from pipelines.pricing.policy import Policy
from pipelines.pricing.problem import HOUR, DropProblem, ShopPrior, floor_hour
from pipelines.simulate.catalogue import CHANNEL_FEES, CURRENCY_CODE, SHOP_TIMEZONE, TAX_RATE, Drop, DropSku
from pipelines.simulate.plans import MAX_STALENESS_HOURS, plan_seed
from pipelines.simulate.storefront import OwnerCalendar
from pipelines.simulate.world import World

# An order takes its units away in the instant after it.
_JUST_AFTER = timedelta(microseconds=1)


def sell_past(world: World, policy: Policy, until: datetime) -> dict[str, list[DecidedHour]]:
    """Live through the world's hours before `until`, its drops sold by a policy.

    Returns:
        What was decided, by drop. Of one that runs on the hour from `until` is decided too: storefronts show it next.
    """
    decided: dict[str, list[DecidedHour]] = {}
    for drop in world.drops:
        if world.began_at <= drop.starts_at < until:
            world.live_until(drop.starts_at)
            hours = sell_drop(world, drop, policy, (drop.ends_at - drop.starts_at) // HOUR, decided)
            decided[drop.drop_id] = list(islice(hours, (until - drop.starts_at) // HOUR + 1))
    world.live_until(until)
    return decided


def sell_drop(
    world: World,
    drop: Drop,
    policy: Policy,
    hours: int,
    earlier: Mapping[str, Sequence[DecidedHour]] = MappingProxyType({}),
) -> Iterator[DecidedHour]:
    """Decide and sell the first hours of a drop, one after the other.

    Args:
        world: Lived through up to the hour before the drop starts.
        drop: One of its drops, which starts on the hour.
        policy: Who decides.
        hours: How many.
        earlier: What was decided for drops before it; the others were sold at the owner's own prices.

    Yields:
        Each hour as it was decided, before it is sold.
    """
    decisions: list[Decision] = []
    while world.served_until < drop.starts_at:
        world.live_hour(world.served_until, None)
    for number in range(hours):
        as_of = drop.starts_at + number * HOUR
        prior = _learn_earlier_drops(world, drop, as_of, earlier)
        decided = decide(build_problem(_rows_of(world, drop, decisions, as_of), as_of, prior), policy)
        decisions += decided.decisions
        yield decided
        world.live_hour(as_of, feed_of(decisions, as_of))


def _learn_earlier_drops(
    world: World, drop: Drop, as_of: datetime, earlier: Mapping[str, Sequence[DecidedHour]]
) -> ShopPrior | None:
    past = [each for each in world.drops if each.number < drop.number and each.starts_at >= world.began_at]
    decisions = {each: [row for hour in hours for row in hour.decisions] for each, hours in earlier.items()}
    return _fit_once(
        tuple(
            build_problem(_rows_of(world, each, decisions.get(each.drop_id, ()), as_of), each.ends_at) for each in past
        )
    )


# Earlier drops change only when a late order or a cancellation comes in.
@lru_cache(maxsize=1)
def _fit_once(past: tuple[DropProblem, ...]) -> ShopPrior | None:
    return fit_shop_prior(past)


def feed_of(decisions: Sequence[Decision], as_of: datetime) -> dict[str, Any]:
    """What is published: the hour decided last and the one before it."""
    entries = [
        BandEntry(
            **{name: getattr(row, name) for name in BandEntry.model_fields if name != "fallback_after"},
            fallback_after=fallback_after(row.valid_to),
        )
        for row in decisions
        if row.valid_to > as_of - HOUR
    ]
    bands = PriceBands(snapshot_id="in-memory", as_of=as_of, status="live", entries=tuple(entries))
    return bands.model_dump(mode="json")


def _rows_of(world: World, drop: Drop, decisions: Sequence[Decision], as_of: datetime) -> DropRows:
    """What is known of a drop at `as_of`, as a warehouse would tell it."""
    lines = _lines_known(world, drop, as_of)
    shown = {(row.sku, row.channel, row.valid_from): row.price_amount for row in decisions}
    return DropRows(
        drop={
            "drop_id": drop.drop_id,
            "version": 1,
            "starts_at": drop.starts_at,
            "ends_at": drop.ends_at,
            "timezone": SHOP_TIMEZONE.key,
            "currency_code": CURRENCY_CODE,
            "tax_rate": TAX_RATE,
            "max_staleness_hours": MAX_STALENESS_HOURS,
            "holdout_rate": drop.holdout_rate,
            "taper_hours": drop.taper_hours,
            "seed": plan_seed(drop),
        },
        skus=[
            {
                "sku": planned.sku,
                "low_price_amount": planned.low_price,
                "mid_price_amount": planned.list_price,
                "high_price_amount": planned.high_price,
                "unit_cost_amount": planned.unit_cost,
                "salvage_amount": planned.salvage_amount,
                "min_margin_rate": planned.min_margin_rate,
                "forecast_units": planned.forecast_units,
                "staged_units": sum(units for at, units in _stagings(drop, planned) if at <= as_of),
            }
            for planned in drop.skus
        ],
        channels=[{"channel": channel, "fee_rate": fee} for channel, fee in CHANNEL_FEES.items()],
        sold=[
            {"sku": planned.sku, "sold_units": sum(line["units"] for line in lines if line["sku"] == planned.sku)}
            for planned in drop.skus
        ],
        outcomes=[
            row
            for planned in drop.skus
            for row in _outcomes(drop, planned, [line for line in lines if line["sku"] == planned.sku], shown, as_of)
        ],
        decisions=[
            asdict(row) | {"killed_at": None, "shown_band": row.band, "shown_price_amount": row.price_amount}
            for row in decisions
        ],
        lowest_prices=_lowest_prices(decisions),
        actions=(),
        # Of a drop that is over, later ticks say nothing new.
        orders_met_at=min(as_of, drop.ends_at),
        known_since=drop.starts_at,
    )


def _lines_known(world: World, drop: Drop, as_of: datetime) -> list[dict[str, Any]]:
    """The drop's lines that are not cancelled, each by its last version before `as_of`."""
    skus = {planned.sku for planned in drop.skus}
    latest: dict[tuple[object, object], tuple[datetime, Mapping[str, Any]]] = {}
    for row in world.orders_known(as_of):
        if row.fields["sku"] not in skus:
            continue
        key = (row.fields["order_id"], row.fields["line_number"])
        if key not in latest or row.known_at > latest[key][0]:
            latest[key] = (row.known_at, row.fields)
    lines = [
        {
            "sku": fields["sku"],
            "channel": fields["channel"],
            "ordered_at": datetime.fromisoformat(fields["ordered_at"]),
            "units": int(fields["quantity"]),
        }
        for _, fields in latest.values()
        if fields["status"] != "cancelled"
    ]
    return [line for line in lines if drop.starts_at <= line["ordered_at"] < drop.ends_at]


def _stagings(drop: Drop, planned: DropSku) -> list[tuple[datetime, int]]:
    staged = [(drop.starts_at, units) for units in planned.stock.values()]
    return staged + [(restock.at, restock.units) for restock in planned.restocks]


def _outcomes(
    drop: Drop,
    planned: DropSku,
    lines: Sequence[Mapping[str, Any]],
    shown: Mapping[tuple[str, str, datetime], Decimal | None],
    as_of: datetime,
) -> Iterator[dict[str, Any]]:
    """One row a channel and hour of one SKU; where nothing was decided the owner's calendar was shown."""
    moves = [(at, units) for at, units in _stagings(drop, planned) if at <= as_of]
    moves += [(line["ordered_at"] + _JUST_AFTER, -line["units"]) for line in lines]
    in_stock = _time_by_hour(_stretches_in_stock(moves, as_of))
    sold: Counter[tuple[str, datetime]] = Counter()
    for line in lines:
        sold[line["channel"], floor_hour(line["ordered_at"])] += line["units"]
    calendar = OwnerCalendar()
    hour = drop.starts_at
    while hour < min(as_of, drop.ends_at):
        for channel in CHANNEL_FEES:
            units = sold[channel, hour]
            cell = (planned.sku, channel, hour)
            price = shown[cell] if shown else calendar.price(drop, planned, channel, hour)
            yield {
                "sku": planned.sku,
                "channel": channel,
                "hour_at": hour,
                "sold_units": units,
                "shown_price_amount": price,
                "shown_rate": None if price is None else round(in_stock[hour] / HOUR, 12),
                "shown_units": None if price is None else units,
            }
        hour += HOUR


def _stretches_in_stock(moves: Sequence[tuple[datetime, int]], end: datetime) -> list[tuple[datetime, datetime]]:
    """When units were left, by what came and went."""
    level, levels = 0, dict[datetime, int]()
    for at, units in sorted(moves):
        level += units
        levels[at] = level
    return [(start, stop) for start, stop in pairwise([*levels, end]) if levels[start] > 0]


def _time_by_hour(stretches: Sequence[tuple[datetime, datetime]]) -> defaultdict[datetime, timedelta]:
    """How much of each hour lies in the stretches."""
    covered: defaultdict[datetime, timedelta] = defaultdict(timedelta)
    for start, end in stretches:
        hour = floor_hour(start)
        while hour < end:
            covered[hour] += min(end, hour + HOUR) - max(start, hour)
            hour += HOUR
    return covered


def _lowest_prices(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    """A drop is shorter than the thirty days that count."""
    lowest: dict[tuple[str, str], Decimal] = {}
    for row in decisions:
        if row.price_amount is not None:
            cell = (row.sku, row.channel)
            lowest[cell] = min(row.price_amount, lowest.get(cell, row.price_amount))
    return [{"sku": sku, "channel": channel, "lowest_amount": amount} for (sku, channel), amount in lowest.items()]
