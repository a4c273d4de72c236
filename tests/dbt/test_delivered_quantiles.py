"""The quantiles of what was delivered, found by counting steps first, against numpy over the times themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.dbt.built_shop import Marts

# Hours from order to door, hours with the carrier (which an instant may lack), hub, and month of the order.
Delivery = tuple[float, float | None, str, int]
Quantiles = Callable[[list[Delivery]], dict[tuple[str, str], tuple[float | None, ...]]]


@pytest.fixture(scope="module")
def quantiles(empty_shop: Marts) -> Iterator[Quantiles]:
    """The compiled models, run over the deliveries of one scope: by dimension and value."""
    compiled = empty_shop.data_dir / "dbt" / "compiled"
    steps, delivered = (
        next(compiled.rglob(f"int_lead_times__{name}.sql")).read_text() for name in ("steps", "delivered")
    )
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS warehouse")
        connection.execute("CREATE SCHEMA warehouse.marts")
        connection.execute("CREATE SCHEMA warehouse.intermediate")
        connection.execute("CREATE TABLE warehouse.intermediate.int_changes__scopes AS SELECT 'shop' AS scope")
        connection.execute(
            "CREATE TABLE warehouse.marts.fct_parcel_lead_times (order_to_door_hours DOUBLE, carrier_leg_hours DOUBLE,"
            " hub_id VARCHAR, ordered_at TIMESTAMP, scope VARCHAR DEFAULT 'shop', state VARCHAR DEFAULT 'delivered',"
            " carrier VARCHAR, promise VARCHAR DEFAULT 'no promise', is_in_headline BOOLEAN DEFAULT true,"
            " fulfilment VARCHAR DEFAULT 'delivery', ring VARCHAR DEFAULT '0-5')"
        )

        def run(deliveries: list[Delivery]) -> dict[tuple[str, str], tuple[float | None, ...]]:
            connection.execute("DELETE FROM warehouse.marts.fct_parcel_lead_times")
            connection.executemany(
                "INSERT INTO warehouse.marts.fct_parcel_lead_times"
                " (order_to_door_hours, carrier_leg_hours, hub_id, ordered_at) VALUES (?, ?, ?, ?)",
                [(door, leg, hub, datetime(2026, month, 5)) for door, leg, hub, month in deliveries],  # noqa: DTZ001
            )
            connection.execute(f"CREATE OR REPLACE TABLE warehouse.intermediate.int_lead_times__steps AS {steps}")
            rows = connection.execute(
                "SELECT dimension, dimension_value, delivered_only_median_hours, delivered_only_p90_hours,"
                f" carrier_leg_median_hours FROM ({delivered}) WHERE dimension IN ('all', 'hub')"
            ).fetchall()
            return {(dimension, value): tuple(rest) for dimension, value, *rest in rows}

        yield run


# Quarters make ties; hundredths lie close together within a step and across its end; legs may be negative.
_hours = st.one_of(st.integers(0, 40).map(lambda n: n / 4), st.integers(0, 120).map(lambda n: n / 100))
_legs = st.none() | st.integers(-30, 300).map(lambda n: n / 100)
_deliveries = st.lists(st.tuples(_hours, _legs, st.sampled_from("ab"), st.integers(1, 12)), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@example(deliveries=[(0.09999999999999999, None, "a", 1), (0.1, None, "a", 2)])
@given(deliveries=_deliveries)
def test_quantiles_equal_numpy(quantiles: Quantiles, deliveries: list[Delivery]) -> None:
    groups = {("all", "all"): deliveries}
    for delivery in deliveries:
        groups.setdefault(("hub", delivery[2]), []).append(delivery)
    found = quantiles(deliveries)
    assert found.keys() == groups.keys()
    for key, rows in groups.items():
        doors, legs = [row[0] for row in rows], [row[1] for row in rows if row[1] is not None]
        expected = [*np.quantile(doors, [0.5, 0.9]), np.median(legs) if legs else None]
        assert found[key] == pytest.approx(tuple(expected), abs=1e-9)
