"""The audit reports of a data folder: writing one, whole or not at all, and which are due.

The published snapshot is read, never the warehouse, so that writing a report disturbs no tick. What has been written is
known from the manifest beside each report: no state of its own, and a report that was deleted is due again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.contracts.metric_definitions import MetricDefinitions, has_definitions, parse_definitions
from pipelines.privacy import consenting_buyers
from pipelines.settings import PROJECT_ROOT, Settings
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.published import open_published

if TYPE_CHECKING:
    from pipelines.audit.report import AuditReport

MANIFEST = "manifest.json"
_MODELS = PROJECT_ROOT / "dbt_project" / "models"

# The states that call for a report, in order: the drop has ended, and it has settled.
_CALLING = ("settling", "final")
_DROPS = "select drop_id, status from marts.dim_drops order by starts_at, drop_id"


@dataclass(frozen=True)
class DueReport:
    """A drop whose state calls for a report that is not there."""

    drop_id: str
    status: str


@dataclass(frozen=True)
class WrittenReport:
    """A report on disk and what it says."""

    folder: Path
    audit: AuditReport


def due_reports(settings: Settings) -> tuple[str, tuple[DueReport, ...]]:
    """The current snapshot's id, and the drops that have ended, or settled, since their report was written.

    A drop that settled while nobody looked is due once, as final.

    Raises:
        NotPublishedError: Nothing has been published yet.
    """
    snapshot = open_published(settings.published_dir)
    try:
        drops = [DueReport(**row) for row in snapshot.frame(_DROPS).iter_rows(named=True)]
    finally:
        snapshot.close()
    return snapshot.snapshot_id, tuple(drop for drop in drops if _is_due(drop, settings.reports_dir))


def write_report(settings: Settings, drop_id: str) -> WrittenReport:
    """Write `reports/<drop_id>/` from the current snapshot.

    Raises:
        LookupError: There is no snapshot, or no such drop in it.
    """
    # Drawing takes seconds to import, which nothing else that knows of reports needs.
    from pipelines.audit.bundle import render_bundle  # noqa: PLC0415
    from pipelines.audit.frames import read_drop_frames  # noqa: PLC0415
    from pipelines.audit.report import Provenance, build_audit_report  # noqa: PLC0415

    snapshot = open_published(settings.published_dir)
    try:
        frames = read_drop_frames(snapshot.frame, drop_id)
    finally:
        snapshot.close()
    simulated = (settings.data_dir / "simulated.json").exists()
    definitions = read_definitions(frames.windows.row(0, named=True))
    provenance = Provenance(snapshot.snapshot_id, snapshot.as_of, simulated)
    audit = build_audit_report(frames, provenance, definitions, consenting_buyers(settings))
    files = render_bundle(audit)
    folder = settings.reports_dir / drop_id
    with hold_lock(settings.reports_dir / ".lock", f"the report of {drop_id}", settings.now(), wait=True):
        _replace_folder(folder, files)
    return WrittenReport(folder, audit)


def read_definitions(windows: Mapping[str, float]) -> MetricDefinitions:
    """The metrics' definitions, as dbt's YAML has them, with the windows that a snapshot was built with."""
    texts = {path.relative_to(_MODELS).as_posix(): path.read_text(encoding="utf-8") for path in _MODELS.rglob("*.yml")}
    return parse_definitions({path: text for path, text in texts.items() if has_definitions(text)}, windows)


def _is_due(drop: DueReport, reports_dir: Path) -> bool:
    written = _written_status(reports_dir / drop.drop_id / MANIFEST)
    return _rank(drop.status) > _rank(written)


def _rank(status: str | None) -> int:
    return _CALLING.index(status) if status in _CALLING else -1


def _written_status(manifest: Path) -> str | None:
    """The drop's state in the report that is there; None without one, or with one that cannot be read."""
    try:
        content: Any = json.loads(manifest.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content.get("status") if isinstance(content, dict) else None


def _replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Give the folder its new files by a rename; a process killed on the way leaves the former report or the new one.

    Between two renames the folder is missing for an instant; who finds it so after a kill puts the former one back.
    """
    waiting, former = (folder.with_name(f".{state}-{folder.name}") for state in ("new", "old"))
    if former.exists() and not folder.exists():
        former.rename(folder)
    for leftover in (waiting, former):
        if leftover.exists():
            shutil.rmtree(leftover)
    for name, content in files.items():
        path = waiting / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if folder.exists():
        folder.rename(former)
    waiting.rename(folder)
    if former.exists():
        shutil.rmtree(former)
