from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from pipelines.simulate.catalogue import plan_drops
from pipelines.simulate.storefront import OwnerCalendar, PublishedFeed, calendar_rows, undecided_rows
from pipelines.simulate.world import DEMO_CLOCK, World
from tests.unit.simulate.conftest import price_feed

WORLD = World.from_seed(1, history_days=1)
DROP = plan_drops(DEMO_CLOCK)[1]
SKU = DROP.skus[0]
HOUR = DEMO_CLOCK - timedelta(hours=3)
MINUTE = timedelta(minutes=1)


def feed_of(amount: Decimal | None = SKU.high_price, **changes: object) -> PublishedFeed:
    return PublishedFeed.parse(price_feed(WORLD, HOUR, lambda _: amount, **changes))


def price_at(feed: PublishedFeed, instant: datetime) -> Decimal | None:
    return feed.price(DROP, SKU, "web", instant)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (HOUR - MINUTE, SKU.list_price),
        (HOUR, SKU.high_price),
        (HOUR + timedelta(hours=1), SKU.high_price),
        (HOUR + 74 * MINUTE, SKU.high_price),
        (HOUR + 75 * MINUTE, SKU.list_price),
    ],
)
def test_a_price_is_kept_until_its_fallback_and_list_is_charged_around_it(instant: datetime, expected: Decimal) -> None:
    assert price_at(feed_of(), instant) == expected


def test_the_entry_that_began_last_wins() -> None:
    later = price_feed(WORLD, HOUR, lambda planned: planned.low_price)["entries"]
    earlier = price_feed(WORLD, HOUR - timedelta(hours=1), lambda planned: planned.high_price)["entries"]
    feed = PublishedFeed.parse(price_feed(WORLD, HOUR, lambda _: None, entries=[*later, *earlier]))
    assert price_at(feed, HOUR + MINUTE) == SKU.low_price
    assert price_at(feed, HOUR - MINUTE) == SKU.high_price


def test_sold_out_stays_sold_out_after_the_fallback() -> None:
    assert price_at(feed_of(None), HOUR + timedelta(hours=2)) is None


def test_a_killed_feed_charges_list() -> None:
    assert price_at(feed_of(status="killed"), HOUR) == SKU.list_price


def test_a_feed_of_another_schema_is_refused() -> None:
    with pytest.raises(ValidationError, match="schema_version"):
        feed_of(schema_version=2)


def test_a_feed_whose_instants_lack_an_offset_is_refused() -> None:
    entries = [
        {**entry, "valid_from": "2025-12-05T16:00:00"}
        for entry in price_feed(WORLD, HOUR, lambda _: SKU.list_price)["entries"]
    ]
    with pytest.raises(ValidationError, match="valid_from"):
        feed_of(entries=entries)


def test_a_decided_hour_needs_no_shown_prices() -> None:
    assert not list(undecided_rows(DROP, feed_of(), HOUR, HOUR + timedelta(hours=1)))


def test_the_hour_after_a_missed_tick_shows_the_kept_price_then_list() -> None:
    start, end = HOUR + timedelta(hours=1), HOUR + timedelta(hours=2)
    rows = [row.fields for row in undecided_rows(DROP, feed_of(), start, end)]
    shown = [(row["valid_from"], row["price"]) for row in rows if (row["sku"], row["channel"]) == (SKU.sku, "web")]
    assert shown == [
        ("2025-12-05T18:00:00+01:00", str(SKU.high_price)),
        ("2025-12-05T18:15:00+01:00", str(SKU.list_price)),
    ]


def test_no_price_is_shown_outside_a_drop() -> None:
    before = DROP.starts_at - timedelta(hours=1)
    assert not list(undecided_rows(DROP, PublishedFeed.parse(None), before, DROP.starts_at))
    assert not list(calendar_rows(DROP, OwnerCalendar(), before, DROP.starts_at))
    assert OwnerCalendar().price(DROP, SKU, "web", before) is None


def test_the_calendar_rows_cover_a_drop_without_gap_or_overlap_at_three_bands() -> None:
    rows = [row.fields for row in calendar_rows(DROP, OwnerCalendar(), DROP.starts_at, DROP.ends_at)]
    prices = set()
    for planned in DROP.skus:
        for channel in ("web", "mobile", "marketplace", "popup"):
            cell = [row for row in rows if (row["sku"], row["channel"]) == (planned.sku, channel)]
            edges = [datetime.fromisoformat(str(row["valid_from"])).astimezone(UTC) for row in cell]
            ends = [datetime.fromisoformat(str(row["valid_to"])).astimezone(UTC) for row in cell]
            assert edges == [DROP.starts_at, *ends[:-1]]
            assert ends[-1] == DROP.ends_at
            prices |= {Decimal(str(row["price"])) / planned.list_price for row in cell}
    assert min(prices) < 1 < max(prices)
