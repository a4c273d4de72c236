"""A guardrail that is taken out must make a test fail: here each is taken out in turn."""

from __future__ import annotations

import pytest

from pipelines.pricing import guardrails
from pipelines.pricing.guardrails import GUARDRAILS
from tests.unit.pricing import test_guardrails as suite

# The test that holds each guardrail in its place.
HELD_BY = {
    "stock": suite.test_nothing_left_means_nothing_is_offered_even_when_an_operator_says_so,
    "operator": suite.test_kill_shows_list_whatever_the_policy_wants,
    "staleness": suite.test_without_any_orders_file_the_list_price_is_shown,
    "holdout": suite.test_a_holdout_hour_sells_at_list,
    "floor": suite.test_the_floor_binds_the_operator_too,
    "taper": suite.test_in_the_taper_a_price_never_rises,
    "step": lambda: suite.test_a_price_moves_one_band_an_hour("low", "high"),
}


def test_every_guardrail_is_taken_out_once() -> None:
    assert list(HELD_BY) == list(GUARDRAILS)


@pytest.mark.parametrize("name", HELD_BY)
def test_a_guardrail_taken_out_makes_its_test_fail(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    HELD_BY[name]()
    others = {each: guardrail for each, guardrail in GUARDRAILS.items() if each != name}
    monkeypatch.setattr(guardrails, "GUARDRAILS", others)
    with pytest.raises(AssertionError):
        HELD_BY[name]()
