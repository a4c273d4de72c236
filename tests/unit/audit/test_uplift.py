from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from pipelines.audit.uplift import measure_uplift


def hours(engine: list[float], holdout: list[float]) -> pl.DataFrame:
    flags = [False] * len(engine) + [True] * len(holdout)
    schema = {"is_holdout": pl.Boolean, "gross_sales_amount": pl.Float64}
    return pl.DataFrame({"is_holdout": flags, "gross_sales_amount": engine + holdout}, schema=schema)


def test_the_interval_is_welchs() -> None:
    rng = np.random.default_rng(3)
    engine, holdout = rng.gamma(2, 50, 60).tolist(), rng.gamma(2, 40, 25).tolist()
    uplift = measure_uplift(hours(engine, holdout))
    expected = stats.ttest_ind(engine, holdout, equal_var=False).confidence_interval(0.95)
    assert uplift.interval is not None
    assert (uplift.interval.low, uplift.interval.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
    assert uplift.difference == pytest.approx(np.mean(engine) - np.mean(holdout))


def test_too_few_hours_of_a_kind_measure_nothing() -> None:
    uplift = measure_uplift(hours([10.0] * 40, [8.0] * 19))
    assert (uplift.engine_hours, uplift.holdout_hours) == (40, 19)
    assert (uplift.difference, uplift.interval) == (None, None)


def test_no_hour_at_all_is_no_error() -> None:
    assert measure_uplift(hours([], [])).engine_mean is None
