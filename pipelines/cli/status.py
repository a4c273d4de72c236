"""`sprint status`: what is loaded, what is late, what to do next."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.contracts.status_report import StatusReport
from pipelines.operations.status import read_status
from pipelines.settings import Settings


def status(data: DataDir = None, as_json: AsJson = False) -> None:
    """Print what is loaded, what is late, and what to do next."""
    report = read_status(Settings.from_env(data))
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
        return
    console = Console()
    console.print(_table(report))
    for step in report.next_steps:
        console.print(f"• {step}", markup=False, highlight=False)
    if not report.next_steps:
        console.print("Nothing to do: everything that has landed is loaded.")


def _table(report: StatusReport) -> Table:
    as_of = f"snapshot {report.snapshot_id}, as of {report.as_of:%Y-%m-%d %H:%M} UTC" if report.as_of else "no snapshot"
    missed = f", {report.missed_hours} hours missed" if report.missed_hours else ""
    table = Table(title=f"{report.data_dir}: {as_of}{missed}", title_justify="left")
    table.add_column("Feed")
    for heading in ("Files", "Rows", "Accepted", "Rejected", "Duplicate", "Waiting", "Last met"):
        table.add_column(heading, justify="right")
    for feed in report.feeds:
        age = "never" if feed.age_hours is None else f"{feed.age_hours:,.0f} h ago"
        numbers = (feed.files, feed.rows_read, feed.accepted, feed.rejected, feed.duplicate, feed.waiting_files)
        table.add_row(feed.feed, *(f"{number:,}" for number in numbers), f"{age}, late" if feed.is_late else age)
    return table
