"""Options that every subcommand shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None, typer.Option("--data", help="The data folder (default: SPRINT_DATA, else data/ of the checkout).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, a stable interface, instead of a table.")]
