from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.drop_plan import DropPlan, DropPlanError, gtin_check_digit, parse_drop_plan
from pipelines.contracts.plan_text import PlanTextError, read_plan_text

PLAN = """\
drop_id: winter-tea
name: Winter tea
starts_at: 2026-11-27T18:00:00+01:00
timezone: Europe/Berlin
currency_code: EUR
channels: [web, popup]
max_staleness_hours: 3
holdout_rate: 0.10
taper_hours: 24
skus:
  - sku: 007
    title: Tea
    list_price: 1.10
    unit_cost: "0.40"
    min_margin_rate: 0.2
    bands: {low: 0.99, mid: 1.10, high: 1.21}
    stock: {mitte: 40, nord: 0}
    restocks: [{at: 2026-11-28T10:00:00+01:00, hub_id: nord, units: 12}]
  - sku: B
    title: Pot
    list_price: 30
    unit_cost: 12.5
    min_margin_rate: 0.2
    bands: {low: 27, mid: 30, high: 33}
    stock: {mitte: 5}
"""


def parse(text: str = PLAN) -> DropPlan:
    return parse_drop_plan(read_plan_text(text))


def rules_broken(text: str) -> dict[str, tuple[str, int, str]]:
    with pytest.raises(DropPlanError) as caught:
        parse(text)
    return {broken.rule: (broken.field, broken.line, broken.value) for broken in caught.value.broken}


def test_scalars_keep_the_text_that_was_written() -> None:
    plan = parse()
    assert plan.skus[0].sku == "007"
    assert plan.skus[0].list_price == Decimal("1.1000")
    assert plan.starts_at == datetime(2026, 11, 27, 17, tzinfo=UTC)


def test_what_is_not_said_follows_from_the_rest() -> None:
    plan = parse()
    assert plan.version == 1
    assert plan.ends_at == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert plan.seed == parse().seed
    assert plan.seed != parse(PLAN.replace("winter-tea", "summer-tea")).seed
    assert plan.channels["web"].fee_rate == 0
    assert plan.tax_rate == 0
    assert plan.skus[0].salvage_amount == 0


def test_channels_may_bear_their_fees() -> None:
    plan = parse(PLAN.replace("[web, popup]", "{web: {fee_rate: 0.03}, popup: }"))
    assert {name: terms.fee_rate for name, terms in plan.channels.items()} == {
        "web": Decimal("0.03"),
        "popup": Decimal(0),
    }


@pytest.mark.parametrize(
    ("written", "instead", "rule", "place", "value"),
    [
        ("low: 0.99", "low: 1.10", "bands_rise_from_low_over_mid_to_high", ("skus.0.bands", 16), '"1.10"'),
        ("list_price: 1.10", "list_price: 1.20", "bands_mid_is_the_list_price", ("skus.0", 11), "1.20"),
        ("list_price: 30", "list_price: 3e1", "is_decimal_text", ("skus.1.list_price", 21), "3e1"),
        ("list_price: 30", "list_price: 30,50", "is_decimal_text", ("skus.1.list_price", 21), "30,50"),
        ("unit_cost: 12.5", "unit_cost: 12.50001", "has_at_most_4_decimals", ("skus.1.unit_cost", 22), "12.50001"),
        ("unit_cost: 12.5", "unit_cost: -1", "is_not_negative", ("skus.1.unit_cost", 22), "-1"),
        ("nord: 0", "nord: -3", "is_from_0_to_10000000", ("skus.0.stock.nord", 17), "-3"),
        ("nord: 0", "nord:", "is_a_whole_number", ("skus.0.stock.nord", 17), "null"),
        ("sku: B", "sku: 007", "skus_are_written_once", ("plan", 1), "winter-tea"),
        ("taper_hours: 24", "taper_hours: 12", "taper_hours_is_0_or_24", ("plan", 1), "winter-tea"),
        ("[web, popup]", "[web, phone]", "is_web_mobile_marketplace_or_popup", ("channels", 6), "phone"),
        ("[web, popup]", "[web, web]", "channels_are_written_once", ("channels", 6), "web"),
        ("EUR", "EURO", "is_an_iso_4217_code", ("currency_code", 5), "EURO"),
        ("Europe/Berlin", "Europe/Nowhere", "is_a_time_zone", ("timezone", 4), "Europe/Nowhere"),
        ("Europe/Berlin", "../../etc/passwd", "is_a_time_zone", ("timezone", 4), "../../etc/passwd"),
        ("18:00:00+01:00", "18:00:00", "is_an_instant_with_offset", ("starts_at", 3), "2026-11-27T18:00:00"),
        ("11-27T18", "11-31T18", "is_an_instant_with_offset", ("starts_at", 3), "2026-11-31"),
        ("holdout_rate: 0.10", "holdout_rate: 10", "is_from_0_to_0.5", ("holdout_rate", 8), "10"),
        ("holdout_rate", "holdout_rat", "is_a_known_field", ("holdout_rat", 8), "0.10"),
        ("11-28T10", "12-28T10", "restocks_arrive_while_the_drop_runs", ("plan", 1), "winter-tea"),
        ("winter-tea", "../tea", "is_letters_digits_dots_and_dashes", ("drop_id", 1), "../tea"),
        ("winter-tea", "shop", "is_no_reserved_word", ("drop_id", 1), "shop"),
        ("winter-tea", "All", "is_no_reserved_word", ("drop_id", 1), "All"),
        ("title: Tea", "gtin: 4006381333932", "is_a_gtin", ("skus.0.gtin", 12), "4006381333932"),
        ("name: Winter tea", "name:", "is_present", ("name", 2), "nothing"),
    ],
)
def test_a_broken_rule_is_named_with_its_field_line_and_value(
    written: str, instead: str, rule: str, place: tuple[str, int], value: str
) -> None:
    assert written in PLAN
    broken = rules_broken(PLAN.replace(written, instead, 1))
    assert rule in broken
    assert broken[rule][:2] == place
    assert value in broken[rule][2]


def test_one_sku_makes_no_drop() -> None:
    assert "skus_are_2_to_4" in rules_broken(PLAN[: PLAN.index("  - sku: B")])


def test_all_broken_rules_are_reported_at_once() -> None:
    text = PLAN.replace("low: 0.99", "low: 9").replace("EUR", "XXX").replace("nord: 0", "nord: none")
    assert len(rules_broken(text)) == 3


def test_two_plans_that_say_the_same_are_equal_in_canonical_form() -> None:
    first = parse()
    second = parse(PLAN.replace("1.10", '"1.1000"').replace("2026-11-27T18:00:00+01:00", "2026-11-27T17:00:00Z"))
    assert first.canonical_json() == second.canonical_json()
    assert first.canonical_json() != parse(PLAN.replace("mitte: 5", "mitte: 6")).canonical_json()


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "plan_keys_are_written_once", 3),
        ("a: &x [1]\nb: *x\n", "plan_has_no_aliases", 2),
        ("a: !!python/object/apply:os.system [ls]\n", "plan_has_no_tags", 1),
        ("a: 1\nb: [\n", "plan_is_yaml", 3),
        ("[" * 40, "plan_is_not_nested_too_deep", 1),
        ("? [a, b]\n: 1\n", "plan_keys_are_words", 1),
        ("a: \x00\n", "plan_is_yaml", 1),
        ('a: 1\ntitle: "\\uD800"\n', "plan_is_unicode_text", 2),
        ('a: 1\ntitle: "\\0"\n', "plan_is_unicode_text", 2),
        ('stock: {"\\uDFFF": 1}\n', "plan_is_unicode_text", 1),
    ],
)
def test_text_that_no_plan_may_be_written_in_is_refused_by_line(text: str, rule: str, line: int) -> None:
    with pytest.raises(PlanTextError) as caught:
        read_plan_text(text)
    assert (caught.value.rule, caught.value.line) == (rule, line)


@given(st.text(max_size=200))
def test_any_text_is_a_plan_or_a_named_refusal(text: str) -> None:
    with suppress(PlanTextError, DropPlanError):
        parse(text)


def test_the_check_digit_is_gs1s_own_example() -> None:
    assert gtin_check_digit("629104150021") == "3"
