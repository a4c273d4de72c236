"""The published feed: amounts as decimal text, and a fallback that follows from the hour's end."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.price_bands import BandEntry, PriceBands, fallback_after, plain_amount

NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(("amount", "text"), [("12.5", "12.50"), ("0.125", "0.125"), ("3", "3.00"), ("0", "0.00")])
def test_amounts_have_at_least_two_places_and_no_exponent(amount: str, text: str) -> None:
    assert plain_amount(Decimal(amount)) == text


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_an_amount_survives_its_text(amount: Decimal) -> None:
    assert Decimal(plain_amount(amount)) == amount


def test_the_feed_is_plain_json_with_a_dead_mans_rule() -> None:
    entry = BandEntry(
        drop_id="d", sku="007", channel="web", band=None, price_amount=None, list_amount=Decimal("10"),
        currency_code="EUR", valid_from=NOON, valid_to=NOON + timedelta(hours=1),
        fallback_after=fallback_after(NOON + timedelta(hours=1)), reason="sold_out", decision_id="x",
    )  # fmt: skip
    feed = PriceBands(snapshot_id="s", as_of=NOON, status="live", entries=(entry,))
    written = json.loads(feed.to_json())
    assert written["schema_version"] == 1
    assert written["entries"][0]["price_amount"] is None
    assert written["entries"][0]["list_amount"] == "10.00"
    assert written["entries"][0]["fallback_after"] == "2026-11-14T13:15:00Z"
    assert PriceBands.model_validate_json(feed.to_json()) == feed
