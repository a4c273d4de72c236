"""Subcommands about people: erasing one, and changing the secret behind all pseudonyms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import AsJson, DataDir
from pipelines.cli.plain_text import plain
from pipelines.contracts.erasure_report import ErasureReport
from pipelines.operations.erase import erase_buyer
from pipelines.operations.rotate_key import rotate_key as rotate
from pipelines.settings import Settings


def erase(
    email: Annotated[str, typer.Option(help="The person's address.", show_default=False)],
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Erase a person, and search the whole data folder to prove it; the exit code is 1 if the proof fails."""
    report = erase_buyer(Settings.from_env(data), email)
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        _show(report, Console())
    if not report.is_proven:
        raise typer.Exit(code=1)


def rotate_key(
    new_key_file: Annotated[
        Path | None, typer.Option(help="A file that holds the new secret (default: one is made).", show_default=False)
    ] = None,
    data: DataDir = None,
) -> None:
    """Change the secret behind all pseudonyms: private store, warehouse and published copies, while no tick runs."""
    settings = Settings.from_env(data)
    if settings.key is not None and new_key_file is None:
        message = "SPRINT_KEY gives the key, so a new one has to come from you: --new-key-file PATH"
        raise typer.BadParameter(message)
    new_key = None if new_key_file is None else new_key_file.read_text(encoding="utf-8")
    rotation = rotate(settings, new_key)
    console = Console()
    console.print(f"{rotation.buyers:,} buyers bear new pseudonyms, in {rotation.published_files} published files too.")
    if settings.key is not None:
        console.print("Set SPRINT_KEY to the new secret before the next tick.")


def _show(report: ErasureReport, console: Console) -> None:
    console.print(f"{report.buyers_removed} buyer(s) removed from the private store.")
    if report.removed_files:
        console.print(f"{len(report.removed_files)} file(s) removed; add them again without the person:")
    for path in report.removed_files:
        console.print(plain(f"  {path}"))
    console.print(
        f"{report.files_searched:,} files searched, unpacked: the address is in {len(report.files_holding)} of them."
    )
    for path in (*report.files_holding, *report.files_not_searched):
        console.print(plain(f"  {path}"))
    if report.files_not_searched:
        console.print(f"{len(report.files_not_searched)} of these could not be looked into.")
