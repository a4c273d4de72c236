"""Whatever order rows come in, and whichever files they lie in, the marts are the same, row for row."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from tests.dbt.built_shop import BERLIN_HUB, START, Marts, Shop

HOUR = timedelta(hours=1)


def _conflicting_shop() -> Shop:
    """Two contents under most keys, and ties in every instant that decides."""
    shop = Shop()
    for name in ("North", "Northern"):
        shop.add("hubs", **BERLIN_HUB | {"name": name})
    shop.add_drop("one", START, "mug", "cup")
    for number in range(12):
        ordered_at = START + (number % 4) * HOUR
        for quantity in (1, 2):
            shop.add(
                "orders", order_id=f"o{number}", quantity=quantity, ordered_at=ordered_at, buyer_key=f"b{number % 3}"
            )
        for status in ("in_transit", "delivered", "failure"):
            at = ordered_at + (number % 5) * HOUR
            shop.add_event(f"p{number}", status, at, order_id=f"o{number}", box_id=f"x{number % 5}")
        for platform in ("x", "y"):
            scan = {"scan_id": f"s{number}", "box_id": f"x{number % 5}", "visitor_id": "v", "platform": platform}
            shop.add("scans", scanned_at=ordered_at + 9 * HOUR, **scan)
            counter = {"scan_id": f"c{number}", "kind": "share_count", "post_id": "p", "platform": platform}
            shop.add("scans", scanned_at=ordered_at, share_count=number, drop_id="one", **counter)
        for reason in ("broken", "late"):
            shop.add("returns", return_id=f"r{number}", order_id=f"o{number}", reason=reason, returned_at=ordered_at)
    return shop


def test_shuffled_rows_give_the_same_marts(build: Callable[[Shop], Marts]) -> None:
    straight, shuffled = _conflicting_shop(), _conflicting_shop()
    for rows in shuffled.rows.values():
        random.Random(20261201).shuffle(rows)  # noqa: S311
    first, second = build(straight), build(shuffled)
    tables = first.query("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    assert len(tables) >= 16
    for table in tables:
        sql = f"select * from marts.{table['table_name']} order by all"
        assert first.query(sql) == second.query(sql), table["table_name"]
