from __future__ import annotations

import polars as pl
import pytest

from pipelines.figures.survival import Axes, kaplan_meier, share_by_time

AXES = Axes("Title", "x", "y", "description")


def counts(*rows: tuple[float, int, int]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"time": pl.Float64, "left_count": pl.Int64, "event_count": pl.Int64}, orient="row"
    )


def test_those_who_wait_are_counted_in_up_to_the_time_they_were_watched() -> None:
    # Four watched: one arrives at 1, one stops being watched at 2, one arrives at 3, one still waits at 4.
    curve = kaplan_meier(counts((1, 1, 1), (2, 1, 0), (3, 1, 1), (4, 1, 0)))
    assert curve["time"].to_list() == [1.0, 3.0]
    assert curve["share"].to_list() == pytest.approx([0.25, 1 - 0.75 * 0.5])


def test_the_interval_is_greenwoods_of_a_textbook() -> None:
    # Freireich's 6-MP arm of leukaemia remissions (weeks), the standard example; bounds as R's survfit gives them
    # with conf.type = "log-log": at 6 weeks S = 0.857, 0.620 to 0.952.
    weeks = [(6, 4, 3), (7, 1, 1), (9, 1, 0), (10, 2, 1), (11, 1, 0), (13, 1, 1), (16, 1, 1), (17, 1, 0), (19, 1, 0)]
    weeks += [(20, 1, 0), (22, 1, 1), (23, 1, 1), (25, 1, 0), (32, 2, 0), (34, 1, 0), (35, 1, 0)]
    curve = kaplan_meier(counts(*weeks))
    first, last = curve.row(0, named=True), curve.row(-1, named=True)
    assert 1 - first["share"] == pytest.approx(0.857, abs=5e-4)
    assert (1 - first["high"], 1 - first["low"]) == (pytest.approx(0.620, abs=5e-4), pytest.approx(0.952, abs=5e-4))
    assert 1 - last["share"] == pytest.approx(0.448, abs=5e-4)


def test_when_all_have_arrived_the_share_is_one_and_has_no_interval() -> None:
    curve = kaplan_meier(counts((1, 2, 2), (2, 1, 1)))
    assert curve.row(-1) == (2.0, 1.0, None, None)


def test_nothing_happened_yet_is_an_empty_figure() -> None:
    assert share_by_time({"Drop": counts((5, 3, 0))}, AXES).is_empty


def test_the_curve_begins_at_nought_and_holds_until_the_last_who_was_watched() -> None:
    figure = share_by_time({"Drop": counts((1, 1, 1), (9, 1, 0)), "Shop": counts((2, 1, 1))}, AXES)
    drop = figure.data.filter(pl.col("series") == "Drop")
    assert drop.select("x", "y").rows() == [(0.0, 0.0), (1.0, 0.5), (9.0, 0.5)]
    assert [series.name for series in figure.series] == ["Drop, 95% interval", "Drop", "Shop"]
