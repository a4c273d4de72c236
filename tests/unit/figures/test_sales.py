from __future__ import annotations

import polars as pl

from pipelines.figures.sales import units_sold_by_hour


def test_an_hour_without_a_sale_is_nought_and_hours_to_come_are_not_drawn() -> None:
    sales = pl.DataFrame({"hours_since_start": [0, 2, 2], "sold_units": [4, 1, 2]})
    figure = units_sold_by_hour(sales, 4.0)
    assert figure.data.select("x", "y").rows() == [(0.0, 4.0), (1.0, 0.0), (2.0, 3.0), (3.0, 0.0)]


def test_a_drop_that_has_not_begun_has_nothing_to_draw() -> None:
    sales = pl.DataFrame(schema={"hours_since_start": pl.Int64, "sold_units": pl.Int64})
    assert units_sold_by_hour(sales, 0.0).is_empty
