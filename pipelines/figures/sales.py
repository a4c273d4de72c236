"""Figures of units sold."""

from __future__ import annotations

import polars as pl

from pipelines.figures.specification import Figure, Series


def units_sold_by_hour(sales: pl.DataFrame, hours_elapsed: float) -> Figure:
    """Units sold in each hour since the drop's start, hours without a sale included as nought.

    Args:
        sales: `hours_since_start, sold_units` by SKU, channel and hour with sales.
        hours_elapsed: How far the drop has come, at most its length.
    """
    by_hour = sales.group_by("hours_since_start").agg(pl.col("sold_units").sum())
    all_hours = pl.DataFrame({"hours_since_start": range(int(hours_elapsed))}, schema={"hours_since_start": pl.Int64})
    data = (
        all_hours.join(
            by_hour.with_columns(pl.col("hours_since_start").cast(pl.Int64)), on="hours_since_start", how="left"
        )
        .sort("hours_since_start")
        .select(
            panel=pl.lit(""),
            series=pl.lit("Units"),
            x=pl.col("hours_since_start").cast(pl.Float64),
            y=pl.col("sold_units").fill_null(0).cast(pl.Float64),
        )
    )
    return Figure(
        title="Units sold by hour",
        data=data,
        series=(Series("Units", "bar", "first"),),
        panels={"": ""},
        x_label="Hours since the drop began",
        y_label="Units sold in the hour",
        y_unit="count",
        description="How many units were sold in each hour of the drop.",
    )


def units_sold_up_to(sales: pl.DataFrame, hours_elapsed: float) -> pl.DataFrame:
    """Units sold from the start to each full hour `x`, from nought on: what sold in hour h is sold by h + 1."""
    hours = pl.DataFrame({"x": range(int(hours_elapsed) + 1)}, schema={"x": pl.Int64})
    sold = sales.group_by(x=pl.col("hours_since_start").cast(pl.Int64) + 1).agg(pl.col("sold_units").sum())
    return (
        hours.join(sold, on="x", how="left")
        .sort("x")
        .select(pl.col("x").cast(pl.Float64), pl.col("sold_units").fill_null(0).cum_sum().cast(pl.Float64))
    )


def told_apart(name: str, code: str, taken: set[str]) -> str:
    """The name, or with its code behind it when the name is taken already."""
    return f"{name} ({code})" if name in taken else name
