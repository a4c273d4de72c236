"""The exact intervals of the compiled model against scipy's quantiles, on random counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.figures.intervals import binomial_interval, poisson_interval
from tests.dbt.built_shop import Marts

Counts = list[tuple[int, int]]
Bounds = dict[str, tuple[float, float]]
Solve = Callable[[Counts, Counts], Bounds]


@pytest.fixture(scope="module")
def solve(empty_shop: Marts) -> Iterator[Solve]:
    """The compiled model, run over (returned, eligible) and (scans, boxes), each pair a scope of its own."""
    compiled = empty_shop.data_dir / "dbt" / "compiled"
    sql = next(path for path in compiled.rglob("int_rates__bounded.sql") if path.parent.name == "intermediate")
    query = sql.read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS warehouse")
        connection.execute("CREATE SCHEMA warehouse.marts")
        connection.execute("CREATE SCHEMA warehouse.intermediate")
        connection.execute("CREATE TABLE warehouse.intermediate.int_changes__scopes (scope VARCHAR)")
        for table, columns in {
            "rpt_inventory_velocity": "sold_units BIGINT, staged_units BIGINT",
            "rpt_repeat_conversion": "returned_count BIGINT, eligible_count BIGINT",
            "rpt_unboxing_engagement": "scans_count BIGINT, shares_count BIGINT, boxes_delivered_count BIGINT",
        }.items():
            connection.execute(f"CREATE TABLE warehouse.marts.{table} (scope VARCHAR, {columns})")

        def run(shares: Counts, means: Counts) -> Bounds:
            for table in ("intermediate.int_changes__scopes", "marts.rpt_repeat_conversion"):
                connection.execute(f"DELETE FROM warehouse.{table}")
            connection.execute("DELETE FROM warehouse.marts.rpt_unboxing_engagement")
            repeat = [(f"share {number}", *pair) for number, pair in enumerate(shares)]
            unboxing = [(f"mean {number}", events, 0, boxes) for number, (events, boxes) in enumerate(means)]
            scopes = [(row[0],) for row in (*repeat, *unboxing)]
            connection.executemany("INSERT INTO warehouse.intermediate.int_changes__scopes VALUES (?)", scopes)
            connection.executemany("INSERT INTO warehouse.marts.rpt_repeat_conversion VALUES (?, ?, ?)", repeat)
            connection.executemany("INSERT INTO warehouse.marts.rpt_unboxing_engagement VALUES (?, ?, ?, ?)", unboxing)
            found = connection.execute(f"SELECT scope, lower_bound, upper_bound FROM ({query})").fetchall()
            return {scope: (low, high) for scope, low, high in found}

        yield run


# Drops of one buyer and shops of many; nobody came back, everybody did, and whatever lies between.
_sizes = st.one_of(st.integers(0, 5), st.integers(1, 200), st.integers(1, 1_000_000))
_shares = _sizes.flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
_means = st.tuples(_sizes, st.one_of(st.integers(0, 3), st.integers(1, 10_000)))


@settings(max_examples=25, deadline=None)
@given(
    shares=st.lists(_shares, min_size=1, max_size=20, unique=True),
    means=st.lists(_means, min_size=1, max_size=20, unique=True),
)
@example(
    shares=[(0, 1), (1, 1), (1, 10**7), (10**7 - 1, 10**7), (5 * 10**6, 10**7)], means=[(0, 1), (1, 1), (10**7, 7)]
)
def test_bounds_equal_scipy(solve: Solve, shares: Counts, means: Counts) -> None:
    expected: Bounds = {}
    for kind, counts, interval in (("share", shares, binomial_interval), ("mean", means, poisson_interval)):
        for number, pair in enumerate(counts):
            if (bounds := interval(*pair)) is not None:
                expected[f"{kind} {number}"] = (bounds.low, bounds.high)
    found = solve(shares, means)
    assert found.keys() == expected.keys()
    for scope, bounds in expected.items():
        assert found[scope] == pytest.approx(bounds, rel=1e-8, abs=1e-9), scope
