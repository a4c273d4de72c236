from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipelines.figures.prices import CHARGED, DECIDED, price_charged_and_decided


def points(data: pl.DataFrame, series: str) -> list[tuple[float, float]]:
    return data.filter(pl.col("series") == series).select("x", "y").rows()


def test_charged_is_weighted_by_units_and_decided_is_the_mean_of_channels() -> None:
    sales = pl.DataFrame(
        {
            "sku": ["A", "A", "other"],
            "hours_since_start": [0, 0, 0],
            "sold_units": [3, 1, 5],
            "gross_sales_amount": [Decimal("27.00"), Decimal("11.00"), Decimal("5.00")],
        }
    )
    decisions = pl.DataFrame(
        {
            "sku": ["A", "A", "A"],
            "hours_since_start": [0, 0, 1],
            "shown_price_amount": [Decimal("9.00"), Decimal("11.00"), Decimal("9.00")],
        }
    )
    figure = price_charged_and_decided(sales, decisions, {"A": "Soap"}, "GBP")
    assert points(figure.data, CHARGED) == [(0.0, 9.5)]
    # The last decided price is drawn to the end of its hour.
    assert points(figure.data, DECIDED) == [(0.0, 10.0), (1.0, 9.0), (2.0, 9.0)]
    assert figure.panels == {"A": "Soap"}


def test_two_skus_of_one_title_keep_their_own_panels() -> None:
    none = pl.DataFrame(
        schema={"sku": pl.Utf8, "hours_since_start": pl.Int64, "sold_units": pl.Int64, "gross_sales_amount": pl.Decimal}
    )
    decisions = pl.DataFrame({"sku": ["A", "B"], "hours_since_start": [0, 0], "shown_price_amount": [1.0, 2.0]})
    figure = price_charged_and_decided(none, decisions, {"A": "Soap", "B": "Soap"}, "GBP")
    assert figure.data["panel"].unique(maintain_order=True).to_list() == ["A", "B"]
    assert not figure.is_empty
