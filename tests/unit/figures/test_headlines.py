from __future__ import annotations

from typing import Any

import pytest

from pipelines.figures.headlines import (
    MetricRows,
    Windows,
    describe_lead_time,
    describe_metrics,
    describe_repeat,
    describe_unboxing,
    describe_velocity,
)

WINDOWS = Windows(20.0, 48, 30)


def lead_time(**changes: Any) -> dict[str, Any]:
    row = {"delivered_count": 40, "under_way_count": 3, "not_handed_over_count": 2, "median_hours": 30.0}
    return row | {"promised_count": 40, "on_time_count": 30} | changes


def test_a_settled_metric_shows_its_value_its_counts_and_its_interval() -> None:
    row = {"eligible_count": 140, "returned_count": 21, "pending_count": 0, "conversion_rate": 0.15}
    headline = describe_repeat(row, 30)
    assert (headline.value, headline.state) == ("15.0%", "known")
    assert headline.basis == "21 of 140 buyers came back"
    assert headline.interval == "9.5% to 22.0%"


def test_a_metric_that_may_still_move_says_so_far() -> None:
    assert describe_lead_time(lead_time(), 20, is_final=False).state == "so far"
    assert describe_lead_time(lead_time(), 20, is_final=True).state == "known"
    velocity = {"sold_units": 30, "staged_units": 60, "sell_through_rate": 0.5, "is_final": False}
    assert describe_velocity(velocity, 48).state == "so far"


@pytest.mark.parametrize(("delivered", "state"), [(19, "too few"), (20, "known"), (0, "not yet")])
def test_fewer_than_twenty_cases_are_too_few(delivered: int, state: str) -> None:
    headline = describe_lead_time(lead_time(delivered_count=delivered), 20, is_final=True)
    assert headline.state == state
    assert ("30.0 h" in headline.value) is (state == "known")


def test_parcels_past_their_promise_stand_beside_those_on_time() -> None:
    headline = describe_lead_time(lead_time(overdue_count=3), 20, is_final=False)
    assert ("Promise passed, still waiting", "3 parcels") in headline.beside
    assert len(describe_lead_time(lead_time(), 20, is_final=False).beside) == len(headline.beside) - 1


def test_a_drop_with_one_oversold_sku_says_so() -> None:
    row = {"sold_units": 11, "staged_units": 60, "sell_through_rate": 11 / 60, "is_final": True, "is_oversold": True}
    assert ("Oversold", "more units sold than staged of one SKU or more") in describe_velocity(row, 48).beside


def test_a_median_that_is_not_reached_is_not_nought() -> None:
    headline = describe_lead_time(lead_time(median_hours=None), 20, is_final=False)
    assert headline.value == "Half not delivered yet"


def test_a_repeat_rate_before_thirty_days_is_not_nought_per_cent() -> None:
    row = {"eligible_count": 0, "returned_count": 0, "pending_count": 90, "buyers_count": 90, "conversion_rate": None}
    headline = describe_repeat(row, 30)
    assert (headline.value, headline.state) == ("30 days not over yet", "not yet")
    assert headline.basis == "90 buyers, none of them 30 days on"


def test_more_sold_than_staged_is_flagged_and_has_no_interval() -> None:
    row = {"sold_units": 62, "staged_units": 60, "sell_through_rate": 62 / 60, "is_final": True, "is_oversold": True}
    headline = describe_velocity(row, 48)
    assert (headline.value, headline.interval) == ("103.3%", "")
    assert ("Oversold", "more units sold than staged") in headline.beside


def test_more_scans_than_boxes_keep_their_interval() -> None:
    row = {"boxes_delivered_count": 20, "scans_count": 30, "shares_count": 5, "engagement_per_box": 1.75}
    headline = describe_unboxing(row, is_final=True)
    assert headline.value == "1.75 per box"
    assert headline.interval == "1.22 to 2.43"


def test_a_shop_without_any_row_has_four_headlines_that_say_not_yet() -> None:
    headlines = describe_metrics(MetricRows(), WINDOWS, is_final=False)
    assert [headline.state for headline in headlines] == ["not yet"] * 4
    assert [headline.key for headline in headlines] == ["lead_time", "velocity", "repeat", "unboxing"]


def test_the_sentence_names_the_windows_that_were_used() -> None:
    lead, velocity, repeat, _ = describe_metrics(MetricRows(), Windows(5.5, 24, 60), is_final=False)
    assert "within 5.5 km" in lead.sentence
    assert "first 24 hours" in velocity.sentence
    assert "within 60 days" in repeat.sentence
