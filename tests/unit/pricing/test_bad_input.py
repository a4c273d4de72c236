"""What an engine must live through: no past, no sales, no stock, no orders, no plan that can be kept, no number."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from pipelines.pricing.decide import decide
from pipelines.pricing.engine import LearningPolicy
from pipelines.pricing.guardrails import PlanRefusedError
from pipelines.pricing.learning import fit_shop_prior
from pipelines.pricing.policy import Alternative, BandBelief, Proposal
from pipelines.pricing.problem import NotANumberError
from tests.unit.pricing.conftest import make_problem, make_sku

ENGINE = LearningPolicy()


def numbers_of(hour):
    """Every number that would be stored."""
    rows = [*hour.decisions, *hour.beliefs]
    return [value for row in rows for value in vars(row).values() if isinstance(value, float)]


def test_no_past_drops():
    assert fit_shop_prior([]) is None
    hour = decide(make_problem(0, shop_prior=None), ENGINE)
    assert hour.decisions[0].prior_source == "fleet"
    assert np.isfinite(numbers_of(hour)).all()


def test_one_sku_with_no_sales_ever():
    problem = make_problem(60, skus=(make_sku("candle"), make_sku("wreath", forecast_units=None)))
    quiet, sold = problem.cells[1], (5,) * 60
    busy = replace(problem.cells[0], sold_units=sold, shown_units=sold)
    hour = decide(replace(problem, cells=(busy, quiet)), ENGINE)
    assert {row.sku for row in hour.decisions} == {"candle", "wreath"}
    assert np.isfinite(numbers_of(hour)).all()
    expected = {row.decision_id: row.expected_units for row in hour.beliefs if row.band == "mid"}
    assert expected[hour.decisions[1].decision_id] < expected[hour.decisions[0].decision_id]


def test_stock_zero_at_the_start():
    hour = decide(make_problem(0, skus=(make_sku(staged_units=0, units_left=0, forecast_units=None),)), ENGINE)
    assert [(row.reason, row.price_amount) for row in hour.decisions] == [("sold_out", None)]
    assert np.isfinite(numbers_of(hour)).all()


def test_a_list_price_below_the_floor():
    with pytest.raises(PlanRefusedError, match=r"list price 10(\.00)? of candle in web is below the floor 12\.6596"):
        decide(make_problem(skus=(make_sku(min_margin_rate=Decimal("0.5")),)), ENGINE)


def test_outcomes_missing_for_hours():
    known = make_problem(10, history={"sold_units": (3,) * 10})
    gaps = {
        "sold_units": (3,) * 4 + (0,) * 6,
        "shown_prices": (Decimal("10.00"),) * 4 + (None,) * 6,
        "shown_rates": (1.0,) * 4 + (None,) * 6,
    }
    hour = decide(make_problem(10, history=gaps), ENGINE)
    # Hours that nobody knows are no hours without sales.
    alone = decide(replace(known, orders_met_at=known.starts_at + timedelta(hours=4)), LearningPolicy())
    assert hour.beliefs[1].expected_units == pytest.approx(alone.beliefs[1].expected_units)
    assert np.isfinite(numbers_of(hour)).all()


class NoNumbers:
    """A policy that believes what is no number."""

    version = "none-1"

    def propose(self, problem, cells):
        del problem
        belief = BandBelief("mid", float("nan"), 0.0, float("inf"), 1.0)
        return [Proposal((Alternative("mid", "optimise", 1.0),), beliefs=(belief,)) for _ in cells]


def test_nan_anywhere():
    with pytest.raises(NotANumberError):
        decide(make_problem(), NoNumbers())
    rate = {"shown_rates": (float("nan"),) * 5}
    with pytest.raises(NotANumberError):
        decide(make_problem(5, history=rate), ENGINE)
