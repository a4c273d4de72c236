"""The `sprint` command: its groups put together, and errors as sentences instead of traces."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from pipelines.cli import (
    backtest,
    dashboard,
    evaluate,
    followups,
    ingest,
    inspect,
    metrics,
    operator,
    plan,
    pricing,
    privacy,
    rebuild,
    reconcile,
    rehearse,
    report,
    status,
    tick,
    why,
)

app = typer.Typer(
    name="sprint",
    help="The analytics warehouse and hourly pricing pipeline of 72-hour drops.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(ingest.add)
app.command()(inspect.inspect)
app.command()(tick.tick)
app.command()(rebuild.rebuild)
app.command()(reconcile.reconcile)
app.command()(metrics.metrics)
app.command()(status.status)
app.command()(report.report)
app.command()(followups.followups)
app.command()(privacy.erase)
app.command()(privacy.rotate_key)
app.add_typer(plan.plan, name="plan")
app.command()(pricing.replay)
app.command()(why.why)
app.command()(backtest.backtest)
app.command("evaluate")(evaluate.evaluate_policies)
app.command()(dashboard.dashboard)
app.command()(dashboard.dagster)
app.command()(rehearse.rehearse)
for act in (operator.hold, operator.resume, operator.override, operator.kill):
    app.command()(act)


def main() -> None:
    """Run the command; what went wrong is one sentence on standard error and exit code 1."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - the outermost door: every error becomes a sentence, none is lost
        Console(stderr=True).print(f"sprint: {error}", style="red", markup=False, highlight=False)
        sys.exit(1)
