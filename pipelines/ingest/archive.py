"""The archive: what was loaded, as text under the file's own column names, compressed and without people.

An archived file can be read again with any Parquet reader. It is not the file that landed, so it has its own sha256.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow.parquet as pq

from pipelines.contracts.feeds import DROPS, FEEDS, Feed
from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.content import ContentType, content_type_of, plain_bytes
from pipelines.ingest.landing import sync_folder, write_whole
from pipelines.ingest.parse import read_raw
from pipelines.ingest.readers.raw_rows import RawBatch
from pipelines.ingest.typed_rows import holds_people
from pipelines.privacy import EMAIL_SHAPE, MASK, mask_emails


def archive_file(file: BinaryIO, identity: FileIdentity, name: str, archive_dir: Path) -> Path:
    """Keep a loaded file's content without people's fields; its landed copy may then be removed.

    Args:
        file: The open landed file.
        identity: Its identity.
        name: Its name, whose ending says the format.
        archive_dir: The archive; the file goes to its feed's folder.
    """
    folder = archive_dir / identity.feed
    folder.mkdir(parents=True, exist_ok=True)
    content_type = content_type_of(name)
    file.seek(0)
    content = plain_bytes(file, content_type, identity.bytes)
    if identity.feed == DROPS:
        target = folder / f"{identity.file_id}.yaml.gz"
        masked = mask_emails(content.read().decode("utf-8", "replace"))
        write_whole(target, gzip.compress(masked.encode("utf-8"), mtime=0))
    else:
        target = folder / f"{identity.file_id}.parquet"
        _write_rows(content, content_type, FEEDS[identity.feed], target)
    card = {
        "file": identity.path,
        "landed_sha256": identity.sha256,
        "landed_bytes": identity.bytes,
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
    }
    write_whole(target.with_name(target.name + ".json"), (json.dumps(card, ensure_ascii=False) + "\n").encode("utf-8"))
    return target


def is_archived(identity: FileIdentity, archive_dir: Path) -> bool:
    """Whether this content is in the archive already; its card is written last."""
    ending = ".yaml.gz.json" if identity.feed == DROPS else ".parquet.json"
    return (archive_dir / identity.feed / f"{identity.file_id}{ending}").exists()


def _write_rows(content: BinaryIO, content_type: ContentType, feed: Feed, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.writing")
    kept = [_masked(batch, feed) for batch in read_raw(content, content_type, feed)]
    # Batches of NDJSON may differ in their columns; a column that one lacks is null there.
    rows = pl.concat(kept, how="diagonal")
    pq.write_table(rows.to_arrow(), temporary, compression="zstd")
    descriptor = os.open(temporary, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    temporary.chmod(0o600)
    temporary.replace(target)
    sync_folder(target.parent)


def _masked(batch: RawBatch, feed: Feed) -> pl.DataFrame:
    rows = batch.rows
    names = [name for name in rows.columns if name != "_row_number"]
    kept = rows.select(
        "_row_number",
        *(
            (
                pl.when(pl.col(name).is_not_null()).then(pl.lit(MASK))
                if holds_people(name, feed)
                else _without_emails(rows, name)
            ).alias(mask_emails(name))
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
    holds_sign = rows[name].str.contains("@", literal=True).any()
    return pl.col(name).str.replace_all(EMAIL_SHAPE, MASK) if holds_sign else pl.col(name)
