"""Which published snapshot a page shows, and what lies beside its tables.

`current` is resolved once a run of a page to the snapshot's own folder. Every cache is keyed by that folder, so a new
tick shows without a restart and no page mixes two snapshots.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards.access.guard import serves
from pipelines.contracts.price_bands import PriceBands
from pipelines.contracts.snapshot_manifest import read_statements
from pipelines.settings import Settings, parse_instant


@dataclass(frozen=True)
class Snapshot:
    """The identity of what a page shows.

    Attributes:
        folder: The snapshot's own folder.
        snapshot_id: Its name.
        as_of: The instant up to which it looks, in UTC.
        is_simulated: Whether the data folder holds an invented shop.
        is_current: Whether it is the newest; a link may name an older one.
    """

    folder: str
    snapshot_id: str
    as_of: datetime
    is_simulated: bool
    is_current: bool = True


def data_dir() -> Path:
    """The data folder of this app, as one types it where the app was started: relative where it lies below."""
    folder, here = Settings.from_env().data_dir, Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def current_snapshot() -> Snapshot | None:
    """The snapshot that is current now; None when nothing is published yet.

    Raises:
        ValueError: The manifest has a version that this app does not know.
    """
    settings = Settings.from_env()
    try:
        folder = (settings.published_dir / "current").resolve(strict=True)
    except FileNotFoundError:
        return None
    return _identified(settings, folder, is_current=True)


def kept_snapshot(snapshot_id: str) -> Snapshot | None:
    """The snapshot that a link names; None when it is no longer kept, or never was."""
    settings = Settings.from_env()
    # A name from a link is compared with what is there, and never made into a path.
    folders = {folder.name: folder for folder in (settings.published_dir / "snapshots").glob("[!.]*")}
    folder = folders.get(snapshot_id)
    current = current_snapshot()
    if folder is None or current is None:
        return None
    return _identified(settings, folder.resolve(), is_current=current.snapshot_id == snapshot_id)


@serves("overview", "pricing")
def feed(snapshot: Snapshot) -> PriceBands:
    """The published price bands, as storefronts read them."""
    return PriceBands.model_validate_json((Path(snapshot.folder) / "price_bands.json").read_text(encoding="utf-8"))


def _identified(settings: Settings, folder: Path, *, is_current: bool) -> Snapshot:
    manifest = manifest_of(str(folder))
    simulated = (settings.data_dir / "simulated.json").exists()
    as_of = parse_instant(manifest["as_of"])
    return Snapshot(str(folder), manifest["snapshot_id"], as_of, simulated, is_current)


@st.cache_data(max_entries=128, show_spinner=False)
def manifest_of(folder: str) -> dict[str, Any]:
    """What a snapshot's folder says of itself.

    Raises:
        ValueError: The manifest has a version that this app does not know.
    """
    manifest: dict[str, Any] = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))
    read_statements(Path(folder), manifest)  # refuses a version that this app does not know
    return manifest
