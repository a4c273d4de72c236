"""The survival curve of the compiled model and its interval against scipy, on random censored sets."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.dbt.built_shop import Marts

Step = tuple[float, float, float | None, float | None]
Curve = Callable[[list[tuple[float, bool]]], list[Step]]


@pytest.fixture(scope="module")
def survival(empty_shop: Marts) -> Iterator[Curve]:
    """The compiled model, run over (hours, was delivered) of one scope."""
    compiled = empty_shop.data_dir / "dbt" / "compiled"
    sql = next(compiled.rglob("int_lead_times__survival.sql")).read_text()
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS warehouse")
        connection.execute("CREATE SCHEMA warehouse.marts")
        connection.execute("CREATE SCHEMA warehouse.intermediate")
        connection.execute("CREATE TABLE warehouse.intermediate.int_changes__scopes AS SELECT 'shop' AS scope")
        columns = "scope VARCHAR, watched_hours DOUBLE, state VARCHAR, is_in_headline BOOLEAN"
        connection.execute(f"CREATE TABLE warehouse.marts.fct_parcel_lead_times ({columns})")

        def run(watched: list[tuple[float, bool]]) -> list[Step]:
            rows = [("shop", hours, "delivered" if came else "under_way", True) for hours, came in watched]
            connection.execute("DELETE FROM warehouse.marts.fct_parcel_lead_times")
            connection.executemany("INSERT INTO warehouse.marts.fct_parcel_lead_times VALUES (?, ?, ?, ?)", rows)
            columns = "hours, survival_rate, survival_lower_rate, survival_upper_rate"
            return connection.execute(f"SELECT {columns} FROM ({sql}) ORDER BY hours").fetchall()

        yield run


# Whole hours make ties, between deliveries and between a delivery and a censored parcel.
_watched = st.lists(st.tuples(st.integers(1, 40).map(float), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(watched=_watched)
def test_survival_and_its_interval_equal_scipy(survival: Curve, watched: list[tuple[float, bool]]) -> None:
    came = [hours for hours, is_event in watched if is_event]
    waits = [hours for hours, is_event in watched if not is_event]
    if not came:
        assert survival(watched) == []
        return
    expected = stats.ecdf(stats.CensoredData(uncensored=came, right=waits)).sf
    hours, rates, lower, upper = np.array(survival(watched), dtype=float).T
    assert hours.tolist() == sorted(set(came))
    assert rates == pytest.approx(expected.evaluate(hours), abs=1e-9)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # Said where S = 0 has no interval.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = expected.confidence_interval(method="log-log")
    open_hours = rates > 0
    for ours, theirs in ((lower, interval.low), (upper, interval.high)):
        assert np.isnan(ours[~open_hours]).all()
        assert ours[open_hours] == pytest.approx(theirs.evaluate(hours[open_hours]), abs=1e-9)
