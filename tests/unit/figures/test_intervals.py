from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from pipelines.figures.intervals import binomial_interval, poisson_interval


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_at_each_bound_so_extreme_a_count_has_probability_of_one_fortieth(counts: tuple[int, int]) -> None:
    successes, trials = counts
    interval = binomial_interval(successes, trials)
    assert interval is not None
    assert interval.low <= successes / trials <= interval.high
    if successes > 0:
        assert binom.sf(successes - 1, trials, interval.low) == pytest.approx(0.025, abs=1e-6)
    if successes < trials:
        assert binom.cdf(successes, trials, interval.high) == pytest.approx(0.025, abs=1e-6)


@given(st.integers(0, 2_000), st.integers(1, 500))
def test_a_count_per_box_has_the_exact_poisson_interval(events: int, boxes: int) -> None:
    interval = poisson_interval(events, boxes)
    assert interval is not None
    assert interval.low <= events / boxes <= interval.high
    assert poisson.cdf(events, interval.high * boxes) == pytest.approx(0.025, abs=1e-6)


def test_a_published_example_is_reproduced() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 5: 81 of 263 gives 0.2527 to 0.3676.
    interval = binomial_interval(81, 263)
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2527, 0.3676)


def test_no_case_has_no_interval_and_an_impossible_share_is_refused() -> None:
    assert binomial_interval(0, 0) is None
    assert poisson_interval(0, 0) is None
    with pytest.raises(ValueError, match="no share"):
        binomial_interval(3, 2)
    with pytest.raises(ValueError, match="not negative"):
        poisson_interval(-1, 2)
