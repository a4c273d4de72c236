from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

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
        "sold": [],
        "outcomes": [],
        "decisions": [],
        "lowest_prices": [],
        "actions": [],
        "orders_met_at": at(3),
        "known_since": at(-24),
    }
    return DropRows(**(rows | changes))


def outcome(hours, **changes):
    row = {
        "sku": "candle",
        "channel": "web",
        "hour_at": at(hours),
        "sold_units": 0,
        "shown_price_amount": Decimal("10.00"),
        "shown_rate": 1.0,
        "shown_units": 0,
    }
    return row | changes


def decided(hours_in, undecided_hours=0):
    problem = make_problem(hours_in, undecided_from=at(hours_in - undecided_hours))
    shown = {"killed_at": None, "shown_band": "mid", "shown_price_amount": Decimal("10.00")}
    return [vars(row) | shown for row in decide(problem, ListPricePolicy()).decisions]


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


def test_a_kill_leaves_list_as_the_last_price_whatever_was_decided():
    (row,) = decided(0)
    low = row | {"band": "low", "shown_band": "low", "shown_price_amount": Decimal("8.80")}
    assert history(1, decisions=[low]).last_band == "low"
    killed = history(1, decisions=[low | {"killed_at": at(0.5)}])
    assert (killed.last_band, killed.last_price) == ("mid", Decimal("10.00"))


def test_an_hour_in_which_nothing_was_offered_leaves_the_price_before_it():
    sold_out = decided(1)[0] | {"shown_band": None, "shown_price_amount": None}
    assert history(2, decisions=[*decided(0), sold_out]).last_price == Decimal("10.00")


def test_the_start_is_known_by_its_local_hour():
    assert build_problem(rows_of(), at(0)).start_hour == 10


def test_units_left_never_go_below_zero():
    (sku,) = build_problem(rows_of(sold=[{"sku": "candle", "sold_units": 7}]), at(2)).skus
    assert sku.units_left == 0


def test_outcomes_stand_in_their_hours_and_an_hour_without_one_teaches_nothing():
    rows = [
        outcome(2, sold_units=3, shown_units=1, shown_rate=0.25, shown_price_amount=Decimal("9.50")),
        outcome(0, sold_units=2, shown_units=2),
    ]
    cell = history(outcomes=rows)
    assert cell.sold_units == (2, 0, 3)
    assert cell.shown_prices == (Decimal("10.00"), None, Decimal("9.50"))
    assert cell.shown_rates == (1.0, None, 0.25)
    assert cell.shown_units == (2, 0, 1)


def test_an_hour_whose_price_nobody_knows_teaches_nothing():
    rows = [outcome(0, sold_units=4, shown_price_amount=None, shown_rate=None, shown_units=None)]
    cell = history(1, outcomes=rows)
    assert (cell.shown_prices, cell.shown_rates, cell.shown_units) == ((None,), (None,), (0,))


def test_the_lowest_price_of_thirty_days_is_carried():
    lowest = [{"sku": "candle", "channel": "web", "lowest_amount": Decimal("9.00")}]
    assert history().lowest_30d is None
    assert history(lowest_prices=lowest).lowest_30d == Decimal("9.00")
