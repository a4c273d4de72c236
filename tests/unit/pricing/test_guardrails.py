from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pricing.guardrails import (
    GUARDRAILS,
    Choice,
    PlanRefusedError,
    apply_guardrails,
    bind_floor,
    bind_holdout,
    bind_operator,
    bind_staleness,
    bind_step,
    bind_stock,
    bind_taper,
    build_cells,
    drop_hours,
    floor_amount,
    holdout_hours,
    is_tapering,
)
from pipelines.pricing.problem import ChannelPlan, OperatorAction
from tests.unit.pricing.conftest import STARTS_AT, make_problem, make_sku

WEB = ChannelPlan("web", Decimal("0.03"))


def action(kind="hold", hours=1, **changes):
    whole = OperatorAction(
        f"act_{hours}", kind, None, None, None, "Ines", "stall closed", STARTS_AT + timedelta(hours=hours)
    )
    return replace(whole, **changes)


def guard(problem, band, reason="optimise"):
    """What one proposed band ends as in the only cell of a problem, and which guardrails stepped in."""
    (cell,) = build_cells(problem)
    choice, clamps = apply_guardrails(Choice(band, reason), cell, problem, "dec_1")
    return choice, [(clamp.guardrail, clamp.band_before, clamp.band_after) for clamp in clamps]


def test_the_order_of_guardrails_is_the_documented_one():
    assert list(GUARDRAILS) == ["stock", "operator", "staleness", "holdout", "floor", "taper", "step"]


def test_a_choice_that_breaks_nothing_passes_without_a_clamp():
    assert guard(make_problem(), "low") == (Choice("low", "optimise"), [])


# Stock


def test_nothing_left_means_nothing_is_offered_even_when_an_operator_says_so():
    problem = make_problem(skus=(make_sku(units_left=0),), actions=(action("override", band="high"),))
    assert guard(problem, "low") == (Choice(None, "sold_out"), [("stock", "low", None)])


def test_one_unit_left_is_still_offered():
    assert guard(make_problem(skus=(make_sku(units_left=1),)), "low")[0].band == "low"


# Operator


def test_hold_keeps_the_band_shown_last():
    problem = make_problem(history={"last_band": "low"}, actions=(action("hold"),))
    choice, clamps = guard(problem, "mid")
    assert (choice.band, choice.reason) == ("low", "hold")
    assert clamps == [("operator", "mid", "low")]


def test_override_sets_the_band_and_resume_ends_it():
    override = action("override", band="high")
    assert guard(make_problem(actions=(override,)), "low")[0].band == "high"
    assert guard(make_problem(actions=(override, action("resume", hours=2))), "low") == (Choice("low", "optimise"), [])


def test_kill_shows_list_whatever_the_policy_wants():
    choice, clamps = guard(make_problem(actions=(action("kill"),)), "low")
    assert (choice.band, choice.reason) == ("mid", "operator")
    assert clamps == [("operator", "low", "mid")]


def test_an_action_for_another_sku_or_channel_does_not_bind():
    other = (action("kill", sku="wreath"), action("kill", hours=2, channel="popup"))
    assert guard(make_problem(actions=other), "low") == (Choice("low", "optimise"), [])


def test_the_last_action_counts_in_whatever_order_they_are_given():
    early, late = action("kill", hours=1), action("override", hours=2, band="high")
    assert guard(make_problem(actions=(late, early)), "low")[0].band == "high"


# Staleness


@pytest.mark.parametrize(
    ("age_hours", "band", "reason"),
    [(3, "low", "optimise"), (4, "high", "stale"), (5, "high", "stale"), (6, "mid", "stale")],
)
def test_old_orders_hold_the_last_band_and_two_hours_later_show_list(age_hours, band, reason):
    problem = make_problem(hours_in=8, history={"last_band": "high"})
    problem = replace(problem, orders_met_at=problem.as_of - timedelta(hours=age_hours))
    (cell,) = build_cells(problem)
    choice, said = bind_staleness(Choice("low", "optimise"), cell, problem)
    assert (choice.band, choice.reason) == (band, reason)
    assert (said is None) == (reason == "optimise")


def test_without_any_orders_file_the_list_price_is_shown():
    choice, clamps = guard(make_problem(orders_met_at=None), "low")
    assert (choice.band, choice.reason) == ("mid", "stale")
    assert clamps == [("staleness", "low", "mid")]


def test_an_operator_goes_before_staleness():
    problem = make_problem(orders_met_at=None, actions=(action("override", band="high"),))
    assert guard(problem, "low")[0].reason == "operator"


# Hold-out


def holdout_problem(**changes):
    return make_problem(holdout_rate=Decimal(1), **changes)


def test_a_holdout_hour_sells_at_list():
    assert guard(holdout_problem(), "low") == (Choice("mid", "holdout"), [("holdout", "low", "mid")])


def test_a_holdout_hour_binds_neither_an_operator_nor_stale_data():
    assert guard(holdout_problem(actions=(action("override", band="high"),)), "low")[0].reason == "operator"
    assert guard(holdout_problem(orders_met_at=None), "low")[0].reason == "stale"


def test_holdout_hours_follow_from_the_seed_alone():
    early, late = make_problem(1, holdout_rate=Decimal("0.1")), make_problem(60, holdout_rate=Decimal("0.1"))
    assert holdout_hours(early) == holdout_hours(late)
    assert holdout_hours(early) != holdout_hours(replace(early, seed=8))


@given(
    st.decimals(0, 1, places=3),
    st.sampled_from([0, 24]),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 59),
)
def test_holdout_hours_are_the_rate_of_the_hours_before_the_taper(rate, taper_hours, seed, minutes):
    starts_at = STARTS_AT + timedelta(minutes=minutes)
    problem = make_problem(holdout_rate=rate, taper_hours=taper_hours, seed=seed, starts_at=starts_at)
    drawn = holdout_hours(problem)
    eligible = [hour for hour in drop_hours(problem) if not is_tapering(problem, hour)]
    assert drawn <= set(eligible)
    assert len(drawn) == int(len(eligible) * rate + Decimal("0.5"))
    assert all(hour + timedelta(hours=1) <= problem.ends_at - timedelta(hours=taper_hours) for hour in drawn)


# Floor


def test_the_floor_with_tax_and_fee_is_exact():
    # 5.00 x 1.19 / (1 - 0.03 - 0.27) = 8.50 exactly.
    sku = make_sku(min_margin_rate=Decimal("0.27"))
    assert floor_amount(sku, WEB, Decimal("0.19")) == Decimal("8.50")


def test_a_price_at_the_floor_is_allowed_and_one_step_below_is_not():
    sku = make_sku(min_margin_rate=Decimal("0.27"), low_price=Decimal("8.50"))
    assert guard(make_problem(skus=(sku,)), "low") == (Choice("low", "optimise"), [])
    below = make_problem(skus=(replace(sku, low_price=Decimal("8.4999")),))
    assert guard(below, "low") == (Choice("mid", "optimise"), [("floor", "low", "mid")])


def test_the_floor_binds_the_operator_too():
    sku = make_sku(min_margin_rate=Decimal("0.30"))
    choice, clamps = guard(make_problem(skus=(sku,), actions=(action("override", band="low"),)), "high")
    assert choice.band == "mid"
    assert clamps == [("operator", "high", "low"), ("floor", "low", "mid")]


def test_a_list_price_below_the_floor_is_refused_with_the_numbers():
    problem = make_problem(skus=(make_sku(min_margin_rate=Decimal("0.5")),))
    with pytest.raises(PlanRefusedError, match=r"list price 10.00 of candle in web is below the floor 12\.6596"):
        build_cells(problem)


def test_a_fee_and_margin_that_leave_nothing_are_refused():
    with pytest.raises(PlanRefusedError, match="leave nothing"):
        floor_amount(make_sku(min_margin_rate=Decimal("0.97")), WEB, Decimal(0))


money = st.decimals("0.01", 1000, places=2)
rates = st.decimals(0, "0.4", places=3)


@given(money, rates, rates, rates, st.integers(-3, 3))
def test_the_floor_parts_prices_that_keep_the_margin_from_those_that_do_not(cost, tax, fee, margin, steps):
    sku = make_sku(unit_cost=cost, min_margin_rate=margin)
    floor = floor_amount(sku, ChannelPlan("web", fee), tax)
    price = floor + steps * Decimal("0.0001")
    keeps_margin = price * (1 - fee - margin) >= cost * (1 + tax)
    assert keeps_margin == (price >= floor)


# Taper


def tapering(**history):
    return make_problem(hours_in=50, taper_hours=24, history=history)


def test_in_the_taper_a_price_never_rises():
    choice, clamps = guard(tapering(last_band="low", last_price=Decimal("8.80")), "mid")
    assert choice.band == "low"
    assert clamps == [("taper", "mid", "low")]


def test_the_hour_before_the_taper_may_rise_and_the_first_of_it_may_not():
    history = {"last_band": "low", "last_price": Decimal("8.80")}
    assert guard(make_problem(hours_in=47, taper_hours=24, history=history), "mid")[0].band == "mid"
    assert guard(make_problem(hours_in=48, taper_hours=24, history=history), "mid")[0].band == "low"


def test_a_kill_may_raise_the_price_in_the_taper_and_leaves_a_row_that_says_so():
    problem = replace(tapering(last_band="low", last_price=Decimal("8.80")), actions=(action("kill"),))
    choice, clamps = guard(problem, "low")
    assert choice.band == "mid"
    assert clamps == [("operator", "low", "mid"), ("taper", "mid", "mid")]


def test_stale_to_list_is_exempt_from_the_taper():
    problem = replace(tapering(last_band="low", last_price=Decimal("8.80")), orders_met_at=None)
    choice, clamps = guard(problem, "low")
    assert choice.band == "mid"
    assert clamps[-1] == ("taper", "mid", "mid")


def test_in_the_taper_the_floor_of_a_new_plan_goes_before_the_last_price():
    sku = make_sku(min_margin_rate=Decimal("0.30"))
    problem = replace(tapering(last_band="low", last_price=Decimal("8.80")), skus=(sku,))
    assert guard(problem, "high")[0].band == "mid"


# Step


@pytest.mark.parametrize(("last", "wanted"), [("low", "high"), ("high", "low")])
def test_a_price_moves_one_band_an_hour(last, wanted):
    choice, clamps = guard(make_problem(history={"last_band": last}), wanted)
    assert choice.band == "mid"
    assert clamps == [("step", wanted, "mid")]


def test_a_step_never_raises_a_tapering_price_that_a_new_plan_lifted():
    sku = make_sku(low_price=Decimal(9), mid_price=Decimal(11), high_price=Decimal(13))
    problem = make_problem(
        hours_in=50, taper_hours=24, skus=(sku,), history={"last_band": "high", "last_price": Decimal(10)}
    )
    for proposed in ("low", "mid", "high"):
        choice, _ = guard(problem, proposed)
        assert choice.band == "low"


def test_the_first_hour_has_no_step():
    assert guard(make_problem(history={"last_band": None, "last_price": None}), "high") == (
        Choice("high", "optimise"),
        [],
    )


@given(
    band=st.sampled_from(["low", "mid", "high"]),
    last=st.sampled_from(["low", "mid", "high", None]),
    hours_in=st.integers(0, 71),
    taper_hours=st.sampled_from([0, 24]),
    margin=st.decimals("0.0", "0.36", places=2),
    age=st.integers(0, 8),
    kind=st.sampled_from([None, "hold", "override", "kill", "resume"]),
    said=st.sampled_from(["low", "mid", "high"]),
    holdout=st.sampled_from([Decimal(0), Decimal("0.5")]),
)
def test_whatever_happens_no_guardrail_is_left_broken(
    *, band, last, hours_in, taper_hours, margin, age, kind, said, holdout
):
    sku = make_sku(min_margin_rate=margin)
    if last is not None and sku.price_of(last) < floor_amount(sku, WEB, Decimal("0.19")):
        last = "mid"
    problem = make_problem(
        hours_in=hours_in,
        taper_hours=taper_hours,
        skus=(sku,),
        holdout_rate=holdout,
        history={"last_band": last, "last_price": None if last is None else sku.price_of(last)},
        actions=() if kind is None else (action(kind, band=said if kind == "override" else None),),
    )
    problem = replace(problem, orders_met_at=problem.as_of - timedelta(hours=age))
    (cell,) = build_cells(problem)
    choice, clamps = apply_guardrails(Choice(band, "optimise"), cell, problem, "dec_1")
    price = sku.price_of(choice.band)
    assert price >= cell.floor
    if last is not None and not choice.is_exempt:
        assert not (is_tapering(problem, problem.as_of) and price > sku.price_of(last))
        assert {choice.band, last} != {"low", "high"}
    assert (choice.band == band) or clamps
    assert [clamp.position for clamp in clamps] == list(range(1, len(clamps) + 1))


def test_each_guardrail_alone_leaves_a_choice_it_does_not_concern():
    problem = make_problem()
    (cell,) = build_cells(problem)
    for guardrail in (bind_stock, bind_operator, bind_staleness, bind_holdout, bind_floor, bind_taper, bind_step):
        assert guardrail(Choice("mid", "list"), cell, problem) == (Choice("mid", "list"), None)
