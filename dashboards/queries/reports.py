"""The files of the owner's report, which lie beside the snapshots."""

from __future__ import annotations

import json
from typing import Any

from pipelines.settings import Settings


def report_manifest(drop_id: str) -> dict[str, Any] | None:
    """What the last `sprint report` of a drop wrote; None when there is none."""
    # The id is one of the snapshot's own drops, whose plan allows letters, digits, dots and dashes alone.
    path = Settings.from_env().reports_dir / drop_id / "manifest.json"
    if not path.exists():
        return None
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def report_file(drop_id: str, name: str) -> bytes:
    """The bytes of one file of a drop's report."""
    return (Settings.from_env().reports_dir / drop_id / name).read_bytes()
