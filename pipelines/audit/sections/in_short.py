"""What the first page answers in a line each: did it pay, what did delivering cost, do the numbers hold."""

from __future__ import annotations

import polars as pl

from pipelines.audit.report import AuditReport
from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES


def in_short(report: AuditReport) -> list[tuple[str, str]]:
    """Each question with its answer, or with why there is none."""
    return [
        ("Against list price", _against_list(report)),
        ("Against the season before", _against_season(report)),
        ("Delivery of an order", _delivery(report)),
        ("Do the numbers agree", _agreement(report)),
    ]


def _against_list(report: AuditReport) -> str:
    for is_own, label in ((True, "this drop"), (False, "all drops so far")):
        uplift = report.uplifts["earned_amount", is_own]
        if uplift.difference is not None and uplift.interval is not None:
            amounts = (uplift.difference, uplift.interval.low, uplift.interval.high)
            gain, low, high = (words.signed(words.money(amount, report.currency_code)) for amount in amounts)
            return f"{gain} earned an hour beside hold-out hours, {low} to {high} at 95%, over {label}"
    hours = report.uplifts["earned_amount", False]
    return (
        f"too few hours to say: {hours.engine_hours} of the engine, {hours.holdout_hours} held out,"
        f" {FEWEST_CASES} of each are needed"
    )


def _against_season(report: AuditReport) -> str:
    for row in (
        report.tables["comparison"]
        .filter(
            pl.col("compared_with") == "last_year",
            pl.col("metric") == "net_sales_amount",
            pl.col("difference").is_not_null(),
        )
        .iter_rows(named=True)
    ):
        change = words.signed(words.money(row["difference"], report.currency_code))
        return f"net sales {change} beside {words.visible(row['other_name'])}"
    return "no drop of the season before lies within a week of the same days from Christmas"


def _delivery(report: AuditReport) -> str:
    costs = report.tables["fulfilment_cost"].filter(pl.col("is_total"), pl.col("currency_code") == report.currency_code)
    own, shop = (
        words.money(_one(costs.filter((pl.col("scope") == "shop") == is_shop)), report.currency_code)
        for is_shop in (False, True)
    )
    if own == words.NONE:
        return "no carrier has named a cost"
    return f"{own}, in the whole shop {shop}" + ("" if report.status == "final" else ", so far")


def _one(costs: pl.DataFrame) -> float | None:
    return None if costs.is_empty() else costs["cost_per_delivered_order"].item()


def _agreement(report: AuditReport) -> str:
    compared = report.tables["agreement"]
    apart = compared.filter(pl.col("difference") != 0).height
    if apart:
        return f"{apart} of {compared.height} sums differ between two tables: see the last page"
    return f"all {compared.height} sums that two tables hold agree to the last digit"
