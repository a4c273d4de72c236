"""`sprint replay` and `sprint why`: what the pricing did, made again and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import DataDir
from pipelines.pricing.assemble import stored_drop
from pipelines.pricing.engine import POLICIES
from pipelines.pricing.replay import ReplayReport, replay_drop
from pipelines.settings import Settings, parse_instant
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


def why(
    drop: Annotated[str, typer.Argument(help="The drop's id.")],
    sku: Annotated[str, typer.Argument(help="The SKU.")],
    channel: Annotated[str, typer.Argument(help="web, mobile, marketplace or popup.")],
    hour: Annotated[str, typer.Argument(help="The start of the hour: 2026-11-20T09Z.")],
    data: DataDir = None,
) -> None:
    """Why a price was what it was: what was believed, what each band was worth, what stepped in."""
    snapshot = open_published(Settings.from_env(data).published_dir)
    try:
        tables = read_ledger(snapshot, drop)
    finally:
        snapshot.close()
    wanted = (sku, channel, parse_instant(hour))
    row = next((row for row in tables["decisions"] if (row["sku"], row["channel"], row["valid_from"]) == wanted), None)
    if row is None:
        message = f"no decision for {sku} in {channel} from {hour} in drop {drop}"
        raise LookupError(message)
    console = Console()
    for line in explain_decision(row, _rows_of(tables["clamps"], row)):
        console.print(line, markup=False, highlight=False)
    beliefs = _rows_of(tables["beliefs"], row)
    if beliefs:
        console.print(_beliefs_table(beliefs, row["currency_code"]))


def explain_decision(row: Mapping[str, Any], clamps: Sequence[Mapping[str, Any]]) -> list[str]:
    """A decision and its clamps as sentences for a person."""
    currency = row["currency_code"]
    start: datetime = row["valid_from"]
    lines = [f"{row['sku']} in {row['channel']}, {start:%Y-%m-%d %H:%M} to {row['valid_to']:%H:%M} UTC"]
    if row["price_amount"] is None:
        lines.append("Nothing was offered: sold out.")
    else:
        band = f"band {row['band']}" if row["band"] else "no band"
        lines.append(
            f"Price {row['price_amount']:.2f} {currency} ({band}; list {row['list_amount']:.2f},"
            f" floor {row['floor_amount']:.2f}). Reason: {row['reason']}."
        )
    if row["units_left"] is not None:
        lines.append(f"{row['units_left']} units and {row['hours_left']:g} hours were left.")
    if row["shadow_price_amount"] is not None:
        lines.append(f"One more unit was worth {row['shadow_price_amount']:.2f} {currency} above its salvage.")
    if row["lowest_30d_amount"] is not None:
        lines.append(f"The lowest price of the 30 days before was {row['lowest_30d_amount']:.2f} {currency}.")
    if row["propensity_mid"] is not None:
        shares = ", ".join(f"{band} {row[f'propensity_{band}']:.1%}" for band in ("low", "mid", "high"))
        lines.append(f"Chances before the draw: {shares}.")
    lines += [f"Guardrail {clamp['guardrail']}: {clamp['detail']}." for clamp in clamps]
    lines.append(f"Policy {row['policy_version']}, prior {row['prior_source'] or 'none'}, decided with what was known"
                 f" at {row['as_of']:%Y-%m-%d %H:%M} UTC.")  # fmt: skip
    return lines


def _rows_of(rows: Sequence[Mapping[str, Any]], decision: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["decision_id"] == decision["decision_id"]]


def _beliefs_table(beliefs: Sequence[Mapping[str, Any]], currency: str) -> Table:
    table = Table("Band", "Units expected", "5 % to 95 %", f"Worth showing, {currency}")
    for band in ("low", "mid", "high"):
        for row in beliefs:
            if row["band"] == band:
                worth = "below the floor" if row["worth_amount"] is None else f"{row['worth_amount']:.2f}"
                span = f"{row['lower_units']:.0f} to {row['upper_units']:.0f}"
                table.add_row(band, f"{row['expected_units']:.2f}", span, worth)
    return table


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
