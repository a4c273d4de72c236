"""Subcommands about files: what goes in, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.inspect import inspect
from pipelines.cli.options import DataDir
from pipelines.cli.plain_text import plain
from pipelines.cli.sources import Source, known_source
from pipelines.contracts.feeds import FEED_NAMES
from pipelines.ingest.add import Added, add_paths
from pipelines.ingest.landing import prepare_landing, printable_name
from pipelines.settings import Settings


def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", show_default=False)],
    feed: Annotated[str | None, typer.Option(help=f"The feed of all of them: {', '.join(FEED_NAMES)}.")] = None,
    source: Source = None,
    data: DataDir = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of them, store nothing: `sprint inspect`.")
    ] = False,
) -> None:
    """Put files into the landing folder; the next tick loads them."""
    if dry_run:
        inspect(paths, feed, source, data)
        return
    if feed is not None and feed not in FEED_NAMES:
        message = f"{feed!r} is no feed; expected one of {', '.join(FEED_NAMES)}"
        raise typer.BadParameter(message)
    settings = Settings.from_env(data)
    prepare_landing(settings.landing_dir, is_new_folder=not settings.warehouse_path.exists())
    added = add_paths(paths, settings.landing_dir, feed, known_source(source))
    _show(added)
    if not any(one.feed for one in added):
        raise typer.Exit(code=1)


def _show(added: list[Added]) -> None:
    table = Table("file", "feed", "what became of it")
    for one in added:
        # File names are no markup: one named `[red]` must not colour the table.
        table.add_row(plain(printable_name(one.path.name)), one.feed or "-", plain(one.message))
    Console().print(table)
