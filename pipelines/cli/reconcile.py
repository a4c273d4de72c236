"""`sprint reconcile`: rows and money of every file and feed, read against stored."""

from __future__ import annotations

import sys

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.cli.options import AsJson, DataDir
from pipelines.cli.plain_text import plain
from pipelines.contracts.reconciliation_report import Counts, ReconciledFile, ReconciliationReport
from pipelines.settings import Settings
from pipelines.warehouse.published import open_published
from pipelines.warehouse.reconcile import read_reconciliation


def reconcile(data: DataDir = None, as_json: AsJson = False) -> None:
    """Print rows and money of every file and feed; the exit code is 1 when anything does not add up."""
    snapshot = open_published(Settings.from_env(data).published_dir)
    report = read_reconciliation(snapshot)
    snapshot.close()
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        show_reconciliation(report, Console())
    if not report.is_reconciled:
        raise typer.Exit(code=1)


def show_reconciliation(report: ReconciliationReport, console: Console) -> None:
    """The feeds, then their files, then a sentence."""
    feeds = _table(f"Snapshot {report.snapshot_id}, as of {report.as_of:%Y-%m-%d %H:%M} UTC", "Feed")
    for feed in report.feeds:
        if feed.files:
            kept = f"{feed.quarantined_files} of {feed.files} quarantined" if feed.quarantined_files else ""
            feeds.add_row(plain(feed.feed), *_cells(feed), kept)
    files = _table("Files", "File")
    for file in report.files:
        files.add_row(plain(file.path), *_cells(file), plain("; ".join(_notes(file))))
    console.print(feeds, files)
    for check in report.failed_checks:
        console.print(plain(f"{'BLOCKING: ' if check.is_blocking else ''}{check.check}: {check.observed}"))
    console.print(
        "Every row read is accepted, rejected or a duplicate; every accepted row and amount is stored."
        if report.is_reconciled
        else "Rows or money do not add up: see the lines marked with !"
    )


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, overflow="fold")
    for heading in ("Read", "Accepted", "Rejected", "Duplicate", "Money accepted", "Money rejected"):
        table.add_column(heading, justify="right")
    table.add_column("To know", overflow="fold")
    return table


def _cells(counts: Counts) -> tuple[Text, ...]:
    numbers = (counts.rows_read, counts.accepted, counts.rejected, counts.duplicate)
    mark = "" if counts.is_reconciled else " !"
    accepted = "\n".join(f"{one.accepted_amount:,.2f} {one.currency_code}" for one in counts.money)
    rejected = "\n".join(f"{one.rejected_amount:,.2f} {one.currency_code}" for one in counts.money)
    return (*(Text(f"{number:,}{mark}") for number in numbers), Text(accepted), Text(rejected))


def _notes(file: ReconciledFile) -> list[str]:
    notes = [f"quarantined: {file.first_error}"] if file.status == "quarantined" else []
    if file.conflicting:
        notes.append(f"{file.conflicting:,} rows with a known key and other content")
    if file.is_name_reused:
        notes.append("this name was used before for other content")
    if file.new_columns:
        notes.append(f"new since the file before, kept: {', '.join(file.new_columns)}")
    if file.vanished_columns:
        notes.append(f"gone since the file before: {', '.join(file.vanished_columns)}")
    return notes
