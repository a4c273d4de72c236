"""`sprint report`: the owner's report of one drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.operations.reports import write_report
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.operations.reports import WrittenReport


def report(
    drop: Annotated[str, typer.Argument(help="The drop's id.", show_default=False)], data: DataDir = None
) -> None:
    """Write a drop's audit report from the published snapshot: PDF, workbook, CSV and JSON, with a manifest."""
    written = write_report(Settings.from_env(data), drop)
    Console().print("\n".join(report_lines(written)), highlight=False, markup=False, soft_wrap=True)


def report_lines(written: WrittenReport) -> list[str]:
    """What was written where, and the drop in a few lines."""
    from pipelines.figures import words  # noqa: PLC0415 - SciPy behind it takes a second to import

    audit = written.audit
    where = words.zone(audit.timezone)
    lines = [f"{words.visible(audit.name)}, {words.named(words.STATUSES, audit.status).lower()}"]
    lines += [f"  {headline.title}: {headline.value} ({headline.basis})" for headline in audit.headlines]
    if audit.totals:
        net = words.money(audit.totals.net_sales_amount, audit.currency_code)
        lines.append(f"  Net sales: {net} of {words.count(audit.totals.orders_count, 'order', 'orders')}")
    lines += [f"  Open: {sentence}" for sentence in audit.unsettled]
    lines.append(
        f"As of {words.instant(audit.provenance.as_of, where)}, snapshot {audit.provenance.snapshot_id}."
        + (" Simulated data." if audit.provenance.is_simulated else "")
    )
    names = ("report.pdf", "report.xlsx", "report.json", "csv", "manifest.json")
    return lines + [f"  {written.folder / name}" for name in names]
