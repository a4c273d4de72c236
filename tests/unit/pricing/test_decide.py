from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pipelines.pricing.decide import decide, decide_drops
from pipelines.pricing.guardrails import PlanRefusedError
from pipelines.pricing.ledger_rows import find_chain_breaks, hash_decision
from pipelines.pricing.policy import Alternative, BandBelief, ListPricePolicy, Proposal
from pipelines.pricing.problem import CHAIN_START, ChannelPlan, NotANumberError
from tests.unit.pricing.conftest import make_problem, make_sku

LIST = ListPricePolicy()
TWO_BY_TWO = {
    "skus": (make_sku("wreath"), make_sku("candle")),
    "channels": (ChannelPlan("web", Decimal("0.03")), ChannelPlan("popup", Decimal(0))),
}


@dataclass(frozen=True)
class DrawPolicy:
    """Proposes the same alternatives in every cell."""

    alternatives: tuple[Alternative, ...]
    beliefs: tuple[BandBelief, ...] = ()
    version: str = "draw-1"

    def propose(self, problem, cells):
        del problem
        return [Proposal(self.alternatives, self.beliefs, 1.23456789012345, "none") for _ in cells]


SPREAD = DrawPolicy(
    (
        Alternative("low", "optimise", 0.5),
        Alternative("mid", "optimise", 0.3),
        Alternative("high", "explore", 0.2),
    )
)


def test_the_list_policy_decides_mid_in_every_cell_with_propensity_one():
    hour = decide(make_problem(**TWO_BY_TWO), LIST)
    assert [(row.sku, row.channel) for row in hour.decisions] == [
        ("candle", "popup"),
        ("candle", "web"),
        ("wreath", "popup"),
        ("wreath", "web"),
    ]
    assert {(row.band, row.price_amount, row.reason, row.propensity_mid) for row in hour.decisions} == {
        ("mid", Decimal("10.00"), "list", 1.0)
    }
    assert (hour.clamps, hour.beliefs) == ((), ())


def test_the_same_problem_gives_the_same_rows():
    assert decide(make_problem(**TWO_BY_TWO), SPREAD) == decide(make_problem(**TWO_BY_TWO), SPREAD)


@pytest.mark.parametrize(("hours_in", "count"), [(-1, 0), (0, 1), (71, 1), (72, 0)])
def test_only_an_hour_that_overlaps_the_window_is_decided(hours_in, count):
    assert len(decide(make_problem(hours_in=hours_in), LIST).decisions) == count


def test_a_window_off_the_hour_is_decided_from_the_hour_that_holds_its_start():
    problem = make_problem(hours_in=0)
    late = replace(problem, starts_at=problem.starts_at + timedelta(minutes=30))
    assert len(decide(late, LIST).decisions) == 1
    assert decide(late, LIST).decisions[0].hours_left == 72.0


def test_an_hour_that_is_decided_is_not_decided_again():
    problem = make_problem()
    again = replace(problem, undecided_from=problem.as_of + timedelta(hours=1))
    assert decide(again, LIST).decisions == ()


def test_hours_that_passed_undecided_get_one_row_each_before_the_hour_itself():
    problem = make_problem(hours_in=5, history={"last_band": "low", "last_price": Decimal("8.80")})
    hour = decide(replace(problem, undecided_from=problem.as_of - timedelta(hours=3)), LIST)
    assert [row.reason for row in hour.decisions] == ["missed", "missed", "missed", "list"]
    first = hour.decisions[0]
    assert (first.band, first.price_amount, first.propensity_mid) == (None, Decimal("10.00"), None)
    assert first.valid_from == problem.as_of - timedelta(hours=3)
    assert hour.decisions[-1].lowest_30d_amount == Decimal("10.00")


def test_after_missed_hours_the_band_step_starts_from_list():
    high = DrawPolicy((Alternative("high", "optimise", 1.0),))
    problem = make_problem(history={"last_band": "low", "last_price": Decimal("8.80")})
    assert decide(problem, high).decisions[-1].band == "mid"
    missed = replace(problem, undecided_from=problem.as_of - timedelta(hours=1))
    assert decide(missed, high).decisions[-1].band == "high"


def test_a_drop_that_ended_meanwhile_gets_its_missed_hours_and_nothing_else():
    problem = make_problem(hours_in=80)
    hour = decide(replace(problem, undecided_from=problem.ends_at - timedelta(hours=2)), LIST)
    assert [row.reason for row in hour.decisions] == ["missed", "missed"]


def test_propensities_are_those_behind_the_guardrails():
    row = decide(make_problem(history={"last_band": "low", "last_price": Decimal("8.80")}), SPREAD).decisions[0]
    assert (row.propensity_low, row.propensity_mid, row.propensity_high) == (0.5, 0.5, 0.0)


def test_propensities_do_not_depend_on_the_draw_and_the_draw_follows_them():
    rows = [decide(make_problem(seed=seed), SPREAD).decisions[0] for seed in range(400)]
    assert {(row.propensity_low, row.propensity_mid, row.propensity_high) for row in rows} == {(0.5, 0.3, 0.2)}
    shares = {band: sum(row.band == band for row in rows) / len(rows) for band in ("low", "mid", "high")}
    # Four standard errors of a share of 400.
    assert shares == pytest.approx({"low": 0.5, "mid": 0.3, "high": 0.2}, abs=0.1)
    assert {row.reason for row in rows if row.band == "high"} == {"explore"}


def test_a_holdout_hour_is_certain():
    row = decide(make_problem(holdout_rate=Decimal(1)), SPREAD).decisions[0]
    assert (row.reason, row.propensity_low, row.propensity_mid) == ("holdout", 0.0, 1.0)


def test_sold_out_has_neither_price_nor_propensities():
    hour = decide(make_problem(skus=(make_sku(units_left=0),)), SPREAD)
    row = hour.decisions[0]
    assert (row.reason, row.band, row.price_amount, row.propensity_mid) == ("sold_out", None, None, None)
    assert [clamp.guardrail for clamp in hour.clamps] == ["stock"]


def test_a_drop_without_any_stock_is_decided_all_the_same():
    hour = decide(make_problem(hours_in=0, skus=(make_sku(units_left=0, staged_units=0),)), LIST)
    assert hour.decisions[0].reason == "sold_out"


def test_each_row_carries_the_hash_of_the_row_before_it():
    hour = decide(make_problem(**TWO_BY_TWO), SPREAD)
    assert hour.decisions[0].previous_sha256 == CHAIN_START
    assert hour.decisions[1].previous_sha256 == hash_decision(hour.decisions[0])
    assert find_chain_breaks(hour.decisions) == []


def test_a_changed_row_breaks_the_chain_at_its_successor():
    rows = list(decide(make_problem(**TWO_BY_TWO), SPREAD).decisions)
    rows[1] = replace(rows[1], price_amount=Decimal("1.00"))
    assert find_chain_breaks(rows) == [rows[2].decision_id]


@pytest.mark.parametrize("probability", [float("nan"), 0.9, -0.1])
def test_a_policy_whose_probabilities_are_none_is_refused(probability):
    policy = DrawPolicy((Alternative("low", "optimise", probability), Alternative("mid", "optimise", 0.0)))
    with pytest.raises(NotANumberError):
        decide(make_problem(), policy)


def test_a_belief_that_is_not_a_number_is_never_stored():
    policy = DrawPolicy((Alternative("mid", "optimise", 1.0),), (BandBelief("mid", float("nan"), 0.0, 1.0, 2.0),))
    with pytest.raises(NotANumberError):
        decide(make_problem(), policy)


def test_stored_numbers_have_twelve_significant_digits():
    assert decide(make_problem(), SPREAD).decisions[0].shadow_price_amount == 1.23456789012


def test_of_many_drops_a_refused_one_stops_no_other():
    dear = make_problem(skus=(make_sku(unit_cost=Decimal("9.50")),))
    first, refused, last = decide_drops([make_problem(), dear, make_problem(drop_id="b")], ListPricePolicy())
    assert first == decide(make_problem(), ListPricePolicy())
    assert isinstance(refused, PlanRefusedError)
    assert last.drop_id == "b"
