"""`sprint replay`: what the pricing did, made again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.pricing.assemble import stored_drop
from pipelines.pricing.engine import POLICIES
from pipelines.pricing.replay import ReplayReport, replay_drop
from pipelines.settings import Settings
from pipelines.warehouse.ledger import read_ledger, read_priced_drops
from pipelines.warehouse.published import open_published

_SHOWN_DIFFERENCES = 20


def replay(
    drop: Annotated[str | None, typer.Argument(help="The drop's id.")] = None,
    every_drop: Annotated[bool, typer.Option("--all", help="Every drop that was priced.")] = False,
    data: DataDir = None,
) -> None:
    """Make the decisions of a drop again from what they were made from, and check their chain of hashes."""
    if (drop is None) != every_drop:
        message = "name one drop, or say --all"
        raise typer.BadParameter(message)
    snapshot = open_published(Settings.from_env(data).published_dir)
    try:
        drops = read_priced_drops(snapshot) if drop is None else [drop]
        reports = [replay_drop(stored_drop(each, read_ledger(snapshot, each)), POLICIES) for each in drops]
    finally:
        snapshot.close()
    console = Console()
    for report in reports:
        _print_replay(console, report)
    if not all(report.is_equal for report in reports):
        raise typer.Exit(1)


def _print_replay(console: Console, report: ReplayReport) -> None:
    verdict = "every decision as it was written" if report.is_equal else "NOT as it was written"
    lines = [f"{report.drop_id}: {report.compared_count} decisions recomputed, {verdict}."]
    lines += [f"  {key} does not carry the hash of the decision before it" for key in report.chain_breaks]
    lines += [
        f"  policy {name} is not known here; its decisions were not recomputed" for name in report.unknown_policies
    ]
    lines += [
        f"  {each.decision_id} {each.column}: stored {each.stored}, recomputed {each.recomputed}"
        for each in report.differences[:_SHOWN_DIFFERENCES]
    ]
    hidden = len(report.differences) - _SHOWN_DIFFERENCES
    lines += [f"  and {hidden} more differences"] if hidden > 0 else []
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
