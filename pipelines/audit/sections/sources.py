"""How the metrics are worked out, and where the numbers come from."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipelines.audit.blocks import Block, facts, heading, note, paragraph, table
from pipelines.audit.report import AuditReport
from pipelines.figures import words


def write_methods(report: AuditReport) -> list[Block]:
    """Each metric's sentence, formula, rules and owner."""
    blocks = [heading("How the four metrics are worked out")]
    for headline, method in zip(report.headlines, report.methods, strict=True):
        blocks += [
            heading(headline.title, 3),
            paragraph(f"{method.sentence} Here: {headline.value} ({headline.basis})."),
            facts([("Formula", method.formula), ("95% interval", headline.interval), ("Owner", method.owner)]),
        ]
    return [*blocks, note("Every rule and edge case: the sheet “rules” of the workbook.")]


def write_sources(report: AuditReport) -> list[Block]:
    """Files, rejects, money, and whether everything agrees."""
    return [
        heading("Where the numbers come from"),
        *_files(report),
        *_rejects(report),
        *_reconciled(report),
        *_agreement(report),
        *_checks(report),
    ]


def _files(report: AuditReport) -> list[Block]:
    counts = ("rows_read", "accepted", "rejected", "duplicate")
    by_feed = (
        report.tables["files"]
        .group_by("feed")
        .agg(pl.len().alias("files"), (pl.col("status") == "quarantined").sum().alias("unread"), pl.col(counts).sum())
        .sort("feed")
    )
    rows = [
        [words.named(words.FEEDS, row["feed"]), *(words.count(row[name]) for name in ("files", "unread", *counts))]
        for row in by_feed.iter_rows(named=True)
    ]
    heads = ("Feed", "Files", "Not readable", "Rows read", "Accepted", "Rejected", "Repeated")
    return [
        *table(heads, rows),
        note("Of the whole shop. Every row read is accepted, rejected with its reason, or a repeat."),
    ]


def _rejects(report: AuditReport) -> list[Block]:
    rows = [
        [
            words.named(words.FEEDS, row["feed"]),
            words.visible(row["field"] or words.NONE),
            words.named({}, row["rule"]),
            words.count(row["rows"]),
        ]
        for row in report.tables["rejects"].sort("rows", descending=True).iter_rows(named=True)
    ]
    return (
        [heading("Rejected rows", 3), *table(("Feed", "Field", "What must hold", "Rows"), rows, texts=3)]
        if rows
        else []
    )


def _reconciled(report: AuditReport) -> list[Block]:
    money = (
        report.tables["reconciliation"]
        .filter(pl.col("currency_code").is_not_null() & pl.col("amount").is_not_null())
        .pivot("outcome", index=["feed", "currency_code"], values="amount", aggregate_function="sum")
        .sort("feed", "currency_code")
    )
    outcomes = ("accepted", "rejected", "duplicate")
    rows = [
        [
            words.named(words.FEEDS, row["feed"]),
            *(words.money(row.get(name) or Decimal(0), row["currency_code"]) for name in outcomes),
        ]
        for row in money.iter_rows(named=True)
    ]
    if not rows:
        return []
    return [heading("Money in the files", 3), *table(("Feed", "Accepted", "Rejected", "Repeated"), rows)]


def _agreement(report: AuditReport) -> list[Block]:
    compared = report.tables["agreement"]
    apart = compared.filter(pl.col("difference") != 0)
    blocks = [heading("Do the tables agree?", 3)]
    if apart.is_empty():
        return [*blocks, paragraph(f"All {compared.height} sums that two tables hold agree to the last digit.")]
    rows = [
        [
            words.named({}, row["sum"]),
            f"{words.named({}, row['first_table'])} and {words.named({}, row['second_table'])}",
            *(
                f"{row[name]:,f} {row['unit']}".replace("-", words.MINUS)
                for name in ("first_value", "second_value", "difference")
            ),
        ]
        for row in apart.iter_rows(named=True)
    ]
    heads = ("Sum", "Tables", "First", "Second", "Difference")
    return [*blocks, *table(heads, rows, texts=2)]


def _checks(report: AuditReport) -> list[Block]:
    checks = report.tables["checks"]
    failed = checks.filter(~pl.col("is_passed"))
    blocks = [heading("Checks of the last tick", 3)]
    if failed.is_empty():
        return [*blocks, paragraph(f"All {checks.height} held.")]
    rows = [
        [words.named({}, row["check_name"]), words.visible(row["observed"])] for row in failed.iter_rows(named=True)
    ]
    return [*blocks, *table(("Did not hold", "Observed"), rows, texts=2)]
