from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.figures.differences import difference_between
from pipelines.figures.headlines import describe_lead_time, describe_repeat
from pipelines.figures.intervals import Estimate, difference_of


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    value, below, above = draw(st.floats(-1e6, 1e6)), draw(st.floats(0, 1e6)), draw(st.floats(0, 1e6))
    return Estimate(value, value - below, value + above)


@given(estimates(), estimates())
def test_a_difference_lies_in_its_interval_and_turns_round_with_its_sides(mine: Estimate, theirs: Estimate) -> None:
    there, back = difference_of(mine, theirs), difference_of(theirs, mine)
    assert there.low is not None
    assert there.high is not None
    assert there.low <= there.value <= there.high
    assert back.value == -there.value
    assert back.low == pytest.approx(-there.high, rel=1e-9, abs=1e-6)


def test_an_open_bound_leaves_the_difference_open_there() -> None:
    gap = difference_of(Estimate(10.0, 9.0, None), Estimate(4.0, 3.0, 5.0))
    assert gap.high is None
    assert gap.low == pytest.approx(6.0 - 2**0.5)


def lead_time(median: float, low: float, high: float, delivered: int = 100) -> dict[str, float]:
    return {"delivered_count": delivered, "median_hours": median, "median_lower_hours": low, "median_upper_hours": high}


def test_fewer_hours_are_better() -> None:
    fast = describe_lead_time(lead_time(10, 9, 11), 20, is_final=True)
    slow = describe_lead_time(lead_time(20, 19, 21), 20, is_final=True)
    assert difference_between(fast, slow).verdict == "better"
    assert difference_between(fast, slow).change == "−10.0 h"
    assert difference_between(slow, fast).verdict == "worse"


def test_more_buyers_who_come_back_are_better_and_close_rates_are_no_verdict() -> None:
    def rate(returned: int) -> dict[str, float]:
        return {"eligible_count": 1000, "returned_count": returned, "conversion_rate": returned / 1000}

    low, close, high = (describe_repeat(rate(returned), 30) for returned in (100, 105, 300))
    assert difference_between(high, low).verdict == "better"
    assert difference_between(high, low).change == "+20.0 points"
    assert difference_between(close, low).verdict == "unclear"


def test_too_few_cases_have_no_difference() -> None:
    few = describe_lead_time(lead_time(10, 9, 11, delivered=19), 20, is_final=True)
    many = describe_lead_time(lead_time(20, 19, 21), 20, is_final=False)
    difference = difference_between(few, many)
    assert (difference.change, difference.verdict) == ("", "unclear")
    assert difference.other == "20.0 h so far"
