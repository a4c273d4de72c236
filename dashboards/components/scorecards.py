"""Scopes and their differences as lines of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.components.wording import if_enough
from pipelines.figures import words

_LOWER_IS_BETTER = frozenset({"median_hours"})


def describe_scopes(cards: pl.DataFrame) -> pl.DataFrame:
    """Each drop's and the shop's numbers in words; what rests on too few cases says so."""
    lines = [
        {
            "name": row["name"],
            "status": row["status"],
            "orders": row["orders_count"],
            "units": row["sold_units"],
            "net": words.money(row["net_sales_amount"], row["currency_code"]),
            "lead": if_enough(words.hours(row["median_hours"]), row["delivered_count"]),
            "sold": if_enough(words.rate(row["sell_through_rate"]), row["staged_units"]),
            "back": if_enough(words.rate(row["conversion_rate"]), row["eligible_count"]),
            "boxes": if_enough(words.ratio(row["engagement_per_box"]), row["boxes_delivered_count"]),
        }
        for row in cards.iter_rows(named=True)
    ]
    return pl.DataFrame(lines)


def describe_differences(pairs: pl.DataFrame, currency_code: str | None) -> pl.DataFrame:
    """A drop's numbers against others' in words; pairs without both numbers are left out, for they say nothing."""
    lines = [
        {
            "against": words.COMPARISONS[row["compared_with"]]
            + ("" if row["compared_with"] == "shop" else f": {row['other_name']}"),
            "metric": words.METRICS[row["metric"]],
            "this": words.metric(row["metric"], row["metric_value"], currency_code),
            "other": words.metric(row["metric"], row["other_value"], currency_code),
            "difference": words.metric_difference(row["metric"], row["difference"], currency_code),
            "interval": words.metric_interval(
                row["metric"], row["difference_lower"], row["difference_upper"], currency_code
            ),
            "verdict": _verdict(row),
        }
        for row in pairs.iter_rows(named=True)
        if row["difference"] is not None
    ]
    return pl.DataFrame(lines)


def _verdict(row: Mapping[str, Any]) -> str:
    low, high = row["difference_lower"], row["difference_upper"]
    if low is None or high is None:
        return words.NONE
    if low <= 0 <= high:
        return "no clear difference"
    return "better" if (low > 0) != (row["metric"] in _LOWER_IS_BETTER) else "worse"
