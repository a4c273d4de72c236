from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.drop_plan import DropPlan, DropPlanError, PlannedSku, parse_drop_plan
from pipelines.contracts.plan_template import PlanDraft, SkuDraft, render_plan
from pipelines.contracts.plan_text import read_plan_text

FILLED = {
    "name:  # TO FILL": "name: Advent",
    "starts_at:  # TO FILL": "starts_at: 2026-12-04T18:00:00+01:00",
    "timezone:  # TO FILL": "timezone: Europe/Berlin",
    "currency_code:  # TO FILL": "currency_code: EUR",
    "tax_rate:  # TO FILL": "tax_rate: 0.19",
    "channels: {}  # TO FILL": "channels: {web: {fee_rate: 0.03}}  #",
    "title:  # TO FILL": "title: Candle",
    "list_price:  # TO FILL": "list_price: 10.00",
    "unit_cost:  # TO FILL": "unit_cost: 4.00",
    "salvage_amount:  # TO FILL": "salvage_amount: 2.00",
    "min_margin_rate:  # TO FILL": "min_margin_rate: 0.2",
    "bands: {low: , mid: , high: }": "bands: {low: 8.80, mid: 10.00, high: 11.20}",
    "stock: {}": "stock: {HUB-1: 5}",
}


def test_an_empty_template_is_refused_line_by_line_and_filled_in_it_is_a_plan():
    text = render_plan(PlanDraft("advent"))
    with pytest.raises(DropPlanError):
        parse_drop_plan(read_plan_text(text))
    for empty, filled in FILLED.items():
        assert empty in text, empty
        text = text.replace(empty, filled)
    text = text.replace("sku:  # TO FILL", "sku: A", 1).replace("sku:  # TO FILL", "sku: B", 1)
    plan = parse_drop_plan(read_plan_text(text))
    assert [planned.sku for planned in plan.skus] == ["A", "B"]
    assert plan.holdout_rate == Decimal("0.10")


def test_every_field_of_a_plan_is_in_the_template():
    text = render_plan(PlanDraft("advent"))
    for part in (DropPlan, PlannedSku):
        for name in part.model_fields:
            assert f"{name}:" in text, name


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_whatever_a_sku_is_called_is_read_back(name):
    draft = PlanDraft("advent", skus=(SkuDraft(sku=name, title=name, notes=(name,)),))
    content = read_plan_text(render_plan(draft)).content
    assert content["skus"][0]["sku"] == content["skus"][0]["title"] == name


def test_amounts_and_rates_are_written_as_people_write_them():
    text = render_plan(PlanDraft("advent", tax_rate=Decimal("0.190000"), fee_by_channel={"web": Decimal("0.125000")}))
    assert "tax_rate: 0.19\n" in text
    assert "web: {fee_rate: 0.125}" in text
