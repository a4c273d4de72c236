"""Prices: their history, prior prices, what they brought against list price and against other drops."""

from __future__ import annotations

import polars as pl

from pipelines.audit.blocks import Block, figure, heading, note, paragraph, table
from pipelines.audit.report import AMOUNTS, AuditReport
from pipelines.audit.uplift import Uplift
from pipelines.figures import words
from pipelines.figures.intervals import FEWEST_CASES

_AMOUNT_WORDS = {"sales_amount": "Sales an hour", "earned_amount": "Earned an hour"}


def price_figure_name(position: int) -> str:
    """The file of an item's price history, by its position among them."""
    return f"prices-{position}.svg"


def write_prices(report: AuditReport) -> list[Block]:
    """Each item's price by channel and hour, and what guardrails changed."""
    blocks = [heading("Price history")]
    if not report.price_histories:
        return [*blocks, paragraph("No price was decided in this drop.")]
    titles = report.titles
    for position, (sku, history) in enumerate(report.price_histories.items()):
        blocks += [
            heading(titles[sku], 3),
            figure(price_figure_name(position), f"{titles[sku]}: {history.description}"),
        ]
    counts = report.tables["guardrails"].group_by("guardrail", "channel").len().sort("guardrail", "channel")
    channels = [name for name in words.CHANNELS if name in set(counts["channel"])]
    rows = []
    for (guardrail,), part in counts.group_by("guardrail", maintain_order=True):
        by_channel = dict(part.select("channel", "len").iter_rows())
        cells = [words.count(by_channel.get(channel, 0)) for channel in channels]
        rows.append([words.named(words.GUARDRAILS, str(guardrail)), *cells, words.count(sum(by_channel.values()))])
    if not rows:
        return [*blocks, note("No guardrail changed a decision.")]
    heads = ("Changed by a guardrail, hours", *(words.CHANNELS[name] for name in channels), "In all")
    return [*blocks, *table(heads, rows)]


def write_prior_prices(report: AuditReport) -> list[Block]:
    """The lowest price of the last thirty days, by item and channel."""
    titles = report.titles
    amounts = (
        "list_amount", "lowest_30d_before_amount", "lowest_shown_amount", "highest_shown_amount",
        "lowest_last_30d_amount",
    )  # fmt: skip
    rows = [
        [
            titles.get(row["sku"], words.visible(row["sku"])),
            words.named(words.CHANNELS, row["channel"]),
            *(words.money(row[name], row["currency_code"]) for name in amounts),
        ]
        for row in report.rows("prior_prices")
    ]
    blocks = [heading("Prior prices")]
    if not rows:
        return [*blocks, paragraph("No price was decided in this drop.")]
    heads = (
        "Item", "Channel", "List", "Lowest in the\n30 days before", "Lowest\ndecided", "Highest\ndecided",
        "Lowest in the\nlast 30 days",
    )  # fmt: skip
    return [
        *blocks,
        *table(heads, rows, texts=2),
        note(
            "A price reduction must name the lowest price of the 30 days before it (EU directive 98/6, article 6a)."
            " Last column: what a reduction announced now would name, as far as the ledger of decisions knows. A dash:"
            " no price is on record."
        ),
    ]


def write_uplift(report: AuditReport) -> list[Block]:
    """The engine's hours against the hold-out hours."""
    blocks = [heading("Against list price: the hold-out hours")]
    own = report.uplifts["sales_amount", True]
    if not report.uplifts["sales_amount", False].drops_count:
        return [
            *blocks,
            paragraph("No hours of the engine and held out at list price lie side by side: nothing was measured."),
        ]
    kinds = [(True, "this drop"), (False, "all drops so far")]
    if own == report.uplifts["sales_amount", False]:
        kinds = kinds[:1]
    rows = [
        _uplift_row(f"{_AMOUNT_WORDS[amount]}, {label}", report.uplifts[amount, is_own], report.currency_code)
        for is_own, label in kinds
        for amount in AMOUNTS
    ]
    heads = ("An hour", "Engine's hours", "Held out", "Engine", "Held out", "Difference", "95% interval")
    blocks += table(heads, rows)
    for is_own, label in kinds:
        uplift = report.uplifts["sales_amount", is_own]
        if uplift.difference is None and uplift.smallest_visible is not None:
            smallest = words.money(uplift.smallest_visible, report.currency_code)
            blocks.append(
                paragraph(
                    f"Too few of one kind in {label}: {FEWEST_CASES} hours of each are needed to say anything."
                    f" So few would show a difference of {smallest} an hour and more, no less."
                )
            )
    blocks.append(
        note(
            "Hold-out hours sell at list price; chance draws them before the drop, never in its last hours. The"
            " engine's hour after one is left out, as prices move one band an hour. Earned: sales without tax and fees,"
            " less what the units would have fetched unsold. The interval holds every difference that the draw does not"
            " refute (randomisation test). Where stock runs out, a unit sold in one hour is missing in another: read"
            " with care."
        )
    )
    return blocks


def _uplift_row(label: str, uplift: Uplift, currency: str) -> list[str]:
    bounds = uplift.interval
    return [
        label,
        words.count(uplift.engine_hours),
        words.count(uplift.holdout_hours),
        words.money(uplift.engine_mean, currency),
        words.money(uplift.holdout_mean, currency),
        "too few" if uplift.difference is None else words.signed(words.money(uplift.difference, currency)),
        words.NONE
        if bounds is None
        else words.span(words.money(bounds.low, currency), words.money(bounds.high, currency)),
    ]


def write_comparisons(report: AuditReport) -> list[Block]:
    """The drop beside the season before and the drop before."""
    blocks = _comparison(
        report,
        "last_year",
        "Against the season before",
        "No drop of the season before began within a week of the same days from Christmas: nothing to compare with.",
    )
    return blocks + _comparison(report, "previous_drop", "Against the drop before", "It is the first drop.")


def _comparison(report: AuditReport, compared_with: str, title: str, without: str) -> list[Block]:
    pairs = report.tables["comparison"].filter(
        pl.col("compared_with") == compared_with, pl.col("other_scope").is_not_null()
    )
    if pairs.is_empty():
        return [heading(title), paragraph(without)]
    other = pairs.row(0, named=True)
    currency = report.currency_code
    rows = [
        [
            words.METRICS.get(row["metric"], row["metric"]),
            *(words.metric(row["metric"], row[name], currency) for name in ("metric_value", "other_value")),
            words.metric_difference(row["metric"], row["difference"], currency),
            words.metric_interval(row["metric"], row["difference_lower"], row["difference_upper"], currency),
        ]
        for row in pairs.iter_rows(named=True)
    ]
    began = words.day(other["other_starts_at"], words.zone(report.timezone))
    return [
        heading(title),
        paragraph(f"{words.visible(other['other_name'])}, which began on {began}."),
        *table(("Metric", "This drop", "That drop", "Difference", "95% interval"), rows),
        note("Points are percentage points. Sales are counted, not sampled: they have no interval."),
    ]
