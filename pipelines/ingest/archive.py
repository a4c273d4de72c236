"""The archive: what was loaded, as text under the file's own column names, compressed and without people.

An archived file can be read again with any Parquet reader. It is not the file that landed, so it has its own sha256.
A draft is written batch by batch while the file is read; it becomes the archived file when the rows are committed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts.feeds import DROPS, FEEDS, Feed
from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.landing import sync_folder, write_whole
from pipelines.ingest.readers.raw_rows import RawBatch
from pipelines.ingest.typed_rows import holds_people
from pipelines.privacy import EMAIL_SHAPE, EMAIL_SIGN, MASK, mask_emails, mask_names


class ArchiveDraft:
    """An archived file that is not finished: it grows with each batch, and memory does not.

    A child that outlives its killed tick may still write to the files that it opened: they are other files by then.
    """

    def __init__(self, path: Path, feed: str) -> None:
        """Begin a draft at `path`; what an earlier try left there is replaced."""
        self._path = path
        self._feed = feed
        self._parts: list[Path] = []
        self._writer: Any = None
        path.unlink(missing_ok=True)

    def keep_plan(self, text: str) -> None:
        """Keep a drop's plan."""
        write_whole(self._path, gzip.compress(mask_emails(text).encode("utf-8"), mtime=0))

    def keep_rows(self, batch: RawBatch) -> None:
        """Keep some rows, people masked."""
        table = _masked(batch, FEEDS[self._feed]).to_arrow()
        if self._writer is not None and set(table.column_names) <= set(self._writer.schema.names):
            self._writer.write_table(_in_schema(table, self._writer.schema))
            return
        # Batches of NDJSON may differ in their columns; a file of Parquet may not, so a new column begins a new part.
        self._begin_part(table.schema)
        self._writer.write_table(table)

    def finish(self) -> None:
        """Close the draft; parts of different columns become one file, a column that one lacks null there."""
        if self._writer is not None:
            self._writer.close()
        if len(self._parts) > 1:
            self._join_parts()
        elif self._parts:
            self._parts[0].replace(self._path)

    def _begin_part(self, schema: Any) -> None:
        if self._writer is not None:
            self._writer.close()
        part = self._path.with_name(f"{self._path.name}.{len(self._parts)}")
        self._parts.append(part)
        self._writer = pq.ParquetWriter(_private(part), schema, compression="zstd")

    def _join_parts(self) -> None:
        files = [pq.ParquetFile(part) for part in self._parts]
        schema = pa.unify_schemas([file.schema_arrow for file in files])
        with pq.ParquetWriter(_private(self._path), schema, compression="zstd") as writer:
            for file in files:
                for group in range(file.num_row_groups):
                    writer.write_table(_in_schema(file.read_row_group(group), schema))
        for file, part in zip(files, self._parts, strict=True):
            file.close()
            part.unlink()


def draft_path(identity: FileIdentity, archive_dir: Path) -> Path:
    """Where this process has the draft of a file written; its folder is made."""
    target = _target(identity, archive_dir)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}.writing")


def keep_draft(identity: FileIdentity, archive_dir: Path) -> Path:
    """Make a finished draft the archived file; the landed copy may then be removed."""
    target = _target(identity, archive_dir)
    draft = draft_path(identity, archive_dir)
    with draft.open("rb") as content:
        os.fsync(content.fileno())
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    draft.replace(target)
    sync_folder(target.parent)
    card = {
        "file": identity.path,
        "landed_sha256": identity.sha256,
        "landed_bytes": identity.bytes,
        "sha256": sha256,
    }
    write_whole(target.with_name(target.name + ".json"), (json.dumps(card, ensure_ascii=False) + "\n").encode("utf-8"))
    drop_draft(identity, archive_dir)
    return target


def drop_draft(identity: FileIdentity, archive_dir: Path) -> None:
    """Remove what was drafted of a file, by a tick that was killed too."""
    target = _target(identity, archive_dir)
    for leftover in target.parent.glob(f".{target.name}.*writing*"):
        leftover.unlink(missing_ok=True)


def is_archived(identity: FileIdentity, archive_dir: Path) -> bool:
    """Whether this content is in the archive already; its card is written last."""
    target = _target(identity, archive_dir)
    return target.with_name(target.name + ".json").exists()


def _target(identity: FileIdentity, archive_dir: Path) -> Path:
    ending = ".yaml.gz" if identity.feed == DROPS else ".parquet"
    return archive_dir / identity.feed / f"{identity.file_id}{ending}"


def _private(path: Path) -> Path:
    """The path of a new file that only its owner may read, whatever bore the name before."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    return path


def _in_schema(table: Any, schema: Any) -> Any:
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _masked(batch: RawBatch, feed: Feed) -> pl.DataFrame:
    rows = batch.rows
    names = [name for name in rows.columns if name != "_row_number"]
    shown = mask_names(names)
    kept = rows.select(
        "_row_number",
        *(
            (
                pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK))
                if holds_people(name, feed)
                else _without_emails(rows, name)
            ).alias(shown[name])
            for name in names
        ),
    )
    if not batch.broken:
        return kept
    broken = pl.DataFrame(
        {
            "_row_number": [row.row_number for row in batch.broken],
            "_broken_rule": [row.rule for row in batch.broken],
        },
        schema={"_row_number": pl.Int64, "_broken_rule": pl.String},
    )
    return pl.concat([kept, broken], how="diagonal")


def _without_emails(rows: pl.DataFrame, name: str) -> pl.Expr:
    holds_sign = rows[name].str.contains(EMAIL_SIGN).any()
    return pl.col(name).str.replace_all(EMAIL_SHAPE, MASK) if holds_sign else pl.col(name)
