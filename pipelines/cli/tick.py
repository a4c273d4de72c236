"""`sprint tick`: one hour of the chain, in this process."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.settings import Settings, parse_hour


def tick(
    data: DataDir = None,
    hour: Annotated[
        str | None, typer.Option(help="Start of the closed hour, such as 2011-12-09T12Z (default: the last closed).")
    ] = None,
) -> None:
    """Load what has landed, build the models, decide the next hour's bands, publish."""
    from pipelines.orchestration.tick import run_tick  # noqa: PLC0415 - seconds of import that only a tick needs

    settings = Settings.from_env(data)
    console = Console()
    with console.status("Running the tick"):
        result = run_tick(settings, parse_hour(hour) if hour else None)
    console.print(
        f"Hour {result.hour:%Y-%m-%dT%H}Z done: snapshot {result.snapshot_id} is current,"
        f" {result.decided} decisions added. See it: sprint metrics --data {settings.data_dir}",
        highlight=False,
    )
