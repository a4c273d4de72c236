from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.pricing import explain_decision

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def decision(**changes):
    row = {
        "sku": "candle", "channel": "web", "valid_from": NOON, "valid_to": NOON + timedelta(hours=1), "band": "low",
        "price_amount": Decimal("8.8000"), "list_amount": Decimal("10.0000"), "floor_amount": Decimal("6.1340"),
        "lowest_30d_amount": Decimal("8.8000"), "currency_code": "EUR", "propensity_low": 0.99, "propensity_mid": 0.01,
        "propensity_high": 0.0, "reason": "optimise", "units_left": 12, "hours_left": 69.0,
        "shadow_price_amount": 1.25, "prior_source": "fleet", "policy_version": "engine-1", "as_of": NOON,
    }  # fmt: skip
    return row | changes


def test_a_decision_is_told_with_its_numbers_and_what_stepped_in():
    text = "\n".join(explain_decision(decision(), [{"guardrail": "step", "detail": "high to low is more than one"}]))
    for part in ("Price 8.80 EUR (band low; list 10.00, floor 6.13)", "12 units and 69 hours", "worth 1.25 EUR",
                 "low 99.0%", "Guardrail step: high to low", "prior fleet"):  # fmt: skip
        assert part in text


def test_what_is_not_known_is_left_out():
    bare = decision(
        price_amount=None, units_left=None, shadow_price_amount=None, lowest_30d_amount=None, propensity_mid=None
    )
    lines = explain_decision(bare, [])
    assert lines[1] == "Nothing was offered: sold out."
    assert len(lines) == 3


@pytest.mark.parametrize("arguments", [["replay"], ["replay", "advent", "--all"], ["backtest", "--families", "huge"]])
def test_a_command_that_cannot_be_meant_says_so(arguments):
    assert CliRunner().invoke(app, arguments).exit_code == 2
