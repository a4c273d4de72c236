"""Figures that set drops side by side, aligned by the hours since each began."""

from __future__ import annotations

import polars as pl

from pipelines.figures.sales import told_apart, units_sold_up_to
from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Role

_ROLES: tuple[Role, ...] = ("first", "second", "third", "fourth")


def units_by_hour_of_drops(sales: pl.DataFrame, drops: pl.DataFrame) -> Figure:
    """Units sold up to each hour since the start, one curve a drop.

    Args:
        sales: `drop_id, hours_since_start, sold_units`.
        drops: `drop_id, name, hours_elapsed`, at most four, in the order of the legend.
    """
    parts, series = [], list[Series]()
    for row, role in zip(drops.iter_rows(named=True), _ROLES, strict=False):
        curve = units_sold_up_to(sales.filter(pl.col("drop_id") == row["drop_id"]), row["hours_elapsed"])
        name = told_apart(row["name"], row["drop_id"], {one.name for one in series})
        parts.append(curve.select(panel=pl.lit(""), series=pl.lit(name), x="x", y="sold_units"))
        series.append(Series(name, "step", role))
    schema = {"panel": pl.Utf8, "series": pl.Utf8, "x": pl.Float64, "y": pl.Float64}
    return Figure(
        title="Units sold since the start",
        data=pl.concat(parts) if parts else pl.DataFrame(schema=schema),
        series=tuple(series),
        panels={"": ""},
        x_label="Hours since the drop began",
        y_label="Units sold so far",
        y_unit="count",
        description="Units sold up to each hour since its start, for each drop.",
    )


def units_by_holiday_offset(curves: pl.DataFrame) -> Figure:
    """Units sold up to each hour by days from Christmas, one curve a drop of each season.

    Args:
        curves: `drop_id, name, season, days, cumulative_units`, at most four drops, in the order of the legend.
    """
    parts, series = [], list[Series]()
    for (drop, rows), role in zip(curves.group_by("drop_id", maintain_order=True), _ROLES, strict=False):
        name = told_apart(f"{rows['name'][0]}, {rows['season'][0]}", str(drop[0]), {one.name for one in series})
        parts.append(
            rows.select(panel=pl.lit(""), series=pl.lit(name), x="days", y=pl.col("cumulative_units").cast(float))
        )
        series.append(Series(name, "step", role))
    schema = {"panel": pl.Utf8, "series": pl.Utf8, "x": pl.Float64, "y": pl.Float64}
    return Figure(
        title="Against earlier seasons",
        # One curve alone is no comparison.
        data=pl.concat(parts) if len(parts) > 1 else pl.DataFrame(schema=schema),
        series=tuple(series),
        panels={"": ""},
        x_label="Days from Christmas (25 December)",
        y_label="Units sold so far, aligned by days from Christmas",
        y_unit="count",
        description="Units sold by days from Christmas, this drop beside those of earlier seasons.",
    )
