from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.contracts.digital_link import parse_label
from pipelines.contracts.drop_plan import parse_drop_plan
from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.plan_text import read_plan_text
from pipelines.ingest.parse import CANONICAL, identify, parse_file
from pipelines.simulate.catalogue import HUBS, Drop
from pipelines.simulate.feeds import LandedFile
from pipelines.simulate.people import distance_km
from pipelines.simulate.world import DEMO_CLOCK, World, WorldError
from tests.unit.simulate.conftest import LivedWorld, drop_sales, price_feed, young_world


def rows_of(files: list[LandedFile], feed: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for file in files:
        if file.feed != feed:
            continue
        text = file.content.decode()
        rows += (
            map(json.loads, text.splitlines()) if feed in {"scans", "deliveries"} else csv.DictReader(io.StringIO(text))
        )
    return rows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def staged_units(drop: Drop, sku: str) -> int:
    planned = next(planned for planned in drop.skus if planned.sku == sku)
    return sum(planned.stock.values()) + sum(restock.units for restock in planned.restocks)


def test_the_same_seed_gives_the_same_bytes_in_past_and_hours() -> None:
    one, other = young_world(), young_world()
    until = one.clock - timedelta(hours=2)
    feed = price_feed(one, until, lambda planned: planned.low_price)
    assert one.past(until) == other.past(until)
    assert one.serve_hour(until, feed) == other.serve_hour(until, feed)


def test_another_seed_gives_other_orders() -> None:
    one, other = young_world(seed=3), young_world(seed=4)
    until = one.began_at + timedelta(days=1)
    assert rows_of(one.past(until), "orders") != rows_of(other.past(until), "orders")


def test_the_parser_accepts_every_row_and_knows_every_column(lived_world: LivedWorld) -> None:
    for file in lived_world.files:
        content = io.BytesIO(file.content)
        identity = identify(content, file.feed, CANONICAL, file.name)
        for batch in parse_file(content, identity, file.name, DEMO_CLOCK, b"key").batches:
            assert batch.rejected.is_empty(), batch.rejected
            assert batch.accepted.height == batch.rows_read
            if file.feed != "drops":
                assert batch.accepted["_extra"].null_count() == batch.accepted.height


def test_every_feed_of_the_demo_is_there(lived_world: LivedWorld) -> None:
    assert {file.feed for file in lived_world.files} == set(FEEDS) - {"storefront", "epcis_events"} | {"drops"}


def test_the_plans_keep_the_rules_of_a_drop_plan(lived_world: LivedWorld) -> None:
    plans = [
        parse_drop_plan(read_plan_text(file.content.decode())) for file in lived_world.files if file.feed == "drops"
    ]
    for plan, drop in zip(plans, lived_world.world.drops, strict=True):
        assert (plan.drop_id, plan.starts_at, plan.ends_at) == (drop.drop_id, drop.starts_at, drop.ends_at)
        assert [sku.list_price for sku in plan.skus] == [sku.list_price for sku in drop.skus]


def test_no_file_tells_of_an_instant_after_it_was_written(lived_world: LivedWorld) -> None:
    for number, files in enumerate([lived_world.past, *lived_world.hours]):
        end = DEMO_CLOCK - timedelta(hours=6 - number)
        for row in rows_of(files, "orders"):
            assert at(row["ordered_at"]) <= at(row["updated_at"]) < end
        for row in rows_of(files, "deliveries"):
            assert at(row["occurred_at"]) <= at(row.get("recorded_at", row["occurred_at"])) < end
        for row in rows_of(files, "scans"):
            assert at(row["scanned_at"]) < end
        for row in rows_of(files, "returns"):
            assert at(row["returned_at"]) < end


def test_every_order_version_is_in_exactly_one_file(lived_world: LivedWorld) -> None:
    keys = [(r["order_id"], r["line_number"], r["updated_at"]) for r in rows_of(lived_world.files, "orders")]
    assert len(keys) == len(set(keys))
    sold = {(sale.order_id, str(number)) for sale in lived_world.world.sales for number, _ in enumerate(sale.lines, 1)}
    assert {key[:2] for key in keys} == sold


def test_nothing_cancelled_is_delivered_or_returned(lived_world: LivedWorld) -> None:
    cancelled = {row["order_id"] for row in rows_of(lived_world.files, "orders") if row["status"] == "cancelled"}
    delivered = {row["order_id"] for row in rows_of(lived_world.files, "deliveries") if row["status"] == "delivered"}
    assert len(cancelled) > 50
    assert not cancelled & delivered
    assert not cancelled & {row["order_id"] for row in rows_of(lived_world.files, "returns")}


def test_resent_delivery_events_are_identical_and_few(lived_world: LivedWorld) -> None:
    rows = rows_of(lived_world.files, "deliveries")
    contents = {json.dumps(row) for row in rows}
    assert len(contents) == len({row["event_id"] for row in rows})
    assert 0 < len(rows) - len(contents) < 0.02 * len(rows)


def test_the_live_drop_is_in_hour_50_and_the_other_one_can_be_final(lived_world: LivedWorld) -> None:
    world = lived_world.world
    assert DEMO_CLOCK - world.live_drop.starts_at == timedelta(hours=50)
    assert DEMO_CLOCK - timedelta(hours=5) - world.finished_drop.ends_at > timedelta(days=30)


def test_counts_are_those_of_a_small_shop(lived_world: LivedWorld) -> None:
    world = lived_world.world
    assert 400 <= len(drop_sales(world, world.finished_drop)) <= 900
    assert 300 <= len(drop_sales(world, world.live_drop)) <= 600
    assert 2000 <= sum(sale.drop_id is None for sale in world.sales) <= 6000


def test_placed_units_never_exceed_what_was_staged(lived_world: LivedWorld) -> None:
    rows = sorted(rows_of(lived_world.files, "orders"), key=lambda row: at(row["updated_at"]))
    for drop in lived_world.world.drops:
        skus = {planned.sku for planned in drop.skus}
        placed: dict[tuple[str, str], tuple[str, int]] = {}
        units: Counter[str] = Counter()
        for row in rows:
            if row["sku"] not in skus:
                continue
            key = (row["order_id"], row["line_number"])
            units[row["sku"]] -= placed.get(key, ("", 0))[1]
            placed[key] = (row["sku"], int(row["quantity"]) if row["status"] == "placed" else 0)
            units[row["sku"]] += placed[key][1]
            assert units[row["sku"]] <= staged_units(drop, row["sku"])


def test_some_skus_sell_out_and_some_do_not(lived_world: LivedWorld) -> None:
    drop = lived_world.world.finished_drop
    sold = Counter[str]()
    for sale in drop_sales(lived_world.world, drop):
        for line in sale.lines:
            sold[line.sku] += line.quantity
    full = [sold[planned.sku] >= staged_units(drop, planned.sku) for planned in drop.skus]
    assert any(full)
    assert not all(full)


def test_doors_lie_within_and_beyond_20_km_in_every_ring(lived_world: LivedWorld) -> None:
    hubs = {hub.hub_id: hub for hub in HUBS}
    distances = [
        distance_km(float(row["ship_latitude"]), float(row["ship_longitude"]), hubs[row["hub_id"]])
        for row in rows_of(lived_world.files, "orders")
        if row["ship_latitude"]
    ]
    edges = [0, 5, 20, 100, 500, 2000]
    rings = Counter(next(low for low, high in pairwise(edges) if low <= d < high) for d in distances)
    assert all(rings[edge] >= 20 for edge in edges[:-1]), rings


def test_parcels_end_in_every_way(lived_world: LivedWorld) -> None:
    statuses = Counter(row["status"] for row in rows_of(lived_world.files, "deliveries"))
    wanted = {
        "pre_transit",
        "in_transit",
        "delivered",
        "available_for_pickup",
        "return_to_sender",
        "failure",
        "cancelled",
    }
    assert wanted <= set(statuses)
    ended = statuses["delivered"] + statuses["return_to_sender"] + statuses["failure"] + statuses["cancelled"]
    assert ended < statuses["pre_transit"]


def test_some_events_are_recorded_hours_after_they_occurred(lived_world: LivedWorld) -> None:
    lags = [
        at(row["recorded_at"]) - at(row["occurred_at"])
        for row in rows_of(lived_world.files, "deliveries")
        if "recorded_at" in row
    ]
    assert max(lags) > timedelta(hours=6)
    assert min(lags) > timedelta(0)


def test_labels_are_valid_digital_links(lived_world: LivedWorld) -> None:
    links = {
        row["digital_link"]: row.get("box_id") for row in rows_of(lived_world.files, "scans") if "digital_link" in row
    }
    assert len(links) > 500
    for link, box_id in links.items():
        assert box_id in (None, parse_label(link).box_id)


def test_scans_hold_robots_repeats_and_scans_before_delivery(lived_world: LivedWorld) -> None:
    scans = [row for row in rows_of(lived_world.files, "scans") if row["kind"] == "scan"]
    assert any("bot" in row["user_agent"].lower() for row in scans)
    delivered = {
        row["box_id"]: at(row["occurred_at"])
        for row in rows_of(lived_world.files, "deliveries")
        if row["status"] == "delivered" and "box_id" in row
    }
    boxes = [(parse_label(row["digital_link"]).box_id, row) for row in scans]
    assert any(at(row["scanned_at"]) < delivered[box] for box, row in boxes if box in delivered)
    by_visitor: dict[tuple[str, str], list[datetime]] = {}
    for box, row in boxes:
        if "visitor_id" in row:
            by_visitor.setdefault((box, row["visitor_id"]), []).append(at(row["scanned_at"]))
    assert any(len(times) > 1 and max(times) - min(times) < timedelta(minutes=30) for times in by_visitor.values())


def test_share_counters_only_grow_but_for_one_reset(lived_world: LivedWorld) -> None:
    posts: dict[str, list[int]] = {}
    for row in sorted(rows_of(lived_world.files, "scans"), key=lambda row: at(row["scanned_at"])):
        if row["kind"] == "share_count":
            posts.setdefault(row["post_id"], []).append(int(row["share_count"]))
    drops = [sum(later < earlier for earlier, later in pairwise(c)) for c in posts.values()]
    assert len(posts) == 4
    assert max(drops) == 1


def test_some_buyers_of_the_finished_drop_come_back(lived_world: LivedWorld) -> None:
    world = lived_world.world
    firsts = {sale.person.number: sale.ordered_at for sale in reversed(drop_sales(world, world.finished_drop))}
    back = {
        sale.person.number
        for sale in world.sales
        if sale.person.number in firsts
        and sale.drop_id != world.finished_drop.drop_id
        and timedelta(0) < sale.ordered_at - firsts[sale.person.number] <= timedelta(days=30)
    }
    assert 0.05 < len(back) / len(firsts) < 0.35


def test_addresses_are_example_addresses(lived_world: LivedWorld) -> None:
    emails = {row["buyer_email"].lower() for row in rows_of(lived_world.files, "orders") if row["buyer_email"]}
    assert len(emails) > 1000
    assert all(email.rpartition("@")[2] in {"example.com", "example.org", "example.net"} for email in emails)


def test_a_sale_is_charged_what_the_feed_says() -> None:
    world = young_world()
    until = world.clock - timedelta(hours=1)
    world.past(until)
    before = len(world.sales)
    files = world.serve_hour(until, price_feed(world, until, lambda planned: planned.high_price))
    charged = {(line.sku, line.unit_price) for sale in world.sales[before:] if sale.drop_id for line in sale.lines}
    assert charged
    assert charged <= {(planned.sku, planned.high_price) for planned in world.live_drop.skus}
    assert "shown_prices" not in {file.feed for file in files}


def test_a_dearer_feed_sells_to_a_part_of_the_same_visitors() -> None:
    keys = []
    for name in ("low_price", "list_price", "high_price"):
        world = young_world()
        # From the drop's first hour, while no stock is short.
        world.past(world.live_drop.starts_at)
        hour = world.served_until
        world.serve_hour(hour, price_feed(world, hour, lambda planned, name=name: getattr(planned, name)))
        keys.append({(sale.fate_key, line.sku) for sale in drop_sales(world, world.live_drop) for line in sale.lines})
    low, mid, high = keys
    assert high < mid < low


def test_without_a_feed_list_prices_are_charged_and_told() -> None:
    world = young_world()
    until = world.clock - timedelta(hours=1)
    world.past(until)
    before = len(world.sales)
    shown = rows_of(world.serve_hour(until, None), "shown_prices")
    listed = {planned.sku: planned.list_price for planned in world.live_drop.skus}
    assert {row["sku"]: row["price"] for row in shown} == {sku: str(price) for sku, price in listed.items()}
    lines = [line for sale in world.sales[before:] if sale.drop_id for line in sale.lines]
    assert all(line.unit_price == listed[line.sku] for line in lines)


def test_nothing_is_sold_where_the_feed_says_sold_out() -> None:
    world = young_world()
    until = world.clock - timedelta(hours=1)
    world.past(until)
    before = len(world.sales)
    world.serve_hour(until, price_feed(world, until, lambda _: None))
    assert not [sale for sale in world.sales[before:] if sale.drop_id]


def test_an_hour_without_orders_still_lands_a_heartbeat() -> None:
    world = young_world()
    night = world.began_at.replace(hour=2) + timedelta(days=1)
    world.past(night)
    orders = [world.serve_hour(night + timedelta(hours=n), None)[0] for n in range(3)]
    assert all(file.feed == "orders" and file.content.startswith(b"order_id,") for file in orders)


def test_hours_are_served_in_order_and_a_past_runs_once() -> None:
    world = young_world()
    with pytest.raises(WorldError, match="not the next one"):
        world.serve_hour(world.clock, None)
    world.past(world.began_at + timedelta(hours=2))
    with pytest.raises(WorldError, match="runs once"):
        world.past(world.clock)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clock": DEMO_CLOCK.replace(tzinfo=None)}, "full hour"),
        ({"clock": DEMO_CLOCK.replace(minute=30)}, "full hour"),
        ({"seed": -1}, "negative"),
        ({"history_days": 0}, "past of at least one day"),
    ],
)
def test_a_world_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(WorldError, match=message):
        World.from_seed(**changes)


def test_the_past_lands_by_rename_in_a_folder_a_feed(tmp_path: Path) -> None:
    world = young_world(history_days=1)
    paths = world.write_past(tmp_path, world.clock - timedelta(hours=1))
    assert all(path.parent.parent == tmp_path and path.parent.name in {*FEEDS, "drops"} for path in paths)
    assert sorted(paths) == sorted(path for path in tmp_path.rglob("*") if path.is_file())


def test_a_drop_that_ended_before_the_world_began_is_not_in_its_files() -> None:
    world = young_world()
    files = world.past(world.clock)
    assert [file.name for file in files if file.feed == "drops"] == [f"{world.live_drop.drop_id}.yaml"]
    assert not drop_sales(world, world.finished_drop)
