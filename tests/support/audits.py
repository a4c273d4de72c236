"""An audit of one drop of a published snapshot, as the report's command builds it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pipelines.audit.frames import read_drop_frames
from pipelines.audit.report import AuditReport, Provenance, build_audit_report
from pipelines.operations.reports import read_definitions
from pipelines.warehouse.published import open_published


def audit(data_dir: Path, drop_id: str, *, is_simulated: bool = False, consenting: Collection[str] = ()) -> AuditReport:
    """The audit of `drop_id` by the snapshot that is current in `data_dir`."""
    snapshot = open_published(data_dir / "published")
    frames = read_drop_frames(snapshot.frame, drop_id)
    snapshot.close()
    definitions = read_definitions(frames.windows.row(0, named=True))
    provenance = Provenance(snapshot.snapshot_id, snapshot.as_of, is_simulated)
    return build_audit_report(frames, provenance, definitions, consenting)
