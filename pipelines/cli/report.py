"""`sprint report`: the owner's report of one drop."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.settings import Settings
from pipelines.warehouse.published import open_published


def report(
    drop: Annotated[str, typer.Argument(help="The drop's id.", show_default=False)], data: DataDir = None
) -> None:
    """Write a drop's audit report from the published snapshot."""
    settings = Settings.from_env(data)
    path = write_report(settings, drop)
    Console().print(f"Report written: {path}", highlight=False, markup=False, soft_wrap=True)


def write_report(settings: Settings, drop_id: str) -> Path:
    """Write `reports/<drop_id>/` as a whole or not at all; return the path of its `report.pdf`.

    Raises:
        LookupError: There is no snapshot, or no such drop in it.
    """
    # Drawing takes seconds to import, which no other command needs.
    from pipelines.audit.bundle import render_bundle  # noqa: PLC0415
    from pipelines.audit.frames import read_drop_frames  # noqa: PLC0415
    from pipelines.audit.report import Provenance, build_audit_report  # noqa: PLC0415

    snapshot = open_published(settings.published_dir)
    simulated = (settings.data_dir / "simulated.json").exists()
    try:
        frames = read_drop_frames(snapshot.frame, drop_id)
    finally:
        snapshot.close()
    audit = build_audit_report(frames, Provenance(snapshot.snapshot_id, snapshot.as_of, simulated))
    return _replace_folder(settings.reports_dir / drop_id, render_bundle(audit)) / "report.pdf"


def _replace_folder(folder: Path, files: dict[str, bytes]) -> Path:
    # All files are there before the folder takes its name: a reader never sees half a report.
    folder.parent.mkdir(parents=True, exist_ok=True)
    waiting, former = (folder.with_name(f".{state}-{folder.name}") for state in ("new", "old"))
    for leftover in (waiting, former):
        shutil.rmtree(leftover, ignore_errors=True)
    for name, content in files.items():
        path = waiting / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if folder.exists():
        folder.rename(former)
    waiting.rename(folder)
    shutil.rmtree(former, ignore_errors=True)
    return folder
