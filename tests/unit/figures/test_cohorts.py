from __future__ import annotations

import polars as pl

from pipelines.figures.cohorts import share_back_by_day
from pipelines.figures.comparison import units_by_holiday_offset


def curve(scope: str, days: int, known: int) -> pl.DataFrame:
    share = [day / 100 if day <= known else None for day in range(1, days + 1)]
    return pl.DataFrame(
        {"scope": scope, "day_number": range(1, days + 1), "estimated_rate": share,
         "estimated_lower_rate": share, "estimated_upper_rate": share}
    )  # fmt: skip


def test_curves_begin_at_nought_and_end_at_the_last_day_that_a_buyer_has_reached() -> None:
    curves = pl.concat([curve("one", 30, 2), curve("shop", 30, 30)])
    figure = share_back_by_day(curves, {"one": "Advent", "shop": "The whole shop"})
    assert [series.name for series in figure.series] == ["Advent, 95% interval", "Advent", "The whole shop"]
    points = figure.data.filter(pl.col("series") == "Advent").select("x", "y").rows()
    assert points == [(0.0, 0.0), (1.0, 0.01), (2.0, 0.02)]


def test_two_cohorts_of_one_name_are_told_apart() -> None:
    curves = pl.concat([curve("one", 3, 3), curve("two", 3, 3)])
    names = {series.name for series in share_back_by_day(curves, {"one": "Advent", "two": "Advent"}).series}
    assert "Advent (two)" in names


def test_no_buyer_gives_an_empty_figure() -> None:
    assert share_back_by_day(curve("one", 3, 0), {"one": "Advent"}).is_empty


def season(drop: str, year: int) -> pl.DataFrame:
    return pl.DataFrame(
        {"drop_id": [drop] * 2, "name": ["Advent"] * 2, "season": [year] * 2, "days": [-20.0, -19.9],
         "cumulative_units": [3, 5]}
    )  # fmt: skip


def test_a_season_alone_is_no_comparison() -> None:
    assert units_by_holiday_offset(season("a", 2026)).is_empty
    figure = units_by_holiday_offset(pl.concat([season("a", 2026), season("b", 2025)]))
    assert [series.name for series in figure.series] == ["Advent, 2026", "Advent, 2025"]
    assert not figure.is_empty
