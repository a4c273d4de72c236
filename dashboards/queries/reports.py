"""The files of the owner's report, which lie beside the snapshots."""

from __future__ import annotations

import json
from typing import Any

from dashboards.access.guard import serves
from pipelines.settings import Settings


@serves("audit", "report")
def report_manifest(drop_id: str) -> dict[str, Any] | None:
    """What the last `sprint report` of a drop wrote; None when there is none."""
    # A name from a link is compared with what is there, and never made into a path.
    folders = {folder.name: folder for folder in Settings.from_env().reports_dir.glob("[!.]*")}
    if drop_id not in folders or not (folders[drop_id] / "manifest.json").exists():
        return None
    manifest: dict[str, Any] = json.loads((folders[drop_id] / "manifest.json").read_text(encoding="utf-8"))
    return manifest


@serves("report")
def report_file(drop_id: str, name: str) -> bytes | None:
    """The bytes of one file of a drop's report; None when its manifest names no such file."""
    manifest = report_manifest(drop_id)
    if manifest is None or name not in {"manifest.json", *(entry["name"] for entry in manifest["files"])}:
        return None
    return (Settings.from_env().reports_dir / drop_id / name).read_bytes()
