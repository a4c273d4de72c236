"""The ledger of a published snapshot as a report: rows and money of every file and feed, and what drifted.

Nothing is computed anew here: the tick's checks have held the ledger against the stored rows before it was published.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.reconciliation_report import (
    FailedCheck,
    Money,
    ReconciledFeed,
    ReconciledFile,
    ReconciliationReport,
)
from pipelines.warehouse.published import PublishedSnapshot
from pipelines.warehouse.tables import FEED_TABLES

_FILES = "SELECT * FROM raw.landing_files ORDER BY loaded_at, feed, path, file_id"
_MONEY = """
    SELECT file_id, currency_code,
        coalesce(sum(amount) FILTER (outcome = 'accepted'), 0)::DECIMAL(38, 4) AS accepted_amount,
        coalesce(sum(amount) FILTER (outcome = 'rejected'), 0)::DECIMAL(38, 4) AS rejected_amount,
        coalesce(sum(amount) FILTER (outcome = 'duplicate'), 0)::DECIMAL(38, 4) AS duplicate_amount
    FROM raw.reconciliation WHERE currency_code IS NOT NULL AND amount IS NOT NULL GROUP BY ALL ORDER BY ALL
"""
_ROWS = "SELECT file_id, sum(rows)::BIGINT AS rows FROM raw.reconciliation GROUP BY file_id"
_FAILED = """
    SELECT check_name, is_blocking, observed FROM raw.checks
    WHERE NOT is_passed AND as_of = (SELECT as_of FROM raw.as_of) ORDER BY check_name
"""
_COUNTS = ("rows_read", "accepted", "rejected", "duplicate", "conflicting")


def read_reconciliation(snapshot: PublishedSnapshot) -> ReconciliationReport:
    """Rows and money of every file and feed in the snapshot's ledger."""
    rows = dict(snapshot.frame(_ROWS).iter_rows())
    money: dict[str, list[Money]] = {}
    for row in snapshot.frame(_MONEY).iter_rows(named=True):
        money.setdefault(row.pop("file_id"), []).append(Money(**row))
    files: list[ReconciledFile] = []
    last_columns: dict[tuple[str, str], frozenset[str]] = {}
    for row in snapshot.frame(_FILES).iter_rows(named=True):
        file = _file(row, rows.get(row["file_id"], 0), tuple(money.get(row["file_id"], ())), last_columns)
        files.append(file)
    feeds = tuple(_feed(feed, [file for file in files if file.feed == feed]) for feed in FEED_TABLES)
    failed = [
        FailedCheck(check=name, is_blocking=is_blocking, observed=observed)
        for name, is_blocking, observed in snapshot.frame(_FAILED).iter_rows()
    ]
    return ReconciliationReport(
        snapshot_id=snapshot.snapshot_id,
        as_of=snapshot.as_of,
        is_reconciled=all(file.is_reconciled for file in files) and not any(check.is_blocking for check in failed),
        feeds=feeds,
        files=tuple(files),
        failed_checks=tuple(failed),
    )


def _file(
    row: dict[str, Any],
    reconciled_rows: int,
    money: tuple[Money, ...],
    last_columns: dict[tuple[str, str], frozenset[str]],
) -> ReconciledFile:
    extra, missing = _names(row["extra_columns"]), _names(row["missing_columns"])
    loaded_at: datetime = row["loaded_at"].replace(tzinfo=UTC)
    new, vanished = _drift(row, extra, missing, last_columns)
    return ReconciledFile(
        **{name: row[name] for name in (*_COUNTS, "file_id", "path", "feed", "source", "status", "first_error")},
        is_reconciled=row["rows_read"] == row["accepted"] + row["rejected"] + row["duplicate"] == reconciled_rows,
        money=money,
        extra_columns=extra,
        missing_columns=missing,
        new_columns=new,
        vanished_columns=vanished,
        is_name_reused=row["is_name_reused"],
        loaded_at=loaded_at,
    )


def _drift(
    row: dict[str, Any],
    extra: tuple[str, ...],
    missing: tuple[str, ...],
    last_columns: dict[tuple[str, str], frozenset[str]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that this file has and the source's last file had not, and the other way round."""
    if row["status"] != "loaded" or not row["rows_read"] or row["feed"] not in FEEDS:
        return (), ()
    columns = frozenset(FEEDS[row["feed"]].columns()) - set(missing) | set(extra)
    before = last_columns.get((row["feed"], row["source"]))
    last_columns[row["feed"], row["source"]] = columns
    if before is None:
        return (), ()
    return tuple(sorted(columns - before)), tuple(sorted(before - columns))


def _feed(feed: str, files: list[ReconciledFile]) -> ReconciledFeed:
    sums: dict[str, list[Decimal]] = {}
    for money in (one for file in files for one in file.money):
        of_currency = sums.setdefault(money.currency_code, [Decimal(0)] * 3)
        amounts = (money.accepted_amount, money.rejected_amount, money.duplicate_amount)
        sums[money.currency_code] = [total + amount for total, amount in zip(of_currency, amounts, strict=True)]
    return ReconciledFeed(
        feed=feed,
        files=len(files),
        quarantined_files=sum(file.status == "quarantined" for file in files),
        **{name: sum(getattr(file, name) for file in files) for name in _COUNTS},
        is_reconciled=all(file.is_reconciled for file in files),
        money=tuple(
            Money(currency_code=code, accepted_amount=one, rejected_amount=two, duplicate_amount=three)
            for code, (one, two, three) in sorted(sums.items())
        ),
    )


def _names(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(", ")) if joined else ()
