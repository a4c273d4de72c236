"""`sprint report`: the owner's report of one drop."""

from __future__ import annotations

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
    """Write `reports/<drop_id>/report.pdf` as a whole or not at all; return its path.

    Raises:
        LookupError: There is no snapshot, or no such drop in it.
    """
    # Drawing takes seconds to import, which no other command needs.
    from pipelines.audit.frames import read_drop_frames  # noqa: PLC0415
    from pipelines.audit.pdf import render_pdf  # noqa: PLC0415
    from pipelines.audit.report import Provenance, build_audit_report  # noqa: PLC0415

    snapshot = open_published(settings.published_dir)
    simulated = (settings.data_dir / "simulated.json").exists()
    frames = read_drop_frames(snapshot.frame, drop_id)
    snapshot.close()
    audit = build_audit_report(frames, Provenance(snapshot.snapshot_id, snapshot.as_of, simulated))
    folder = settings.reports_dir / drop_id
    folder.mkdir(parents=True, exist_ok=True)
    waiting, path = folder / ".report.pdf.new", folder / "report.pdf"
    waiting.write_bytes(render_pdf(audit))
    waiting.replace(path)
    return path
