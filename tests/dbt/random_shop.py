"""A random shop and a random way for its rows to arrive: late, in pieces, out of order, with conflicts.

Small on purpose: few keys, few instants, so that every kind of collision happens often.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tests.dbt.built_shop import BERLIN_HUB, START, Row, Shop

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# The span reaches beyond the end of settling, so that drops become final on the way.
SPAN_DAYS = 80


def random_arrivals(seed: int, steps: int) -> list[tuple[datetime, dict[str, list[Row]]]]:
    """The rows that land at each step, with the step's as_of; rows come before or after their own instants."""
    rng = random.Random(seed)  # noqa: S311
    shop = _random_rows(rng)
    instants = sorted(START + rng.randrange(-24, SPAN_DAYS * 24) * HOUR for _ in range(steps))
    arrivals: list[tuple[datetime, dict[str, list[Row]]]] = [(instant, {}) for instant in instants]
    parts = {"drop_skus", "drop_stock", "drop_channels"}
    # The parts of a plan come with it.
    plan_steps = {row["_row_hash"]: rng.randrange(steps) for row in shop.rows["drops"]}
    for table, rows in shop.rows.items():
        for row in rows:
            is_plan = table in parts or table == "drops"
            step = plan_steps[row["_row_hash"]] if is_plan else rng.randrange(steps)
            arrivals[step][1].setdefault(table, []).append(row)
    return arrivals


def _random_rows(rng: random.Random) -> Shop:
    shop = Shop()
    at = lambda days: START + timedelta(seconds=rng.randrange(-3600, int(days * 86400)))  # noqa: E731
    for hub_id in ("north", "south"):
        for number in range(2):
            place = BERLIN_HUB | {"hub_id": hub_id, "latitude": 52.5 + number / 5}
            shop.add("hubs", **place, updated_at=START + number * DAY)
    shop.add_drop("one", START, "mug", "cup")
    shop.add_drop("two", START + 9 * DAY, "hat", "mug")
    shop.add_drop("three", START + 40 * DAY, "bag", "cup")
    _second_plan(shop)
    orders = [f"o{number}" for number in range(40)]
    parcels = [f"p{number}" for number in range(40)]
    boxes = [f"x{number}" for number in range(30)]
    for order_id in orders:
        ordered_at = rng.choice((START, START + 9 * DAY, START + 40 * DAY, START)) + rng.randrange(80) * HOUR
        for line_number in range(1, rng.randint(1, 3) + 1):
            for version in range(rng.choice((1, 1, 2))):
                shop.add(
                    "orders", order_id=order_id, line_number=line_number, sku=rng.choice(("mug", "cup", "hat", "bag")),
                    quantity=rng.randint(1, 3), ordered_at=ordered_at + line_number * HOUR,
                    updated_at=ordered_at + version * rng.randrange(1, 200) * HOUR,
                    status=rng.choice(("placed", "placed", "placed", "cancelled")),
                    buyer_key=rng.choice((None, *(f"b{number}" for number in range(8)))),
                    drop_id=rng.choice((None, None, "one", "two", "nowhere")),
                    hub_id=rng.choice((None, "north", "south")), currency_code=rng.choice(("EUR", "EUR", "EUR", "USD")),
                    fulfilment=rng.choice(("delivery", "delivery", "pickup")),
                )  # fmt: skip
    statuses = ("pre_transit", "in_transit", "in_transit", "delivered", "delivered", "failure", "cancelled")
    for number in range(150):
        shop.add(
            "deliveries", event_id=f"e{rng.randrange(130)}", parcel_id=rng.choice(parcels), status=rng.choice(statuses),
            occurred_at=(occurred_at := at(60)), order_id=rng.choice((None, *orders, "stranger")),
            recorded_at=rng.choice((None, occurred_at + rng.randrange(100) * HOUR)),
            box_id=rng.choice((None, *boxes)), hub_id=rng.choice((None, "north", "south", "gone")),
            carrier=rng.choice(("post", "bike")), cost_amount=rng.choice((None, 3, 4)), currency_code="EUR",
            promised_at=rng.choice((None, at(60))),
            withdrawn_at=occurred_at + 90 * HOUR if number % 30 == 0 else None,
        )  # fmt: skip
    for number in range(120):
        shop.add(
            "scans", scan_id=f"s{rng.randrange(110)}", kind=rng.choice(("scan", "scan", "share", "share_count")),
            scanned_at=at(75), box_id=rng.choice((None, *boxes)), order_id=rng.choice((None, None, *orders)),
            drop_id=rng.choice((None, "one", "two", "nowhere")), post_id=rng.choice((None, "post1", "post2")),
            share_count=rng.choice((None, number)), visitor_id=rng.choice((None, "v1", "v2")),
            platform=rng.choice((None, "x", "unknown")), user_agent=rng.choice((None, None, "a bot")),
        )  # fmt: skip
    for _ in range(40):
        valid_from = rng.choice((START, START + 9 * DAY, START + 40 * DAY)) + rng.randrange(-30, 75 * 60) * MINUTE
        shop.add(
            "shown_prices", sku=rng.choice(("mug", "cup", "hat", "bag")), price=rng.choice((9, 10, 8)),
            valid_from=valid_from, valid_to=valid_from + rng.randrange(1, 200) * MINUTE,
            currency_code=rng.choice(("EUR", "EUR", "USD")),
        )  # fmt: skip
    for _ in range(30):
        shop.add(
            "returns", return_id=f"r{rng.randrange(25)}", order_id=rng.choice((*orders, "stranger")),
            line_number=rng.randint(1, 2), refund_amount=rng.randint(1, 9), returned_at=at(70),
            reason=rng.choice(("broken", "late")), currency_code=rng.choice(("EUR", "EUR", "USD")),
        )  # fmt: skip
    return shop


def _second_plan(shop: Shop) -> None:
    """A later version of the second drop: it begins a day later and sells another SKU."""
    values = {"drop_id": "two", "version": 2, "_row_hash": 99}
    shop.add("drops", **values, starts_at=START + 10 * DAY, ends_at=START + 13 * DAY)
    shop.add("drop_channels", **values)
    for sku in ("hat", "bag"):
        shop.add("drop_skus", **values, sku=sku)
        shop.add("drop_stock", **values, sku=sku, staged_at=START + 10 * DAY)
