"""Figures of buyers who come back."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.figures.sales import told_apart
from pipelines.figures.specification import Figure, Series
from pipelines.figures.theme import Role

_ROLES: tuple[Role, ...] = ("first", "second", "third", "fourth")


def share_back_by_day(curves: pl.DataFrame, names: Mapping[str, str]) -> Figure:
    """The share of each cohort's buyers who were back by each day since their first order; the first with its interval.

    Args:
        curves: `scope, day_number, estimated_rate, estimated_lower_rate, estimated_upper_rate` (Kaplan and Meier); a
            day that no buyer has reached yet has no estimate.
        names: Scope to its name, at most four, in the order of the legend.
    """
    parts, series = [], list[Series]()
    for (scope, name), role in zip(names.items(), _ROLES, strict=False):
        rows = curves.filter((pl.col("scope") == scope) & pl.col("estimated_rate").is_not_null()).sort("day_number")
        if rows.is_empty():
            continue
        start = {"scope": scope, "day_number": 0, "estimated_rate": 0.0}
        rows = pl.concat([pl.DataFrame([start], schema_overrides=rows.schema), rows], how="diagonal")
        label = told_apart(name, scope, {one.name for one in series})
        x, y = pl.col("day_number").cast(pl.Float64), pl.col("estimated_rate")
        nothing = pl.lit(None, dtype=pl.Float64)
        if not series:
            band = f"{label}, 95% interval"
            low, high = pl.col("estimated_lower_rate"), pl.col("estimated_upper_rate")
            parts.append(rows.select(panel=pl.lit(""), series=pl.lit(band), x=x, y=y, low=low, high=high))
            series.append(Series(band, "band", role))
        parts.append(rows.select(panel=pl.lit(""), series=pl.lit(label), x=x, y=y, low=nothing, high=nothing))
        series.append(Series(label, "step", role))
    schema = {"panel": pl.Utf8, "series": pl.Utf8} | dict.fromkeys(("x", "y", "low", "high"), pl.Float64)
    return Figure(
        title="Share who came back by days since their first order",
        data=pl.concat(parts) if parts else pl.DataFrame(schema=schema),
        series=tuple(series),
        panels={"": ""},
        x_label="Days since the first order",
        y_label="Share of buyers who placed another order; buyers still in their time counted in",
        y_unit="rate",
        description="The share of each cohort's buyers who had come back by each day.",
    )
