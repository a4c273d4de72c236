from __future__ import annotations

import polars as pl

from pipelines.figures.trends import Trend, median_hours_by_block


def block(number: int, hours: list[float], delivered: int) -> pl.DataFrame:
    """Shipments of one block, each watched for its hours, the first ones delivered."""
    return pl.DataFrame(
        {
            "block": [number] * len(hours),
            "time": hours,
            "left_count": [1] * len(hours),
            "event_count": [int(index < delivered) for index in range(len(hours))],
        }
    )


def test_what_waits_is_counted_in_so_that_the_newest_block_is_not_flattered() -> None:
    settled = block(1, [10.0, 20.0, 30.0, 40.0, 50.0], delivered=5)
    waiting = block(2, [10.0, 60.0, 60.0, 60.0, 60.0], delivered=1)
    assert median_hours_by_block(pl.concat([waiting, settled])) == (30.0, None)


def test_a_block_of_four_says_nothing() -> None:
    assert median_hours_by_block(block(1, [1.0, 2.0, 3.0, 4.0], delivered=4)) == (None,)


def test_three_points_are_no_trend() -> None:
    assert not Trend((1.0, None, 2.0, 3.0), "each day").is_drawable
    assert Trend((1.0, None, 2.0, 3.0, 4.0), "each day").is_drawable
