"""`sprint metrics`: the four metrics of every scope, as a table or as JSON."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.contracts.metrics_report import MetricsReport
from pipelines.settings import Settings
from pipelines.warehouse.metrics import read_metrics
from pipelines.warehouse.published import open_published


def metrics(data: DataDir = None, as_json: AsJson = False) -> None:
    """Print the four metrics of each drop and of the shop, from the published snapshot."""
    snapshot = open_published(Settings.from_env(data).published_dir)
    report = read_metrics(snapshot)
    snapshot.close()
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        Console().print(metrics_table(report))


def metrics_table(report: MetricsReport) -> Table:
    """One row a scope; each cell shows the headline with the counts behind it."""
    table = Table(title=f"Snapshot {report.snapshot_id}, as of {report.as_of:%Y-%m-%d %H:%M} UTC", title_justify="left")
    table.add_column("Scope", overflow="fold")
    table.add_column("Status")
    for heading in ("Order to door", "Sold in 48 h", "Back in 30 days", "Unboxing a box"):
        table.add_column(heading, justify="right")
    for scope in report.scopes:
        lead, velocity, repeat, unboxing = scope.lead_time, scope.velocity_48h, scope.repeat_30d, scope.unboxing
        open_parcels = lead.n_under_way + lead.n_not_handed_over
        table.add_row(
            scope.scope,
            scope.status or "",
            f"{_number(lead.median_hours, 'h')}\n{lead.n} done +{open_parcels}",
            f"{_percent(velocity.sell_through_rate)}{'' if velocity.is_final in (True, None) else ' so far'}"
            + (f"\n{velocity.units_sold} of {velocity.units_staged}" if velocity.units_staged is not None else ""),
            f"{_percent(repeat.rate)}\n{repeat.returned} of {repeat.eligible} +{repeat.pending}",
            f"{_number(unboxing.engagement_per_box)}\n{unboxing.scans + unboxing.shares} on {unboxing.boxes_delivered}",
        )
    return table


def _number(value: float | None, unit: str = "") -> str:
    return "–" if value is None else f"{value:,.2f} {unit}".rstrip()


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
