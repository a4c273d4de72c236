"""The option that names the system a file is from."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.ingest.parse import CANONICAL
from pipelines.ingest.sources.systems import SYSTEMS

SOURCES = (CANONICAL, *SYSTEMS)

Source = Annotated[str | None, typer.Option(help=f"The system that wrote all of them: {', '.join(SOURCES)}.")]


def known_source(source: str | None) -> str | None:
    """The source as given.

    Raises:
        typer.BadParameter: It is none that we read.
    """
    if source is not None and source not in SOURCES:
        message = f"{source!r} is no system whose files are read; expected one of {', '.join(SOURCES)}"
        raise typer.BadParameter(message)
    return source
