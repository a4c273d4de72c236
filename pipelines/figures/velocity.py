"""Figures of stock sold."""

from __future__ import annotations

import polars as pl

from pipelines.figures.sales import told_apart, units_sold_up_to
from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Role

_ROLES: tuple[Role, ...] = ("first", "second", "third", "fourth")


def share_sold_by_hour(sales: pl.DataFrame, skus: pl.DataFrame, hours_elapsed: float) -> Figure:
    """The share of each SKU's staged stock that is sold, hour by hour.

    Args:
        sales: `sku, hours_since_start, sold_units` by channel and hour.
        skus: `sku, title, staged_units`, at most four.
        hours_elapsed: How far the drop has come, at most its length.
    """
    parts, series = [], list[Series]()
    for row, role in zip(skus.filter(pl.col("staged_units") > 0).iter_rows(named=True), _ROLES, strict=False):
        curve = units_sold_up_to(sales.filter(pl.col("sku") == row["sku"]), hours_elapsed)
        name = told_apart(row["title"], row["sku"], {one.name for one in series})
        y = pl.col("sold_units") / row["staged_units"]
        parts.append(curve.select(panel=pl.lit(""), series=pl.lit(name), x="x", y=y))
        series.append(Series(name, "step", role))
    schema = {"panel": pl.Utf8, "series": pl.Utf8, "x": pl.Float64, "y": pl.Float64}
    return Figure(
        title="Share of stock sold",
        data=pl.concat(parts) if parts and hours_elapsed > 0 else pl.DataFrame(schema=schema),
        series=tuple(series),
        panels={"": ""},
        x_label="Hours since the drop began",
        y_label="Units sold by units staged so far, restocks included",
        y_unit="rate",
        description="For each SKU the share of its staged stock that was sold by each hour.",
    )
