from __future__ import annotations

import polars as pl

from pipelines.figures.interest import followups_csv, rank_interested


def acts(key: str, *, returned: int = 0, before: int = 0, shares: int = 0, scans: int = 0) -> dict[str, object]:
    points = {
        "returned_points": 3 * returned,
        "bought_before_points": 2 * before,
        "shares_points": 2 * min(shares, 3),
        "scans_points": min(scans, 3),
    }
    return (
        {"buyer_key": key, "shares_count": shares, "scans_count": scans}
        | points
        | {"interest_points": sum(points.values())}
    )


ROWS = pl.DataFrame([
    acts("b", scans=1), acts("a", scans=1), acts("fan", returned=1, before=1, shares=1200, scans=4),
    acts("tells", shares=1), acts("silent", returned=1),
])  # fmt: skip


def test_the_most_points_come_first_and_equal_ones_in_one_order() -> None:
    ranked = rank_interested(ROWS, {"a", "b", "fan", "tells"})
    assert ranked.select("rank", "buyer_key", "interest_points").rows() == [
        (1, "fan", 14), (2, "tells", 2), (3, "a", 1), (4, "b", 1)
    ]  # fmt: skip


def test_each_act_is_said_with_its_points() -> None:
    ranked = rank_interested(ROWS, {"fan", "tells"})
    assert ranked["why"].to_list() == [
        "ordered again (3); had bought before (2); shared 1,200 times (6); scanned 4 times (3)",
        "shared once (2)",
    ]


def test_without_consent_nobody_is_listed() -> None:
    ranked = rank_interested(ROWS, set())
    assert ranked.is_empty()
    assert ranked.schema == rank_interested(ROWS, {"a"}).schema


def test_the_file_has_addresses_without_keys_and_formulas_stay_text() -> None:
    ranked = rank_interested(ROWS, {"a", "b", "fan"})
    text = followups_csv(ranked, {"fan": "=cmd|'/c calc'!a@example.com", "b": "bo@example.com"}, ["Follow-ups"])
    best = "ordered again (3); had bought before (2); shared 1,200 times (6); scanned 4 times (3)"
    assert text.splitlines() == [
        "# Follow-ups",
        "# 1 more have no e-mail address and are left out",
        "email,interest_points,why,scans_count,shares_count",
        f"'=cmd|'/c calc'!a@example.com,14,\"{best}\",4,1200",
        "bo@example.com,1,scanned once (1),1,0",
    ]
