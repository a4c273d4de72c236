"""Reading the published snapshot: resolve `current` once, stay in that folder, attach its files read-only.

Nothing here writes, and nothing here opens the warehouse that a tick builds. Publishing has a module of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.contracts.snapshot_manifest import ManifestError, read_statements
from pipelines.settings import parse_instant


class NotPublishedError(LookupError):
    """There is no published snapshot to read; the message says what to type."""


class SnapshotError(ValueError):
    """A snapshot's folder does not hold what its manifest says."""


@dataclass(frozen=True)
class PublishedSnapshot:
    """One published state of the shop; every number read through it belongs to the same tick.

    Attributes:
        snapshot_id: The folder's name.
        as_of: The instant up to which the snapshot looks, in UTC.
        folder: The snapshot's own folder, never the link `current`.
    """

    snapshot_id: str
    as_of: datetime
    folder: Path
    _connection: duckdb.DuckDBPyConnection = field(repr=False, compare=False)

    def frame(self, sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> pl.DataFrame:
        """The rows of one query; `params` fill `?` by position or `$name` by name."""
        cursor = self._connection.cursor()
        cursor.execute("USE warehouse")  # a cursor does not inherit USE
        bound = dict(params) if isinstance(params, Mapping) else list(params)
        rows: pl.DataFrame = cursor.sql(sql, params=bound or None).pl()
        return rows

    def bands(self) -> dict[str, Any]:
        """The published feed, as storefronts read it."""
        feed: dict[str, Any] = json.loads((self.folder / "price_bands.json").read_text(encoding="utf-8"))
        return feed

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()


def open_published(published_dir: Path) -> PublishedSnapshot:
    """Open the current snapshot of a data folder's `published/`.

    The folder is resolved once: a publish in between changes `current`, not what this snapshot reads. Files are
    attached to a database in memory, because DuckDB keeps one instance a path in a process and could serve an old file.

    Raises:
        NotPublishedError: Nothing has been published yet.
        SnapshotError: The manifest cannot be understood.
    """
    try:
        folder = (published_dir / "current").resolve(strict=True)
    except FileNotFoundError as error:
        message = "Nothing is published yet. Add your files with `sprint add PATH`, then run `sprint tick`."
        raise NotPublishedError(message) from error
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    try:
        statements = read_statements(folder, manifest)
    except ManifestError as error:
        message = f"{folder.name}: {error}"
        raise SnapshotError(message) from error
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET autoload_known_extensions = false")
        for statement in statements:
            connection.execute(statement)
    except Exception:
        connection.close()
        raise
    return PublishedSnapshot(manifest["snapshot_id"], parse_instant(manifest["as_of"]), folder, connection)
