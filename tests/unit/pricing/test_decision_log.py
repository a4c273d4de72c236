from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from pipelines.pricing.decide import decide
from pipelines.pricing.decision_log import read_decision_log
from pipelines.pricing.engine import LearningPolicy
from pipelines.pricing.evaluation import evaluate
from pipelines.pricing.policy import BandPolicy, ListPricePolicy
from pipelines.pricing.replay import StoredDrop
from tests.unit.pricing.conftest import make_problem, make_sku

RATES = {"low": 4.0, "mid": 3.0, "high": 2.0}


def sell_drop(hours, policy, **changes):
    """The ledger of a drop that was decided hour by hour, of buyers whose rates are known."""
    rng = np.random.default_rng(1)
    decided, sold, shown = [], [], []
    for hour in range(hours):
        history = {
            "sold_units": tuple(sold), "shown_prices": tuple(shown), "shown_rates": (1.0,) * hour,
            "last_band": decided[-1].decisions[0].band if decided else None,
            "last_price": shown[-1] if shown else None,
        }  # fmt: skip
        decided.append(decide(make_problem(hour, history=history, **changes), policy))
        row = decided[-1].decisions[0]
        sold.append(int(rng.poisson(RATES[row.band])))
        shown.append(row.price_amount)
    drop = StoredDrop(
        "advent",
        tuple(row for hour in decided for row in hour.decisions),
        (),
        tuple(row for hour in decided for row in hour.beliefs),
        {hour.inputs_sha256: hour.frame_json for hour in decided},
    )
    return drop, sold


def test_a_log_holds_every_hour_whose_outcome_is_in_a_frame():
    policy = LearningPolicy(exploration=0.5)
    drop, sold = sell_drop(12, policy)
    found = read_decision_log([drop], ListPricePolicy())
    # The twelfth hour was decided; what it sold is in no frame.
    assert (len(found.decisions), found.unknown_count) == (11, 1)
    for place, row in enumerate(found.decisions):
        kept = Decimal("0.97") / Decimal("1.19")
        worth = float(row.price_amount * kept) - 3 - row.shadow_price_amount
        assert found.log.reward[place] == pytest.approx(sold[place] * worth)
        assert found.log.propensities[place].sum() == pytest.approx(1)
    assert (found.target == [0, 1, 0]).all()
    assert found.log.expected is not None


def test_the_policy_that_decided_has_the_propensities_of_the_log():
    policy = LearningPolicy(exploration=0.5)
    drop, _ = sell_drop(12, policy)
    found = read_decision_log([drop], policy)
    assert found.target == pytest.approx(found.log.propensities)
    assert evaluate(found.log, found.target, 0).effective_hours == pytest.approx(11)


def test_another_price_shown_and_orders_not_met_are_not_known():
    drop, _ = sell_drop(12, LearningPolicy(exploration=0.5))
    last = drop.decisions[3]
    elsewhere = replace(drop, decisions=(*drop.decisions[:3], replace(last, price_amount=Decimal("9.99")),
                                         *drop.decisions[4:]))  # fmt: skip
    assert read_decision_log([elsewhere], ListPricePolicy()).unknown_count == 2


def test_a_policy_is_held_behind_the_floor():
    dear = make_sku(min_margin_rate=Decimal("0.35"))
    drop, _ = sell_drop(6, ListPricePolicy(), skus=(dear,))
    assert (read_decision_log([drop], BandPolicy("low")).target == [0, 1, 0]).all()
    assert read_decision_log([drop], BandPolicy("low")).log.expected is None


def test_hours_of_two_drops_are_different_hours():
    drop, _ = sell_drop(6, LearningPolicy(exploration=0.5))
    found = read_decision_log([drop, replace(drop, drop_id="other")], ListPricePolicy())
    assert len(set(found.log.hours)) == len(found.decisions) == 10


def test_a_ledger_without_drawn_decisions_has_an_empty_log():
    found = read_decision_log([StoredDrop("advent", (), (), (), {})], ListPricePolicy())
    assert evaluate(found.log, found.target).refusal is not None
