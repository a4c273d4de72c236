"""What a storefront charges: by the published feed once the engine is on, by the owner's own calendar before.

A storefront knows the plan and the feed, nothing of demand. Orders are not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Protocol

from pipelines.contracts.price_bands import BandEntry, PriceBands
from pipelines.simulate.catalogue import CHANNEL_FEES, CURRENCY_CODE, SHOP_TIMEZONE, Drop, DropSku
from pipelines.simulate.feeds import Row, text_of_instant

_HOUR = timedelta(hours=1)
_SECOND_DAY = range(24, 48)


class PriceList(Protocol):
    """What a SKU costs in a channel at an instant."""

    def price(self, drop: Drop, planned: DropSku, channel: str, instant: datetime) -> Decimal | None:
        """The price charged, or None when the SKU is not for sale."""


class OwnerCalendar:
    """Prices as the owner set them by hand: list on the first day, then some up and some down.

    Sellers rise on the second evening, the slow SKU falls for the last day: enough movement that elasticities can be
    learned from it, and little enough that a person would do it.
    """

    def price(self, drop: Drop, planned: DropSku, channel: str, instant: datetime) -> Decimal | None:
        """The band that the owner had chosen for that hour."""
        hour = drop.hour_at(instant)
        if hour is None:
            return None
        place = next(place for place, sku in enumerate(drop.skus) if sku.sku == planned.sku)
        is_second_day, is_last_day = hour in _SECOND_DAY, hour >= _SECOND_DAY.stop
        if is_second_day and place == 0 and channel in {"web", "mobile"}:
            return planned.high_price
        if is_second_day and place == 1 and channel == "mobile":
            return planned.low_price
        if is_last_day and place == len(drop.skus) - 1 and channel != "popup":
            return planned.low_price
        return planned.list_price


@dataclass(frozen=True)
class PublishedFeed:
    """The published price feed as a storefront reads it: the entry that began last wins; without one, list price."""

    entries: Mapping[tuple[str, str, str], Sequence[BandEntry]]
    is_killed: bool

    @classmethod
    def parse(cls, feed: Mapping[str, Any] | None) -> PublishedFeed:
        """Read the content of `price_bands.json`; None is a feed that is not there.

        Raises:
            pydantic.ValidationError: The content is no feed of the schema's version.
        """
        if feed is None:
            return cls({}, is_killed=False)
        bands = PriceBands.model_validate(feed)
        entries: dict[tuple[str, str, str], list[BandEntry]] = {}
        for entry in sorted(bands.entries, key=lambda entry: entry.valid_from):
            entries.setdefault((entry.drop_id, entry.sku, entry.channel), []).append(entry)
        return cls(entries, is_killed=bands.status == "killed")

    def price(self, drop: Drop, planned: DropSku, channel: str, instant: datetime) -> Decimal | None:
        """The price to charge at `instant`, or None when the feed says sold out."""
        entry = self._entry(drop, planned, channel, instant)
        if entry is None:
            return planned.list_price
        if self.is_killed:
            return entry.list_amount
        # Sold out stays sold out: time brings no goods.
        is_kept = entry.price_amount is None or instant < entry.fallback_after
        return entry.price_amount if is_kept else entry.list_amount

    def has_decided(self, drop: Drop, planned: DropSku, channel: str, instant: datetime) -> bool:
        """Whether an entry of the feed is valid at `instant`."""
        entry = self._entry(drop, planned, channel, instant)
        return entry is not None and instant < entry.valid_to

    def breaks(self, drop: Drop, planned: DropSku, channel: str, start: datetime, end: datetime) -> list[datetime]:
        """The instants inside (start, end) at which the price may change."""
        cell = self.entries.get((drop.drop_id, planned.sku, channel), ())
        instants = {at for entry in cell for at in (entry.valid_from, entry.valid_to, entry.fallback_after)}
        return sorted(at for at in instants if start < at < end)

    def _entry(self, drop: Drop, planned: DropSku, channel: str, instant: datetime) -> BandEntry | None:
        cell = self.entries.get((drop.drop_id, planned.sku, channel), ())
        return next((entry for entry in reversed(cell) if entry.valid_from <= instant), None)


def calendar_rows(drop: Drop, calendar: PriceList, start: datetime, end: datetime) -> Iterator[Row]:
    """What storefronts showed in [start, end) by the owner's calendar: one row a run of equal prices."""
    start, end = max(start, drop.starts_at), min(end, drop.ends_at)
    for planned, channel in _cells(drop):
        run_start, run_price = start, None
        instant = start
        while instant < end:
            price = calendar.price(drop, planned, channel, instant)
            if price != run_price:
                yield from _shown(planned, channel, run_start, instant, run_price)
                run_start, run_price = instant, price
            instant += _HOUR
        yield from _shown(planned, channel, run_start, end, run_price)


def undecided_rows(drop: Drop, feed: PublishedFeed, start: datetime, end: datetime) -> Iterator[Row]:
    """What storefronts showed in [start, end) while no decision was valid: the price kept, then list."""
    start, end = max(start, drop.starts_at), min(end, drop.ends_at)
    if start >= end:
        return
    for planned, channel in _cells(drop):
        edges = [start, *feed.breaks(drop, planned, channel, start, end), end]
        for begin, finish in pairwise(edges):
            if not feed.has_decided(drop, planned, channel, begin):
                yield from _shown(planned, channel, begin, finish, feed.price(drop, planned, channel, begin))


def _cells(drop: Drop) -> Iterator[tuple[DropSku, str]]:
    for planned in drop.skus:
        for channel in CHANNEL_FEES:
            yield planned, channel


def _shown(planned: DropSku, channel: str, start: datetime, end: datetime, price: Decimal | None) -> Iterator[Row]:
    if price is None or start >= end:
        return
    fields = {
        "sku": planned.sku,
        "channel": channel,
        "valid_from": text_of_instant(start, SHOP_TIMEZONE),
        "valid_to": text_of_instant(end, SHOP_TIMEZONE),
        "price": str(price),
        "currency_code": CURRENCY_CODE,
    }
    # A storefront tells of a price once it is shown.
    yield Row("shown_prices", start, fields)
