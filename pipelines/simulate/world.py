"""The simulated shop hour by hour: its past as a shop would export it, and a storefront that serves one hour at a time.

A world is its seed, its clock and an append-only log of sales; every row of every feed follows from those. It reads the
published feed and nothing else of the product. How rows become files is in `feeds.py`.

Public: `World.from_seed`, `World.live_hour`, `World.live_until`, `World.past`, `World.write_past`,
`World.serve_hour`, `World.sales`, `World.orders_known`, `World.drops`.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.simulate import demand, orders, parcels, unboxing
from pipelines.simulate.catalogue import EVERYDAY_GOODS, HUBS, SHOP_TIMEZONE, Drop, Hub, plan_drops
from pipelines.simulate.feeds import LandedFile, Row, land_files, render_file
from pipelines.simulate.orders import Line, Sale
from pipelines.simulate.people import Person, draw_person, hubs_by_distance
from pipelines.simulate.plans import ANNOUNCED_BEFORE, render_hubs, render_plan
from pipelines.simulate.stock import HubStock
from pipelines.simulate.storefront import OwnerCalendar, PriceList, PublishedFeed, calendar_rows, undecided_rows
from pipelines.simulate.streams import Stream, open_stream

# The demo's present: hour 50 of the live drop, an Advent Friday evening. It lies in the past of any machine that runs
# this, because Dagster knows no partition after the machine's own now.
DEMO_CLOCK = datetime(2025, 12, 5, 19, tzinfo=UTC)
DEMO_SEED = 20251205

HISTORY_DAYS = 95

_HOUR = timedelta(hours=1)
_ROW_FEEDS = ("orders", "returns", "deliveries", "scans")
# A carrier's export begins with the last events of the one before, so that none falls between two files.
_RESENT_EVENTS = 5

_REGULARS_COUNT = 700
_REGULAR_RATES = {"everyday": 0.2, "drop": 0.3}
_LOCAL_RATE = {"web": 0.7, "mobile": 0.75, "marketplace": 0.3, "popup": 1.0}
_REGULAR_LOCAL_RATE = 0.85
_ANONYMOUS_AT_STALL_RATE = 0.55
_PICKUP_RATE = 0.14

_COMEBACK_RATE = 0.16
_COMEBACK_MEAN_DAYS = 16.0
_VOUCHER_RATE = 0.06

_EVERYDAY_CHANNELS = ("web", "mobile", "marketplace", "popup")
_EVERYDAY_CHANNEL_RATES = (0.48, 0.36, 0.10, 0.06)

_EVERYDAY_WEIGHTS = np.array([good.weight for good in EVERYDAY_GOODS])
_STALL_HUB = next(hub for hub in HUBS if hub.hub_id == "LEJ-PLAG")


class WorldError(ValueError):
    """A world asked for an hour that it cannot serve; the message says which one is next."""


@dataclass(frozen=True)
class _Shopper:
    """Somebody at the door of the shop: who, when, where, and for which drop, if any."""

    at: datetime
    fate_key: tuple[int, ...]
    channel: str
    person: Person
    drop: Drop | None = None
    wants: tuple[demand.Want, ...] = ()


class World:
    """One seeded shop. Hours are lived through in order; `served_until` is the first that is not yet lived."""

    def __init__(self, seed: int, clock: datetime, history_days: int) -> None:
        """See `from_seed`, which checks its arguments."""
        self.seed = seed
        self.clock = clock
        self.drops: tuple[Drop, ...] = plan_drops(clock)
        self.history_days = history_days
        self.began_at = clock - timedelta(days=history_days)
        self.served_until = self.began_at
        self.truths = {
            drop.drop_id: demand.draw_truth(drop, open_stream(seed, Stream.TRUTH, drop.number)) for drop in self.drops
        }
        self._sales: list[Sale] = []
        self._rows: dict[str, list[Row]] = {feed: [] for feed in _ROW_FEEDS}
        self._stock = HubStock(self.drops)
        self._comebacks: list[tuple[datetime, tuple[int, ...], Person]] = []
        self._is_told = False
        for drop in self.drops:
            posts = unboxing.post_rows(drop, open_stream(seed, Stream.POSTS, drop.number))
            self._rows["scans"] += (row for row in posts if row.known_at >= self.began_at)

    @classmethod
    def from_seed(
        cls, seed: int = DEMO_SEED, clock: datetime = DEMO_CLOCK, *, history_days: int = HISTORY_DAYS
    ) -> World:
        """The world of `seed` whose live drop is in hour 50 at `clock`, and which began `history_days` before.

        A drop that had ended before the world began is not in its files.

        Raises:
            WorldError: `clock` is not a full hour of a known zone, `seed` is negative, or there is no history.
        """
        if clock.tzinfo is None or clock != clock.replace(minute=0, second=0, microsecond=0):
            message = f"clock {clock.isoformat()} is not a full hour with an offset"
            raise WorldError(message)
        if seed < 0:
            message = f"seed {seed} is negative"
            raise WorldError(message)
        if history_days < 1:
            message = f"history_days is {history_days}; a world needs a past of at least one day"
            raise WorldError(message)
        return cls(seed, clock.astimezone(UTC), history_days)

    @property
    def finished_drop(self) -> Drop:
        """The drop that is final at the clock."""
        return self.drops[0]

    @property
    def live_drop(self) -> Drop:
        """The drop that is in hour 50 at the clock."""
        return self.drops[1]

    @property
    def sales(self) -> tuple[Sale, ...]:
        """The log of all sales so far, in the order in which they were accepted."""
        return tuple(self._sales)

    def orders_known(self, before: datetime) -> list[Row]:
        """Every version of an order line that the shop's systems held before an instant, in no order."""
        return [row for row in self._rows["orders"] if row.known_at < before]

    def live_hour(self, hour: datetime, feed: Mapping[str, Any] | None) -> PublishedFeed:
        """Sell for one hour at the prices of the published feed, without a file; see `serve_hour`."""
        if hour != self.served_until:
            message = f"hour {hour.isoformat()} is not the next one, {self.served_until.isoformat()}"
            raise WorldError(message)
        published = PublishedFeed.parse(feed)
        self._live_through(hour, published)
        return published

    def live_until(self, until: datetime) -> None:
        """Live through the hours before `until` at the owner's prices."""
        calendar = OwnerCalendar()
        while self.served_until < until:
            self._live_through(self.served_until, calendar)

    def past(self, until: datetime, decided: Collection[str] = ()) -> list[LandedFile]:
        """Live through all hours before `until` at the owner's prices, and return them as files.

        One file a feed and week, and one a day in the week of `until`. Hours that were lived through already are told
        as they were; of the drops in `decided` storefronts showed what the pricing ledger says, so no file says it.

        Raises:
            WorldError: It was told already, or `until` is not a full hour after the beginning and all that was lived.
        """
        until = until.astimezone(UTC)
        is_over = until <= self.began_at or until < self.served_until
        if self._is_told or is_over or until.minute or until.second:
            message = f"a past runs once, from {self.began_at.isoformat()}; it was asked for until {until.isoformat()}"
            raise WorldError(message)
        self._is_told = True
        self.live_until(until)
        by_hand = [drop for drop in self.drops if drop.drop_id not in decided]
        files = [render_hubs(self.began_at)]
        for start, end, label in _export_windows(self.began_at, until):
            shown = [row for drop in by_hand for row in calendar_rows(drop, OwnerCalendar(), start, end)]
            files += self._files_between(start, end, label, shown, resent_events=_RESENT_EVENTS)
        return files

    def write_past(self, directory: Path, until: datetime, decided: Collection[str] = ()) -> list[Path]:
        """`past`, landed in `directory/<feed>/`."""
        return land_files(self.past(until, decided), directory)

    def serve_hour(self, hour: datetime, feed: Mapping[str, Any] | None) -> list[LandedFile]:
        """Sell for one hour at the prices of the published feed, and return what the hour brought as files.

        Args:
            hour: The start of the hour, the one after the last that was lived through.
            feed: The content of `price_bands.json` as a storefront finds it; None when there is none (list price).

        Returns:
            An orders file always (header only in an hour without orders: the heartbeat by which its freshness is
            judged), and files of the other feeds that have rows. Hours without a valid decision add `shown_prices`.

        Raises:
            WorldError: `hour` is not the next hour.
        """
        hour = hour.astimezone(UTC)
        published = self.live_hour(hour, feed)
        end = hour + _HOUR
        shown = [row for drop in self.drops for row in undecided_rows(drop, published, hour, end)]
        return self._files_between(hour, end, f"{hour:%Y-%m-%dT%H}Z", shown)

    def _live_through(self, hour: datetime, prices: PriceList) -> None:
        for shopper in sorted(self._shoppers(hour), key=lambda shopper: (shopper.at, shopper.fate_key)):
            self._stock.move_to(shopper.at)
            rng = open_stream(self.seed, Stream.FATE, *shopper.fate_key)
            sale = self._sell(shopper, shopper.drop, prices, rng) if shopper.drop else self._sell_everyday(shopper, rng)
            if sale is not None:
                self._sales.append(sale)
                self._follow(sale, rng)
        self.served_until = hour + _HOUR

    def _shoppers(self, hour: datetime) -> Iterator[_Shopper]:
        index = (hour - self.began_at) // _HOUR
        yield from self._everyday_shoppers(hour, index)
        while self._comebacks and self._comebacks[0][0] < hour + _HOUR:
            at, fate_key, person = heapq.heappop(self._comebacks)
            yield _Shopper(at, (Stream.COMEBACK, *fate_key), "web", person)
        for drop in self.drops:
            drop_hour = drop.hour_at(hour)
            if drop_hour is not None:
                yield from self._drop_shoppers(drop, drop_hour, hour)

    def _everyday_shoppers(self, hour: datetime, index: int) -> Iterator[_Shopper]:
        rng = open_stream(self.seed, Stream.EVERYDAY_VISITORS, index)
        local = hour.astimezone(SHOP_TIMEZONE)
        rate = demand.everyday_rate(local.hour, local.weekday(), index / (self.history_days * 24))
        for place in range(rng.poisson(rate)):
            channel = str(rng.choice(_EVERYDAY_CHANNELS, p=_EVERYDAY_CHANNEL_RATES))
            person = self._draw_shopper(10_000_000 + index * 1000 + place, channel, _REGULAR_RATES["everyday"], rng)
            yield _Shopper(hour + timedelta(seconds=int(rng.integers(3600))), (0, index, place), channel, person)

    def _drop_shoppers(self, drop: Drop, drop_hour: int, hour: datetime) -> Iterator[_Shopper]:
        rng = open_stream(self.seed, Stream.DROP_VISITORS, drop.number, drop_hour)
        for visit in demand.draw_visits(self.truths[drop.drop_id], drop, drop_hour, rng):
            number = 1_000_000 * drop.number + drop_hour * 1000 + visit.visitor
            yield _Shopper(
                at=hour + timedelta(seconds=visit.seconds),
                fate_key=(drop.number, drop_hour, visit.visitor),
                channel=visit.channel,
                person=self._draw_shopper(number, visit.channel, _REGULAR_RATES["drop"], rng),
                drop=drop,
                wants=visit.wants,
            )

    def _draw_shopper(self, number: int, channel: str, regular_rate: float, rng: np.random.Generator) -> Person:
        is_regular, regular = rng.random() < regular_rate, int(rng.integers(_REGULARS_COUNT))
        if is_regular and channel != "marketplace":
            return draw_person(regular, _REGULAR_LOCAL_RATE, open_stream(self.seed, Stream.PERSON, regular))
        return draw_person(number, _LOCAL_RATE[channel], open_stream(self.seed, Stream.PERSON, number))

    def _sell(self, shopper: _Shopper, drop: Drop, prices: PriceList, rng: np.random.Generator) -> Sale | None:
        fulfilment, shelves = self._draw_fulfilment(shopper, drop, rng)
        lines: list[Line] = []
        for want in shopper.wants:
            planned = next(sku for sku in drop.skus if sku.sku == want.sku)
            price = prices.price(drop, planned, shopper.channel, shopper.at)
            if price is None or not demand.buys(self.truths[drop.drop_id], drop, shopper.channel, want, price):
                continue
            stocked = [hub for hub in shelves if self._stock.units_left(want.sku, hub)]
            if not stocked:
                continue
            # One order leaves from one hub: where its first line lies, the others must lie too.
            shelves = stocked[:1]
            taken = self._stock.take(want.sku, shelves[0], want.quantity)
            lines.append(Line(planned.sku, planned.gtin, taken, price))
        if not lines:
            return None
        return self._accept(shopper, tuple(lines), shelves[0], fulfilment, rng)

    def _draw_fulfilment(self, shopper: _Shopper, drop: Drop, rng: np.random.Generator) -> tuple[str, list[Hub]]:
        wants_pickup = rng.random() < _PICKUP_RATE
        if shopper.channel == "popup":
            return "pickup", [_STALL_HUB]
        nearest = hubs_by_distance(shopper.person)
        if not shopper.person.is_local:
            # What goes far leaves from where most is left, so that the city's shelves stay even.
            return "delivery", sorted(nearest, key=lambda hub: -self._drop_units_left(drop, hub))
        return ("pickup" if wants_pickup and shopper.channel != "marketplace" else "delivery"), nearest

    def _drop_units_left(self, drop: Drop, hub: Hub) -> int:
        return sum(self._stock.units_left(planned.sku, hub) for planned in drop.skus)

    def _sell_everyday(self, shopper: _Shopper, rng: np.random.Generator) -> Sale:
        count = 1 + int(rng.binomial(2, 0.16))
        chosen = rng.choice(
            len(EVERYDAY_GOODS), size=count, replace=False, p=_EVERYDAY_WEIGHTS / _EVERYDAY_WEIGHTS.sum()
        )
        discount = Decimal("0.05") if rng.random() < _VOUCHER_RATE else Decimal(0)
        lines = []
        for good in (EVERYDAY_GOODS[int(place)] for place in chosen):
            quantity = 1 + int(rng.binomial(2, 0.1))
            saved = (good.price * quantity * discount).quantize(Decimal("0.01"), ROUND_HALF_UP)
            lines.append(Line(good.sku, good.gtin, quantity, good.price, saved))
        is_pickup = shopper.channel == "popup" or (shopper.person.is_local and rng.random() < _PICKUP_RATE)
        hub = hubs_by_distance(shopper.person)[0] if shopper.person.is_local else _STALL_HUB
        return self._accept(shopper, tuple(lines), hub, "pickup" if is_pickup else "delivery", rng)

    def _accept(
        self, shopper: _Shopper, lines: tuple[Line, ...], hub: Hub, fulfilment: str, rng: np.random.Generator
    ) -> Sale:
        is_anonymous = bool(rng.random() < _ANONYMOUS_AT_STALL_RATE) and shopper.channel == "popup"
        return Sale(
            number=len(self._sales) + 1,
            fate_key=shopper.fate_key,
            ordered_at=shopper.at,
            channel=shopper.channel,
            lines=lines,
            drop_id=shopper.drop.drop_id if shopper.drop else None,
            person=shopper.person,
            is_anonymous=is_anonymous,
            hub=hub,
            fulfilment=fulfilment,
        )

    def _follow(self, sale: Sale, rng: np.random.Generator) -> None:
        """Write down all that the sale leads to, each row with the instant at which the shop will know it."""
        parcel = parcels.ship(sale, rng)
        handed_over_at = parcel.first("in_transit", "available_for_pickup") if parcel else None
        change = orders.draw_change(sale, handed_over_at, rng)
        self._rows["orders"] += orders.order_rows(sale, change, rng)
        # Over the stall's counter, goods are with the buyer at once.
        delivered_at = parcel.first("delivered") if parcel else sale.ordered_at
        if change is not None:
            for line in sale.lines if sale.drop_id else ():
                self._stock.give_back(line.sku, sale.hub, change.units_given_back(line), change.at)
        if parcel is not None and change is not None and change.is_cancelled:
            parcel, delivered_at = parcels.cut_short(parcel, change.at), None
        if parcel is not None:
            self._rows["deliveries"] += parcels.delivery_rows(parcel)
            self._rows["scans"] += unboxing.scan_rows(parcel, rng)
        if delivered_at is not None:
            self._rows["returns"] += orders.return_rows(sale, delivered_at, rng)
        self._plan_comeback(sale, rng)

    def _plan_comeback(self, sale: Sale, rng: np.random.Generator) -> None:
        comes_back, days = rng.random() < _COMEBACK_RATE, 1.0 + rng.exponential(_COMEBACK_MEAN_DAYS)
        if comes_back and not sale.is_anonymous and sale.channel != "marketplace":
            at = sale.ordered_at + timedelta(seconds=int(days * 86400))
            heapq.heappush(self._comebacks, (at, sale.fate_key, sale.person))

    def _announced_at(self, drop: Drop) -> datetime:
        announced_at = drop.starts_at - ANNOUNCED_BEFORE
        return announced_at if drop.ends_at <= self.began_at else max(announced_at, self.began_at)

    def _files_between(
        self, start: datetime, end: datetime, label: str, shown: list[Row], resent_events: int = 0
    ) -> list[LandedFile]:
        files = [render_plan(drop) for drop in self.drops if start <= self._announced_at(drop) < end]
        for feed in _ROW_FEEDS:
            known = sorted((row for row in self._rows[feed] if row.known_at < end), key=lambda row: row.known_at)
            fresh = [row for row in known if row.known_at >= start]
            if feed == "deliveries" and fresh and resent_events:
                fresh = known[: len(known) - len(fresh)][-resent_events:] + fresh
            if fresh or feed == "orders":
                files.append(render_file(feed, label, fresh))
        if shown:
            files.append(render_file("shown_prices", label, shown))
        return files


def _export_windows(began_at: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, str]]:
    """Weeks from Monday to Monday, then the days of the week of `until`: start, end and name of each export."""
    week_of_until = _midnight(until) - timedelta(days=until.weekday())
    start = began_at
    while start < until:
        if start < week_of_until:
            end = min(_midnight(start) + timedelta(days=7 - start.weekday()), until)
            label = f"{start:%G-W%V}"
        else:
            end = min(_midnight(start) + timedelta(days=1), until)
            label = f"{start:%Y-%m-%d}"
        yield start, end, label
        start = end


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0, microsecond=0)
