from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.evaluate import evaluate_drops
from pipelines.pricing.engine import LearningPolicy
from tests.unit.pricing.test_decision_log import sell_drop


def test_one_short_drop_is_refused_with_a_sentence():
    drop, _ = sell_drop(12, LearningPolicy(exploration=0.5))
    found = evaluate_drops([drop], "list")
    assert (found.decisions_known, found.decisions_unknown, found.estimates) == (11, 1, ())
    assert "fewer than 200: pool more drops" in found.refusal


def test_drops_are_pooled_until_something_can_be_said():
    drop, _ = sell_drop(40, LearningPolicy(exploration=0.9))
    found = evaluate_drops([replace(drop, drop_id=f"drop-{number}") for number in range(12)], "engine")
    assert found.refusal is None
    assert {each.estimator for each in found.estimates} == {"ips", "snips", "doubly_robust", "model"}
    assert found.effective_hours >= 200


def test_drops_of_two_currencies_are_not_pooled():
    drop, _ = sell_drop(4, LearningPolicy())
    foreign = replace(drop, decisions=tuple(replace(row, currency_code="GBP") for row in drop.decisions))
    with pytest.raises(ValueError, match="EUR and GBP cannot be pooled"):
        evaluate_drops([drop, foreign], "list")


def test_a_policy_that_is_not_known_is_named():
    result = CliRunner().invoke(app, ["evaluate", "--policy", "luck"])
    assert result.exit_code == 2
