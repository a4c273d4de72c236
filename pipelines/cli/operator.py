"""`sprint hold|resume|override|kill`: the operator's hand on a running drop."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.contracts.operator_action import OperatorAction
from pipelines.operations.control import give_action, kill_drop
from pipelines.settings import Settings

Drop = Annotated[str, typer.Argument(help="The drop's id.")]
Who = Annotated[str, typer.Option(help="Who says so.")]
Why = Annotated[str, typer.Option(help="Why; it stands in the ledger and in the audit report.")]
Sku = Annotated[str | None, typer.Option(help="Only this SKU (default: all).")]
Channel = Annotated[str | None, typer.Option(help="Only this channel (default: all).")]


def hold(drop: Drop, who: Who, why: Why, sku: Sku = None, channel: Channel = None, data: DataDir = None) -> None:  # noqa: PLR0913, PLR0917 - the command's options
    """Keep each last band until `resume`, from the next tick on."""
    _give(data, action="hold", drop_id=drop, who=who, why=why, sku=sku, channel=channel)


def resume(drop: Drop, who: Who, why: Why, sku: Sku = None, channel: Channel = None, data: DataDir = None) -> None:  # noqa: PLR0913, PLR0917 - the command's options
    """End a hold, an override or a kill, from the next tick on."""
    _give(data, action="resume", drop_id=drop, who=who, why=why, sku=sku, channel=channel)


def override(  # noqa: PLR0913, PLR0917 - the command's options
    drop: Drop,
    band: Annotated[str, typer.Option(help="low, mid or high; never below the margin floor.")],
    who: Who,
    why: Why,
    sku: Sku = None,
    channel: Channel = None,
    data: DataDir = None,
) -> None:
    """Set a band until `resume`, from the next tick on."""
    _give(data, action="override", drop_id=drop, band=band, who=who, why=why, sku=sku, channel=channel)


def kill(drop: Drop, who: Who, why: Why, data: DataDir = None) -> None:
    """Put every price of a drop at list now, without waiting for a tick."""
    settings = Settings.from_env(data)
    snapshot_id = kill_drop(settings, _action(settings, action="kill", drop_id=drop, who=who, why=why))
    done = f"snapshot {snapshot_id} shows list prices" if snapshot_id else "nothing is published, so list prices hold"
    Console().print(f"{drop} killed: {done}. `sprint resume {drop}` ends it.", markup=False, highlight=False)


def _give(data: DataDir, **said: Any) -> None:
    settings = Settings.from_env(data)
    path = give_action(settings, _action(settings, **said))
    Console().print(f"Said: {path.name}. The next tick follows it.", markup=False, highlight=False)


def _action(settings: Settings, **said: Any) -> OperatorAction:
    try:
        return OperatorAction(acted_at=settings.now(), **said)
    except ValidationError as error:
        raise typer.BadParameter("; ".join(found["msg"] for found in error.errors())) from error
