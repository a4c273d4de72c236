from __future__ import annotations

from pipelines.figures.lots import describe_lots


def group(cells: int, mean: float, deviation: float) -> dict[str, float]:
    return {"cells_count": cells, "mean_amount": mean, "deviation_amount": deviation}


def test_nineteen_cells_are_too_few() -> None:
    said = describe_lots({True: group(19, 5, 1), False: group(500, 6, 1)}, "EUR")
    assert said.startswith("Too few to say")
    assert "19 cells at list by lot, 500 priced by the engine" in said


def test_no_cell_at_all_is_too_few() -> None:
    assert describe_lots({}, "EUR").startswith("Too few to say")


def test_the_gain_a_cell_has_an_interval_by_hand() -> None:
    # 10 - 8 = 2; each mean's half-width 1.96 * 2 / sqrt(100) = 0.392; together sqrt(2) * 0.392 = 0.554.
    said = describe_lots({True: group(100, 8, 2), False: group(100, 10, 2)}, "EUR")
    assert "€2.00 a cell" in said
    assert "€1.45 to €2.55" in said
    assert "no clear difference" not in said


def test_an_interval_that_holds_nought_is_no_clear_difference() -> None:
    assert "no clear difference" in describe_lots({True: group(20, 8, 9), False: group(20, 9, 9)}, "EUR")
