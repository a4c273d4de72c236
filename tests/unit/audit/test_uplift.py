from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from pipelines.audit.uplift import Uplift, measure_uplift


def hours(amounts: list[float], held: set[int], drop_id: str = "one") -> pl.DataFrame:
    times = range(len(amounts))
    return pl.DataFrame(
        {
            "drop_id": [drop_id] * len(amounts),
            "hours_since_start": times,
            "is_holdout": [hour in held for hour in times],
            "sales_amount": amounts,
        },
        schema={
            "drop_id": pl.Utf8,
            "hours_since_start": pl.Int64,
            "is_holdout": pl.Boolean,
            "sales_amount": pl.Float64,
        },
    )


def measure(frame: pl.DataFrame, seed: int = 7) -> Uplift:
    return measure_uplift(frame, "sales_amount", np.random.default_rng(seed))


def every_second(count: int) -> set[int]:
    return set(range(0, count, 3))


def test_the_difference_leaves_out_the_hour_after_a_hold_out_hour() -> None:
    # Engine 10, hold-out 4, and 1000 in each hour that still bears the hold-out's price.
    amounts = [{0: 4.0, 1: 1000.0}.get(hour % 3, 10.0) for hour in range(60)]
    uplift = measure(hours(amounts, every_second(60)))
    assert (uplift.engine_hours, uplift.holdout_hours, uplift.gap_hours) == (20, 20, 20)
    assert uplift.difference == pytest.approx(6.0)
    assert (uplift.engine_mean, uplift.holdout_mean) == (pytest.approx(10.0), pytest.approx(4.0))


def test_a_gap_between_hours_ends_the_carry_over() -> None:
    frame = hours([1.0] * 4, {1}).filter(pl.col("hours_since_start") != 2)
    assert measure(frame).gap_hours == 0


def test_nineteen_hours_of_a_kind_are_too_few_and_say_what_they_could_have_shown() -> None:
    rng = np.random.default_rng(1)
    amounts = rng.gamma(2, 50, 100).tolist()
    few = measure(hours(amounts, set(range(0, 57, 3))))
    assert (few.holdout_hours, few.difference, few.interval) == (19, None, None)
    assert few.smallest_visible is not None
    assert few.smallest_visible > 0
    enough = measure(hours(amounts, set(range(0, 60, 3))))
    assert enough.interval is not None
    assert enough.interval.low < enough.difference < enough.interval.high


def test_no_hour_or_one_kind_alone_is_no_error() -> None:
    for frame in (hours([], set()), hours([1.0] * 30, set()), hours([1.0] * 30, set(range(30)))):
        assert measure(frame).drops_count == 0
        assert measure(frame).difference is None
    assert measure(hours([1.0] * 30, set())).engine_hours == 30


def test_equal_hours_show_nothing_and_an_interval_of_no_width() -> None:
    uplift = measure(hours([5.0] * 80, every_second(80)))
    assert uplift.difference == pytest.approx(0.0)
    assert uplift.interval is not None
    assert (uplift.interval.low, uplift.interval.high) == (pytest.approx(0, abs=1e-4), pytest.approx(0, abs=1e-4))


def test_a_drop_that_sells_more_does_not_pass_for_an_effect() -> None:
    # Within each drop nothing differs; the larger one has more hold-out hours, which taken together look like a loss.
    small, large = hours([1.0] * 60, set(range(0, 15, 3)), "a"), hours([100.0] * 60, every_second(60), "b")
    assert measure(pl.concat([small, large])).difference == pytest.approx(0.0)


def test_the_interval_is_that_of_every_set_that_might_have_been_drawn() -> None:
    """By enumeration, without a gap to speak of: three of nine hours far apart, pooled over eight such drops."""
    rng = np.random.default_rng(5)
    frames, strata = [], []
    for number in range(8):
        amounts = rng.gamma(3, 10, 9)
        held = set(rng.choice(9, 3, replace=False).tolist())
        frame = hours(amounts.tolist(), held, f"drop{number}").with_columns(pl.col("hours_since_start") * 5)
        frames.append(frame)
        strata.append((amounts, held))
    uplift = measure(pl.concat(frames))
    means = [
        np.array([np.delete(y, list(c)).mean() - y[list(c)].mean() for c in combinations(range(9), 3)])
        for y, _ in strata
    ]
    # The variance of the statistic over all sets, exactly; each drop weighs an eighth.
    exact = np.sqrt(sum(part.var() for part in means)) / 8
    assert uplift.smallest_visible == pytest.approx(2.8 * exact, rel=0.05)
    assert uplift.difference == pytest.approx(
        np.mean([np.delete(y, list(held)).mean() - y[list(held)].mean() for y, held in strata])
    )
    assert uplift.interval is not None
    assert (uplift.interval.high - uplift.interval.low) / 2 == pytest.approx(1.96 * exact, rel=0.25)


def test_nineteen_of_twenty_intervals_hold_the_truth_although_hours_are_alike_their_neighbours() -> None:
    rng = np.random.default_rng(11)
    held_count = 0
    experiments = 50
    for _ in range(experiments):
        season = 50 * np.exp(-np.arange(120) / 30) + 10 * np.sin(np.arange(120) / 4) ** 2
        noise = np.convolve(rng.gamma(2, 4, 124), np.ones(5) / 5, mode="valid")
        held = set(rng.choice(120, 30, replace=False).tolist())
        amounts = [float(season[h] + noise[h] + (0 if h in held else 3.0)) for h in range(120)]
        interval = measure(hours(amounts, held), int(rng.integers(2**31))).interval
        assert interval is not None
        held_count += interval.low <= 3.0 <= interval.high
    # 95 % of 50 less three standard errors.
    assert held_count >= 43
