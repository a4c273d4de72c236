"""A decision told to a person: belief, bands, guardrails, what was left."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import pytest

from pipelines.cli.why import tell_belief, tell_decision, tell_rest
from pipelines.pricing.decide import decide
from pipelines.pricing.engine import LearningPolicy
from pipelines.pricing.explain import CellBelief, believe_cell
from tests.unit.pricing.conftest import make_problem, make_sku
from tests.unit.pricing.test_guardrails import action


def told(problem):
    """The decision of the only cell and its clamps, as rows."""
    hour = decide(problem, LearningPolicy(exploration=0.0))
    return asdict(hour.decisions[0]), [asdict(clamp) for clamp in hour.clamps]


def test_a_decision_is_told_with_its_price_its_limits_and_the_guardrail_that_bound():
    row, clamps = told(make_problem(skus=(make_sku(units_left=5000),), actions=(action("kill"),)))
    lines = list(tell_decision(row, clamps))
    assert lines[0] == "candle, Web, Fri 20 Nov 2026, 14:00 to 15:00 UTC"
    assert lines[1] == "€10.00, the list price. Set by the operator."
    # The floor is 6.4674 EUR: a cent less would be forbidden.
    assert lines[2] == "  (list €10.00, never below €6.47)"
    assert lines[3] == "Operator: kill by Ines: stall closed (low band became list price)."


def test_nothing_to_sell_and_an_hour_without_a_tick_are_said_plainly():
    row, clamps = told(make_problem(skus=(make_sku(units_left=0),)))
    assert list(tell_decision(row, clamps))[1] == "No price: sold out."
    missed = row | {"reason": "missed", "price_amount": Decimal(10), "units_left": None, "propensity_mid": None}
    assert list(tell_decision(missed, []))[1] == "€10.00. No tick in time: list."


@pytest.mark.parametrize(
    ("elasticity", "words"),
    [(0.5, "hardly mind"), (1.5, "mind the price a little"), (2.5, "mind the price:"), (4.0, "mind the price a lot")],
)
def test_the_belief_is_told_in_words(elasticity, words):
    belief = CellBelief(elasticity, (elasticity - 1, elasticity + 1), 1.32, (0.9, 1.9), 12, 34)
    first, second, third = tell_belief(belief, "cross_drop")
    assert words in first
    assert second == "  Demand at list runs 32% above what was planned (90 % sure: -10% to +90%)."
    assert (
        third
        == "  Learned from what this shop's earlier drops taught, then from 12 known hours here, in which 34 sold."
    )


def test_demand_close_to_the_plan_runs_as_planned():
    belief = CellBelief(2.0, (1, 3), 0.98, (0.9, 1.1), 1, 0)
    assert "runs as planned" in list(tell_belief(belief, "none"))[1]


def test_the_belief_about_a_cell_is_that_of_its_sales():
    few, many = (make_problem(30, history={"sold_units": (units,) * 30}) for units in (1, 4))
    assert believe_cell(few, "candle", "web").demand_ratio < believe_cell(many, "candle", "web").demand_ratio
    assert believe_cell(many, "candle", "web").units_learned == 120
    with pytest.raises(ValueError, match="does not sell candle in popup"):
        believe_cell(few, "candle", "popup")


def test_what_was_left_is_told_and_what_is_not_known_left_out():
    problem = make_problem()
    row, _ = told(problem)
    assert "Left: 150 of 150 units, 67 hours." in list(tell_rest(row, problem))
    bare = row | {"units_left": None, "shadow_price_amount": None, "propensity_mid": None}
    assert len(list(tell_rest(bare, problem))) == 1
