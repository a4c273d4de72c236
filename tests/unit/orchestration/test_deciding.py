from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pipelines.orchestration.deciding import ENGINE, SAFE_POLICY, decide_hour, replay_ledger
from pipelines.pricing.policy import Alternative, Proposal
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.ledger import fetch_ledger
from tests.unit.warehouse.priced_shop import STARTS_AT, add_drop, make_marts, met_orders, sell


class BrokenPolicy:
    version = "broken-1"

    def propose(self, problem, cells):
        del problem
        return [Proposal((Alternative("low", "optimise", float("nan")),)) for _ in cells]


@pytest.fixture
def shop(tmp_path):
    connection = connect_warehouse(tmp_path / "warehouse.duckdb")
    make_marts(connection)
    add_drop(connection)
    met_orders(connection, STARTS_AT)
    yield connection
    connection.close()


def tick(connection, hours_in, policy=SAFE_POLICY):
    as_of = STARTS_AT + timedelta(hours=hours_in)
    return decide_hour(connection, as_of, as_of + timedelta(minutes=3), policy)


def reasons(connection, drop_id="advent"):
    return [row["reason"] for row in fetch_ledger(connection, drop_id)["decisions"]]


def test_a_tick_prices_by_the_engine_unless_told_otherwise(shop):
    decide_hour(shop, STARTS_AT, STARTS_AT)
    (row,) = fetch_ledger(shop, "advent")["decisions"]
    assert row["policy_version"] == ENGINE.version


def test_an_hour_is_decided_once_however_often_the_tick_runs(shop):
    assert tick(shop, 0).decided_count == 1
    assert tick(shop, 0).decided_count == 0
    assert tick(shop, -1).decided_count == 0
    assert reasons(shop) == ["list"]


def test_missed_hours_are_written_exactly_once_and_the_present_one_decided(shop):
    tick(shop, 0)
    report = tick(shop, 3)
    assert (report.missed_count, report.decided_count) == (2, 1)
    assert tick(shop, 3).missed_count == 0
    assert reasons(shop) == ["list", "missed", "missed", "list"]


def test_hours_before_the_plan_was_known_are_not_missed(shop):
    add_drop(shop, "late", sku="wreath", row_hash=2, known_since=STARTS_AT + timedelta(hours=2))
    tick(shop, 2)
    assert reasons(shop, "late") == ["list"]


def test_hours_missed_after_the_plan_came_are_missed_even_if_none_was_ever_decided(shop):
    tick(shop, 2)
    assert reasons(shop) == ["missed", "missed", "list"]


def test_units_left_are_those_staged_less_those_sold_and_sold_out_is_said(shop):
    sell(shop, 0, 3)
    tick(shop, 1)
    sell(shop, 1, 4)
    tick(shop, 2)
    rows = fetch_ledger(shop, "advent")["decisions"]
    assert [(row["units_left"], row["reason"]) for row in rows] == [(None, "missed"), (2, "list"), (0, "sold_out")]


def test_orders_that_stay_away_turn_the_reason_stale(shop):
    for hours_in in range(7):
        tick(shop, hours_in)
    assert reasons(shop) == ["list"] * 4 + ["stale"] * 3


def test_the_ledger_replays_equal_and_a_tampered_row_is_found(shop):
    for hours_in in (0, 1, 4, 5):
        sell(shop, hours_in, 1)
        tick(shop, hours_in)
    report = replay_ledger(shop, "advent")
    assert report.is_equal
    assert report.compared_count == 6
    shop.execute("update pricing.decisions set price_amount = 1 where valid_from = (select max(valid_from) "
                 "from pricing.decisions)")  # fmt: skip
    (found,) = replay_ledger(shop, "advent").differences
    assert (found.column, Decimal(found.stored)) == ("price_amount", 1)


def test_the_engine_decides_from_the_fleet_then_from_the_shops_own_drops_and_replays(shop):
    for hours_in in range(4):
        sell(shop, hours_in, 1)
        tick(shop, hours_in, policy=ENGINE)
    rows = fetch_ledger(shop, "advent")["decisions"]
    assert {row["prior_source"] for row in rows} == {"fleet"}
    assert {row["reason"] for row in rows} <= {"optimise", "explore"}
    add_drop(shop, "late", sku="wreath", row_hash=2, known_since=STARTS_AT, starts_at=STARTS_AT + timedelta(hours=72))
    met_orders(shop, STARTS_AT + timedelta(hours=72))
    tick(shop, 72, policy=ENGINE)
    (row,) = fetch_ledger(shop, "late")["decisions"]
    assert (row["prior_source"], row["policy_version"]) == ("cross_drop", "engine-3")
    assert replay_ledger(shop, "advent").is_equal
    assert replay_ledger(shop, "late").is_equal


def test_a_broken_chain_is_reported_and_pricing_goes_on_at_list(shop):
    tick(shop, 0)
    tick(shop, 1)
    shop.execute("update pricing.decisions set units_left = 99 where units_left = 5 and valid_from = "
                 "(select min(valid_from) from pricing.decisions)")  # fmt: skip
    report = tick(shop, 2, policy=BrokenPolicy())
    assert "does not carry the hash" in report.problems[0]
    assert reasons(shop)[-1] == "list"


def test_a_policy_that_fails_is_replaced_by_list_and_said(shop):
    report = tick(shop, 0, policy=BrokenPolicy())
    assert "broken-1 failed" in report.problems[0]
    assert reasons(shop) == ["list"]


def test_a_plan_below_its_floor_is_refused_with_its_numbers_and_the_others_go_on(shop):
    add_drop(shop, "loss", sku="wreath", row_hash=2)
    shop.execute("update marts.dim_skus set unit_cost_amount = 9 where sku = 'wreath'")
    report = tick(shop, 0)
    assert report.drops == ("advent",)
    assert "list price 10 of wreath in web is below the floor" in report.problems[0]
