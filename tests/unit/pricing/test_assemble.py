from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from pipelines.pricing.assemble import DropRows, build_problem
from pipelines.pricing.decide import decide
from pipelines.pricing.ledger_rows import hash_decision
from pipelines.pricing.policy import ListPricePolicy
from pipelines.pricing.problem import CHAIN_START
from tests.unit.pricing.conftest import STARTS_AT, make_problem


def at(hours):
    return STARTS_AT + timedelta(hours=hours)


def rows_of(**changes):
    drop = {
        "drop_id": "advent", "version": 1, "starts_at": at(0), "ends_at": at(72), "timezone": "Europe/Berlin",
        "currency_code": "EUR", "tax_rate": Decimal("0.19"), "max_staleness_hours": 3, "holdout_rate": Decimal(0),
        "taper_hours": 0, "seed": 7,
    }  # fmt: skip
    sku = {
        "sku": "candle", "low_price_amount": Decimal("8.80"), "mid_price_amount": Decimal("10.00"),
        "high_price_amount": Decimal("11.20"), "unit_cost_amount": Decimal(5), "salvage_amount": Decimal(3),
        "min_margin_rate": Decimal("0.05"), "forecast_units": 100, "staged_units": 5,
    }  # fmt: skip
    rows = {
        "drop": drop,
        "skus": [sku],
        "channels": [{"channel": "web", "fee_rate": Decimal("0.03")}],
        "stock": [{"sku": "candle", "units": 5, "staged_at": at(0)}],
        "sales": [],
        "sold_out": [],
        "decisions": [],
        "shown": [],
        "earlier_prices": [],
        "actions": [],
        "orders_met_at": at(3),
        "known_since": at(-24),
    }
    return DropRows(**(rows | changes))


def sold(hours, units, channel="web"):
    return {"sku": "candle", "channel": channel, "hour_at": at(hours), "sold_units": units}


def shown(start, end, price):
    return {
        "sku": "candle",
        "channel": "web",
        "valid_from": at(start),
        "valid_to": at(end),
        "price": Decimal(price),
    }


def decided(hours_in, undecided_hours=0):
    problem = make_problem(hours_in, undecided_from=at(hours_in - undecided_hours))
    return [vars(row) | {"is_shown": True} for row in decide(problem, ListPricePolicy()).decisions]


def history(hours_in=3, **changes):
    (cell,) = build_problem(rows_of(**changes), at(hours_in)).cells
    return cell


def test_before_its_first_decision_a_drop_has_nothing_to_look_back_on():
    problem = build_problem(rows_of(), at(0))
    assert (problem.undecided_from, problem.previous_sha256) == (at(0), CHAIN_START)
    assert problem.cells[0].last_band is None
    assert problem.cells[0].sold_units == ()


def test_a_plan_that_came_late_leaves_earlier_hours_alone():
    assert build_problem(rows_of(known_since=at(2)), at(3)).undecided_from == at(2)


def test_the_next_hour_goes_on_from_the_last_decision():
    decisions = decided(1, undecided_hours=1)
    problem = build_problem(rows_of(decisions=decisions), at(2))
    assert problem.undecided_from == at(2)
    assert problem.previous_sha256 == hash_decision(
        decide(make_problem(1, undecided_from=at(0)), ListPricePolicy()).decisions[-1]
    )
    assert problem.cells[0].last_band == "mid"


def test_a_price_decided_too_late_to_be_shown_was_not_shown():
    late = [row | {"is_shown": False} for row in decided(0)]
    assert history(1, decisions=late).shown_prices == (None,)
    assert history(1, decisions=late).lowest_30d is None
    assert build_problem(rows_of(decisions=late), at(1)).undecided_from == at(1)


def test_the_start_is_known_by_its_local_hour():
    assert build_problem(rows_of(), at(0)).start_hour == 10


def test_units_left_never_go_below_zero():
    (sku,) = build_problem(rows_of(sales=[sold(0, 4), sold(1, 3, "popup")]), at(2)).skus
    assert sku.units_left == 0


def test_sales_stand_in_the_hour_they_were_made():
    assert history(sales=[sold(0, 2), sold(2, 1)]).sold_units == (2, 0, 1)


def test_the_price_shown_is_the_decision_unless_a_storefront_says_otherwise():
    decisions = decided(0) + decided(1)
    assert history(decisions=decisions).shown_prices == (Decimal("10.00"), Decimal("10.00"), None)
    said = history(decisions=decisions, shown=[shown(0, 1, "9.50"), shown(2, 2.5, "9.50"), shown(2.5, 3, "9.50")])
    assert said.shown_prices == (Decimal("9.50"), Decimal("10.00"), Decimal("9.50"))


@pytest.mark.parametrize("intervals", [[(0, 0.5, "9.50")], [(0, 0.5, "9.50"), (0.5, 1, "9.00")]])
def test_an_hour_with_two_prices_teaches_nothing(intervals):
    assert history(1, decisions=decided(0), shown=[shown(*each) for each in intervals]).shown_prices == (None,)


def test_a_missed_hour_teaches_only_what_a_storefront_says():
    decisions = decided(2, undecided_hours=2)
    assert history(decisions=decisions).shown_prices == (None, None, Decimal("10.00"))
    assert history(decisions=decisions, shown=[shown(0, 1, "10.00")]).shown_prices[0] == Decimal("10.00")


def test_the_prior_price_is_the_lowest_of_thirty_days_from_every_source():
    earlier = [{"sku": "candle", "channel": "web", "lowest_amount": Decimal("9.00")}]
    assert history().lowest_30d is None
    assert history(decisions=decided(0), earlier_prices=earlier).lowest_30d == Decimal("9.00")
    # The thirty days before hour 3 begin at hour -717.
    intervals = [shown(-718, -716, "8.00"), shown(-719, -717, "7.00")]
    assert history(shown=intervals).lowest_30d == Decimal("8.00")


def test_stock_that_ran_out_within_an_hour_counts_up_to_its_last_sale():
    sales = [sold(0, 2), sold(1, 3)]
    assert history(sales=sales).in_stock == (1.0, None, 0.0)
    out = [{"sku": "candle", "sold_out_at": at(1.25)}]
    assert history(sales=sales, sold_out=out).in_stock == (1.0, 0.25, 0.0)


def test_a_restock_brings_the_sku_back():
    stock = [{"sku": "candle", "units": 2, "staged_at": at(0)}, {"sku": "candle", "units": 3, "staged_at": at(2)}]
    assert history(sales=[sold(0, 2)], stock=stock).in_stock == (None, 0.0, 1.0)


def test_a_window_off_the_hour_exposes_only_its_part():
    drop = dict(rows_of().drop) | {"starts_at": at(0.5)}
    stock = [{"sku": "candle", "units": 5, "staged_at": at(0.5)}]
    assert history(drop=drop, stock=stock).in_stock == (0.5, 1.0, 1.0)
