"""`sprint inspect`: try files without storing anything, and say what would load, what would not, and why."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from pipelines.cli.options import AsJson, DataDir
from pipelines.cli.plain_text import plain
from pipelines.cli.sources import Source, known_source
from pipelines.contracts.feeds import FEED_NAMES
from pipelines.contracts.inspection_report import InspectedFile, InspectionReport
from pipelines.ingest.inspection import inspect_paths
from pipelines.ingest.parser_process import ParserProcess
from pipelines.settings import FUTURE_TOLERANCE, Settings

_VERDICTS = {
    "loads": ("loads", "green"),
    "loads_in_part": ("loads in part", "yellow"),
    "loads_no_row": ("loads, but holds no row", "yellow"),
    "refused": ("would be quarantined", "red"),
    "not_recognised": ("would be left", "red"),
}
# More than these of one file's rules and rows are in the JSON.
_RULES_SHOWN = 5
_FILES_NAMED = 3


def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", show_default=False)],
    feed: Annotated[str | None, typer.Option(help=f"The feed of all of them: {', '.join(FEED_NAMES)}.")] = None,
    source: Source = None,
    data: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Try files without storing anything; the exit code is 1 when any of them would not load whole."""
    if feed is not None and feed not in FEED_NAMES:
        message = f"{feed!r} is no feed; expected one of {', '.join(FEED_NAMES)}"
        raise typer.BadParameter(message)
    latest_at = Settings.from_env(data).now() + FUTURE_TOLERANCE
    with ParserProcess() as parser:
        report = inspect_paths(paths, feed, latest_at, parser, known_source(source))
    if as_json:
        sys.stdout.write(report.model_dump_json(indent=2) + "\n")
    else:
        show_inspection(report, Console())
    if not all(file.verdict in ("loads", "loads_no_row") for file in report.files):
        raise typer.Exit(code=1)


def show_inspection(report: InspectionReport, console: Console) -> None:
    """One line a file, each reason once with the files it holds for, then the first bad rows of each file."""
    names = _short_names(report)
    table = Table()
    table.add_column("File", overflow="fold")
    for heading in ("Feed", "Verdict"):
        table.add_column(heading)
    for heading in ("Rows", "Good", "Bad"):
        table.add_column(heading, justify="right")
    sharing: dict[str, list[str]] = {}
    for file in report.files:
        verdict, colour = _VERDICTS[file.verdict]
        numbers = (f"{number:,}" if file.feed else "" for number in (file.rows_read, file.accepted, file.rejected))
        table.add_row(plain(names[file.path]), _feed(file), f"[{colour}]{verdict}[/]", *numbers)
        for note in _notes(file):
            sharing.setdefault(note, []).append(names[file.path])
    console.print(table)
    for note, files in sharing.items():
        more = f" and {len(files) - _FILES_NAMED} more" if len(files) > _FILES_NAMED else ""
        console.print(plain(f"• {', '.join(files[:_FILES_NAMED])}{more}: {note}"))
    for file in report.files:
        if file.bad_rows:
            first = "" if len(file.bad_rows) == file.rejected else f" (the first {len(file.bad_rows)})"
            heading = f"{names[file.path]}: {file.rejected:,} bad row{'s' * (file.rejected > 1)}{first}"
            # Not the table's title, which a narrow table would fold.
            console.print(plain(heading), _bad_rows(file))
    loading = sum(file.verdict in ("loads", "loads_in_part", "loads_no_row") for file in report.files)
    console.print(f"{loading} of {len(report.files)} files would load. Nothing was stored.")


def _short_names(report: InspectionReport) -> dict[str, str]:
    """Each file by its path below the folder that all of them share."""
    paths = [file.path for file in report.files]
    if not paths:
        return {}
    shared = os.path.commonpath([Path(path).absolute().parent for path in paths])
    return {path: os.path.relpath(Path(path).absolute(), shared) for path in paths}


def _feed(file: InspectedFile) -> str:
    if file.feed is None:
        return "-"
    return file.feed if file.source in (None, "canonical") else f"{file.feed} ({file.source})"


def _notes(file: InspectedFile) -> list[str]:
    notes = [file.reason] if file.reason else []
    rules = [f"{rule} ({rows:,})" for rule, rows in list(file.rejected_by_rule.items())[:_RULES_SHOWN]]
    notes += [f"rows rejected by {', '.join(rules)}"] if rules else []
    notes += [f"columns that the feed does not know, kept: {', '.join(file.extra_columns)}"] * bool(file.extra_columns)
    lacks_some = file.missing_columns and file.reason is None
    notes += [f"optional columns that it lacks: {', '.join(file.missing_columns)}"] * bool(lacks_some)
    return notes


def _bad_rows(file: InspectedFile) -> Table:
    table = Table()
    table.add_column("Row", justify="right")
    for heading in ("Field", "What was expected, what was found"):
        table.add_column(heading, overflow="fold")
    for row in file.bad_rows:
        table.add_row(f"{row.row_number:,}", plain(row.field or "(the whole row)"), plain(row.message))
    return table
