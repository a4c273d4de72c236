from __future__ import annotations

import polars as pl

from pipelines.figures.comparison import units_by_hour_of_drops
from pipelines.figures.lead_times import doors_and_hubs, median_hours_by
from pipelines.figures.velocity import share_sold_by_hour


def points(data: pl.DataFrame, series: str) -> list[tuple[float, float]]:
    return data.filter(pl.col("series") == series).select("x", "y").rows()


def test_drops_are_aligned_by_their_start_and_end_where_they_have_come_to() -> None:
    sales = pl.DataFrame({"drop_id": ["a", "b", "b"], "hours_since_start": [0, 0, 2], "sold_units": [5, 1, 2]})
    drops = pl.DataFrame({"drop_id": ["a", "b"], "name": ["Same", "Same"], "hours_elapsed": [1.0, 3.0]})
    data = units_by_hour_of_drops(sales, drops).data
    assert points(data, "Same") == [(0.0, 0.0), (1.0, 5.0)]
    assert points(data, "Same (b)") == [(0.0, 0.0), (1.0, 1.0), (2.0, 1.0), (3.0, 3.0)]


def test_the_share_of_stock_sold_counts_all_channels_and_leaves_unstaged_items_out() -> None:
    sales = pl.DataFrame({"sku": ["a", "a"], "hours_since_start": [0, 0], "sold_units": [2, 3]})
    skus = pl.DataFrame({"sku": ["a", "b"], "title": ["Soap", "Candle"], "staged_units": [10, 0]})
    figure = share_sold_by_hour(sales, skus, 1.0)
    assert points(figure.data, "Soap") == [(0.0, 0.0), (1.0, 0.5)]
    assert [series.name for series in figure.series] == ["Soap"]
    assert share_sold_by_hour(sales, skus, 0.0).is_empty


def test_a_group_of_few_parcels_has_no_bar_and_the_figure_says_why() -> None:
    groups = pl.DataFrame({"name": ["DPD", None], "delivered_count": [20, 19], "median_hours": [30.5, 2.0]})
    figure = median_hours_by(groups, "By carrier", "Carrier")
    assert figure.data.select("x", "y").rows() == [("DPD (20)", 30.5), ("not known (19)", None)]
    assert "fewer than 20" in figure.note
    assert median_hours_by(groups.tail(1), "By carrier", "Carrier").is_empty


def test_a_map_keeps_the_shape_of_the_ground() -> None:
    cells = pl.DataFrame({"latitude": [60.0], "longitude": [10.0], "parcels_count": [3]})
    hubs = pl.DataFrame({"name": ["Hub"], "latitude": [60.0], "longitude": [10.1]})
    figure = doors_and_hubs(cells, hubs)
    assert figure.y_per_x is not None
    assert round(figure.y_per_x, 6) == 2.0
    assert figure.data["label"].to_list() == ["3 parcels", "Hub"]
