from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pipelines.cli.plan_check import check_plan
from pipelines.contracts.plan_template import PlanDraft, render_plan
from pipelines.pricing.problem import BANDS
from pipelines.warehouse.known_shop import KnownDrop, KnownShop

PLAN = """drop_id: advent
version: 1
name: Advent
starts_at: 2026-12-04T18:00:00+01:00
timezone: Europe/Berlin
currency_code: EUR
channels: {web: {fee_rate: 0.03}, popup: {fee_rate: 0}}
tax_rate: 0.19
max_staleness_hours: 3
holdout_rate: 0.10
taper_hours: 24
skus:
  - sku: CANDLE
    title: Candle
    list_price: 10.00
    unit_cost: 4.00
    salvage_amount: 2.00
    min_margin_rate: 0.20
    bands: {low: 8.80, mid: 10.00, high: 11.20}
    stock: {HUB-1: 40}
    forecast_units: 50
  - sku: STAR
    title: Star
    list_price: 20.00
    unit_cost: 8.00
    salvage_amount: 4.00
    min_margin_rate: 0.20
    bands: {low: 17.60, mid: 20.00, high: 22.40}
    stock: {HUB-1: 40}
    forecast_units: 50
"""
STARTS_AT = datetime(2026, 12, 4, 17, tzinfo=UTC)


def shop(**changes):
    known = {
        "as_of": STARTS_AT - timedelta(days=9), "drops": (), "capacity_by_hub": {"HUB-1": 100}, "lowest_by_sku": {},
        "orders_an_hour": None,
    }  # fmt: skip
    return KnownShop(**known | changes)


def other_drop(**changes):
    known = {
        "drop_id": "early", "version": 1, "starts_at": STARTS_AT + timedelta(hours=71),
        "ends_at": STARTS_AT + timedelta(hours=143), "skus": frozenset({"CANDLE"}),
    }  # fmt: skip
    return KnownDrop(**known | changes)


def found(text=PLAN, known=None):
    report = check_plan("advent.yaml", text, known or shop())
    return report, {each.rule: each for each in report.findings if each.severity != "note"}


def note(report, rule):
    return next(each for each in report.findings if each.rule == rule)


def test_a_good_plan_has_no_error_and_says_what_will_happen():
    report, faults = found()
    assert faults == {}
    assert report.is_accepted
    assert len(report.floors) == 4
    assert report.floors[0].bands == BANDS
    # 48 hours before the taper, a tenth of them drawn.
    assert len(report.holdout_hours) == 5
    assert note(report, "holdout_is_enough").line == 10
    assert note(report, "stock_against_forecast").message == "CANDLE: 40 units for 50 expected at list (80%)"
    uplift = note(report, "smallest_uplift")
    assert "as forecast, one unit an order" in uplift.message
    assert f"{report.smallest_uplift_rate:.0%}" in uplift.message
    taper = note(report, "taper_and_prior_price").message
    assert "from 2026-12-06 17:00 UTC (24-hour taper) its price may fall to 8.80 and does not rise again" in taper
    assert 'until 2027-01-06 a "was" price above 8.80 is then not lawful' in taper


def test_a_list_price_below_its_floor_is_an_error_with_its_numbers():
    report, faults = found(PLAN.replace("unit_cost: 4.00", "unit_cost: 7.00", 1))
    fault = faults["list_price_keeps_the_margin"]
    assert (report.is_accepted, fault.severity, fault.line) == (False, "error", 15)
    # 7.00 x 1.19 / (1 - .03 - .20)
    assert "below the floor 10.82 (cost 7.00, fee 3.0%, tax 19.0%, margin 20.0%)" in fault.message


def test_a_low_band_below_the_floor_is_a_warning_and_lowers_no_prior_price():
    report, faults = found(PLAN.replace("unit_cost: 4.00", "unit_cost: 6.00", 1))
    assert faults["low_band_keeps_the_margin"].line == 19
    assert report.is_accepted
    assert not any("CANDLE" in each.message for each in report.findings if each.rule == "taper_and_prior_price")


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("salvage_amount: 2.00", "salvage_amount: 4.00", "salvage_is_below_cost", 17),
        ("stock: {HUB-1: 40}", "stock: {HUB-9: 40}", "hubs_are_known", 20),
        ("stock: {HUB-1: 40}", "stock: {HUB-1: 0}", "stock_is_staged", 20),
        ("stock: {HUB-1: 40}", "stock: {HUB-1: 90}", "hubs_hold_the_stock", 12),
        ("timezone:", "ends_at: 2026-12-06T18:00:00+01:00\ntimezone:", "drop_is_72_hours", 5),
        ("holdout_rate: 0.10", "holdout_rate: 0", "holdout_is_drawn", 10),
        ("starts_at: 2026-12", "starts_at: 2026-11", "starts_at_is_to_come", 4),
    ],
)
def test_what_asks_for_a_look_is_a_warning_on_its_line(old, new, rule, line):
    report, faults = found(PLAN.replace(old, new, 1))
    assert (faults[rule].severity, faults[rule].line) == ("warning", line)
    assert report.is_accepted


def test_a_sku_in_another_drop_at_that_time_is_an_error():
    report, faults = found(known=shop(drops=(other_drop(),)))
    assert not report.is_accepted
    assert faults["skus_are_in_one_drop_at_a_time"].line == 13
    after = other_drop(starts_at=STARTS_AT + timedelta(hours=72))
    assert found(known=shop(drops=(after, other_drop(skus=frozenset({"TEA"})))))[1] == {}


def test_a_version_that_is_loaded_already_is_a_warning():
    own = other_drop(drop_id="advent", version=1, starts_at=STARTS_AT, ends_at=STARTS_AT + timedelta(hours=72))
    assert "version_is_new" in found(known=shop(drops=(own,)))[1]
    assert found(PLAN.replace("version: 1", "version: 2"), shop(drops=(own,)))[1] == {}


def test_a_lower_price_of_the_30_days_before_is_told():
    _, faults = found(known=shop(lowest_by_sku={"STAR": Decimal("17.6000")}))
    assert "STAR: it was sold at 17.60 within 30 days" in faults["prior_price_of_30_days"].message


def test_the_rate_of_past_drops_goes_before_the_forecast():
    report, _ = found(known=shop(orders_an_hour=12.0))
    assert report.orders_an_hour == 12.0
    assert "12.0 orders an hour (as in past drops)" in note(report, "smallest_uplift").message


def test_without_a_snapshot_the_rest_is_checked():
    report = check_plan("advent.yaml", PLAN, None)
    assert report.is_accepted
    assert [each.rule for each in report.findings if each.severity == "warning"] == ["shop_is_known"]


def test_broken_rules_come_with_line_and_rule():
    report, _ = found(PLAN.replace("list_price: 10.00", "list_price: 10.50"))
    assert not report.is_accepted
    assert [(each.rule, each.line) for each in report.findings] == [("bands_mid_is_the_list_price", 13)]
    assert found("drop_id: [")[0].findings[0].rule == "plan_is_yaml"


def test_an_unfinished_template_names_each_open_line():
    text = render_plan(PlanDraft("advent"))
    report, _ = found(text)
    lines = [each.line for each in report.findings]
    opened = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# TO FILL")]
    assert set(opened) <= set(lines)
    # An empty tax would be read as none.
    assert any("tax_rate is still to fill" in each.message for each in report.findings)
