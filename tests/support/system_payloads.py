"""Files of other systems, read as the tick reads them, for tests."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.parse import parse_file

KEY = b"a key for tests of other systems' files"
# After every instant in the fixtures.
LATEST = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ReadFile:
    """What a file gave: rows, rejects, and the people behind the rows."""

    rows_read: int
    accepted: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    buyers: list[dict[str, Any]]

    @property
    def rules(self) -> list[str]:
        """The rules that rows broke, in their order."""
        return [row["rule"] for row in self.rejected]


def read_file(content: bytes, name: str, feed: str, source: str) -> ReadFile:
    """Read the bytes of a file; what is counted must add up."""
    identity = FileIdentity(feed=feed, sha256="0" * 64, path=name, source=source, bytes=len(content))
    batches = list(parse_file(io.BytesIO(content), identity, name, LATEST, KEY).batches)
    accepted, rejected, buyers = (
        pl.concat([getattr(batch, part) for batch in batches], how="diagonal_relaxed").to_dicts()
        for part in ("accepted", "rejected", "buyers")
    )
    rows_read = sum(batch.rows_read for batch in batches)
    assert rows_read == len(accepted) + len({row["row_number"] for row in rejected}), name
    return ReadFile(rows_read, accepted, rejected, buyers)


def read_payload(payload: Any, feed: str, source: str) -> ReadFile:
    """Read one JSON document."""
    return read_file(json.dumps(payload).encode(), "payload.json", feed, source)


def read_lines(documents: list[Any], feed: str, source: str) -> ReadFile:
    """Read JSON documents, one a line."""
    return read_file("\n".join(map(json.dumps, documents)).encode(), "payload.ndjson", feed, source)
