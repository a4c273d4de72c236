from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest

from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.ledger import append_decisions, fetch_due_drops, fetch_ledger
from tests.unit.warehouse.priced_shop import STARTS_AT, add_drop, make_marts, met_orders, naive

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path):
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    make_marts(connection)
    yield connection
    connection.close()


def decision(hours_in=3, drop_id="advent", **changes):
    valid_from = STARTS_AT + timedelta(hours=hours_in)
    row = {
        "decision_id": f"dec_{drop_id}_{hours_in}",
        "drop_id": drop_id,
        "sku": "candle",
        "channel": "web",
        "valid_from": valid_from,
        "valid_to": valid_from + timedelta(hours=1),
        "band": "mid",
        "price_amount": Decimal("10.0000"),
        "list_amount": Decimal("10.0000"),
        "floor_amount": Decimal("6.1340"),
        "lowest_30d_amount": None,
        "currency_code": "EUR",
        "propensity_low": 0.0,
        "propensity_mid": 1.0,
        "propensity_high": 0.0,
        "reason": "list",
        "units_left": 5,
        "hours_left": 69.0,
        "shadow_price_amount": None,
        "prior_source": None,
        "seed": 7,
        "inputs_sha256": f"in_{hours_in}",
        "previous_sha256": "0" * 64,
        "policy_version": "list-1",
        "as_of": valid_from,
    }
    return row | changes


def inputs(hours_in=3):
    return {
        "inputs_sha256": f"in_{hours_in}",
        "drop_id": "advent",
        "valid_from": STARTS_AT + timedelta(hours=hours_in),
        "frame_json": "{}",
    }


def append(connection, *decisions):
    append_decisions(connection, {"decisions": decisions}, NOON)


def test_a_live_drop_is_due_with_all_its_parts(shop):
    add_drop(shop)
    met_orders(shop, STARTS_AT + timedelta(hours=2))
    (rows,) = fetch_due_drops(shop, NOON)
    assert rows.drop["drop_id"] == "advent"
    assert rows.drop["starts_at"] == STARTS_AT
    assert [(row["channel"], row["fee_rate"]) for row in rows.channels] == [("web", Decimal("0.030000"))]
    assert [(row["sku"], row["staged_units"]) for row in rows.skus] == [("candle", 5)]
    assert rows.orders_met_at == STARTS_AT + timedelta(hours=2)
    assert rows.known_since == STARTS_AT - timedelta(days=1)


@pytest.mark.parametrize(("hours_in", "is_due"), [(-2, False), (-1, False), (0, True), (71, True), (72, False)])
def test_a_decided_drop_is_due_while_its_window_lasts(shop, hours_in, is_due):
    add_drop(shop)
    if hours_in > 0:
        append(shop, decision(hours_in - 1))
    assert bool(fetch_due_drops(shop, STARTS_AT + timedelta(hours=hours_in))) == is_due


def test_a_decided_hour_is_not_due_again_and_neither_is_an_earlier_one(shop):
    add_drop(shop)
    append(shop, decision(3))
    for hours_in in (1, 2, 3):
        assert fetch_due_drops(shop, STARTS_AT + timedelta(hours=hours_in)) == []
    assert fetch_due_drops(shop, STARTS_AT + timedelta(hours=4))


def test_a_drop_that_ended_with_hours_undecided_is_due_for_those(shop):
    add_drop(shop)
    append(shop, decision(69))
    assert fetch_due_drops(shop, STARTS_AT + timedelta(hours=80))


def test_a_drop_that_was_over_before_its_plan_came_is_not_due(shop):
    add_drop(shop, known_since=STARTS_AT + timedelta(days=90))
    assert fetch_due_drops(shop, STARTS_AT + timedelta(days=90)) == []


def test_parts_are_those_of_the_highest_version_then_of_the_smallest_hash(shop):
    add_drop(shop, row_hash=9, units=5, fee_rate="0.01")
    add_drop(shop, row_hash=3, version=2, units=7, fee_rate="0.02", with_marts=False)
    add_drop(shop, row_hash=4, version=2, units=8, fee_rate="0.03", with_marts=False)
    (rows,) = fetch_due_drops(shop, NOON)
    assert [row["fee_rate"] for row in rows.channels] == [Decimal("0.020000")]


def test_prices_shown_in_another_currency_or_too_long_ago_are_left_out(shop):
    add_drop(shop)
    for price, currency, days_ago in ((9, "EUR", 29), (8, "EUR", 31), (7, "USD", 2)):
        start = naive(NOON - timedelta(days=days_ago))
        shop.execute(
            "insert into staging.stg_shown_prices__prices values ('candle', 'web', ?, ?, ?, ?)",
            [start, start + timedelta(hours=1), price, currency],
        )
    (rows,) = fetch_due_drops(shop, NOON)
    assert [row["lowest_amount"] for row in rows.lowest_prices] == [Decimal("9.0000")]


def test_an_earlier_drops_decisions_count_as_prior_prices_for_thirty_days(shop):
    add_drop(shop)
    append(
        shop,
        decision(-29 * 24, "october", price_amount=Decimal("9.0000")),
        decision(-31 * 24, "october", price_amount=Decimal("8.0000")),
        decision(-28 * 24, "october", price_amount=None),
    )
    (rows,) = fetch_due_drops(shop, NOON)
    assert [row["lowest_amount"] for row in rows.lowest_prices] == [Decimal("9.0000")]


def test_what_is_appended_comes_back_as_it_was(shop):
    rows = {
        "inputs": [inputs()],
        "decisions": [decision()],
        "clamps": [
            {
                "decision_id": "dec_advent_3",
                "position": 1,
                "guardrail": "step",
                "band_before": "low",
                "band_after": "mid",
                "detail": "more than one band",
            }
        ],
        "beliefs": [
            {
                "decision_id": "dec_advent_3",
                "band": "mid",
                "expected_units": 1.5,
                "lower_units": None,
                "upper_units": 3.0,
                "worth_amount": 0.123456789012,
            }
        ],
    }
    append_decisions(shop, rows, NOON)
    assert fetch_ledger(shop, "advent") == rows | {"decisions": [decision() | {"decided_at": NOON}]}


def test_an_hour_appended_twice_leaves_nothing_of_the_second(shop):
    append_decisions(shop, {"inputs": [inputs()], "decisions": [decision()]}, NOON)
    with pytest.raises(duckdb.ConstraintException):
        append_decisions(shop, {"inputs": [inputs(4)], "decisions": [decision(4), decision(3)]}, NOON)
    assert [row["inputs_sha256"] for row in fetch_ledger(shop, "advent")["inputs"]] == ["in_3"]
    assert len(fetch_ledger(shop, "advent")["decisions"]) == 1
