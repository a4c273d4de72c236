from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.pricing.problem import (
    NotANumberError,
    canonical_json,
    format_decimal,
    frame_json,
    problem_from_json,
    round_significant,
    sha256_of,
)
from tests.unit.pricing.conftest import make_problem, make_sku

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(values)
def test_canonical_text_read_and_written_again_is_the_same_text(value):
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(finite)
def test_rounding_is_stable_and_keeps_twelve_digits(number):
    rounded = round_significant(number)
    assert round_significant(rounded) == rounded
    assert rounded == pytest.approx(number, rel=1e-11, abs=0)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_decimal_has_one_text_however_it_is_written(amount):
    assert Decimal(format_decimal(amount)) == amount
    assert format_decimal(amount) == format_decimal(amount.normalize()) == format_decimal(amount * 1)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), Decimal("NaN"), Decimal("Infinity")])
def test_a_number_that_is_none_is_never_written(number):
    with pytest.raises(NotANumberError):
        canonical_json({"price": [number]})


def test_what_has_no_canonical_text_is_refused():
    with pytest.raises(TypeError, match="set has no canonical text"):
        canonical_json({1, 2})


def test_instants_are_written_in_utc():
    assert canonical_json(datetime(2026, 11, 20, 9, tzinfo=UTC)) == '"2026-11-20T09:00:00Z"'


def test_a_problem_comes_back_from_its_text():
    problem = make_problem(skus=(make_sku(), make_sku("wreath", forecast_units=None)), orders_met_at=None)
    assert problem_from_json(frame_json(problem)) == problem
    assert frame_json(problem_from_json(frame_json(problem))) == frame_json(problem)


def test_any_other_fact_gives_another_hash():
    assert sha256_of(frame_json(make_problem(seed=1))) != sha256_of(frame_json(make_problem(seed=2)))


@pytest.mark.parametrize("text", ["{}", "[]", "not json"])
def test_text_of_something_else_is_refused(text):
    with pytest.raises(ValueError, match=r"pricing problem|Expecting"):
        problem_from_json(text)
