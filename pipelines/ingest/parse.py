"""One landed file → `ParsedFile`: a function of its bytes, its feed, the instant of loading and the key.

Nothing here moves files or opens a store, so that the same function can run in a child process with limits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, Protocol

import polars as pl

from pipelines.contracts.drop_plan import DropPlanError, parse_drop_plan
from pipelines.contracts.feeds import DROPS, FEEDS, Feed
from pipelines.contracts.parsed_file import (
    REJECTS_SCHEMA,
    FileIdentity,
    ParsedBatch,
    ParsedFile,
    UnreadableFileError,
    no_buyers,
    no_rejects,
)
from pipelines.contracts.plan_text import LONGEST_PLAN_BYTES, PlanTextError, read_plan_text
from pipelines.ingest.content import ContentType, content_type_of, hash_file, plain_bytes, seekable_bytes
from pipelines.ingest.one_ahead import one_ahead
from pipelines.ingest.readers.csv_rows import read_csv
from pipelines.ingest.readers.encoded_text import utf8_pieces
from pipelines.ingest.readers.json_rows import read_json, read_ndjson
from pipelines.ingest.readers.parquet_rows import read_parquet
from pipelines.ingest.readers.raw_rows import RawBatch, RawBatches
from pipelines.ingest.sources.systems import read_system
from pipelines.ingest.typed_rows import LONGEST_ROW_TEXT, check_batch
from pipelines.privacy import mask_emails

# Rows in our own columns. Files of other systems lie one folder deeper, named after the system.
CANONICAL = "canonical"


def identify(file: BinaryIO, feed: str, source: str, landed_path: str) -> FileIdentity:
    """Hash a landed file.

    Args:
        file: The open file; it is left at its start.
        feed: The feed that it landed in.
        source: The system that wrote it.
        landed_path: Where it landed, relative to the landing folder.
    """
    sha256, length = hash_file(file)
    return FileIdentity(feed=feed, sha256=sha256, path=landed_path, source=source, bytes=length)


class Keeper(Protocol):
    """Who wants to see what was read as it was written, before it is typed: the archive."""

    def keep_rows(self, batch: RawBatch) -> None:
        """Some consecutive rows."""

    def keep_plan(self, text: str) -> None:
        """A drop's plan."""


def parse_file(  # noqa: PLR0913, PLR0917 - the whole input of a pure function
    file: BinaryIO,
    identity: FileIdentity,
    name: str,
    latest_at: datetime,
    key: bytes,
    keeper: Keeper | None = None,
) -> ParsedFile:
    """The rows of a landed file, each accepted or rejected by its feed's contract.

    Args:
        file: The open file, which must stay open while batches are taken.
        identity: Its identity.
        name: Its name, whose ending says the format.
        latest_at: The latest instant that a row may claim.
        key: The secret of `buyer_key`.
        keeper: Is shown each batch before it is typed.

    Raises:
        UnreadableFileError: The name or the first bytes say that it cannot be read; batches may raise it later on.
    """
    content_type = content_type_of(name)
    content = plain_bytes(file, content_type, identity.bytes)
    if identity.feed == DROPS and identity.source == CANONICAL:
        return ParsedFile(identity, _plan_batches(content, content_type, keeper))
    feed = FEEDS.get(identity.feed)
    if feed is None:
        message = f"drop plans are ours alone: put them into {DROPS}/ itself, not into a folder of {identity.source!r}"
        raise UnreadableFileError(message)
    naive_latest_at = latest_at.astimezone(UTC).replace(tzinfo=None)
    if identity.source == CANONICAL:
        raw = _canonical_batches(content, content_type, feed)
    else:
        raw = read_system(identity.source, content, content_type, feed)
    return ParsedFile(identity, _row_batches(raw, feed, naive_latest_at, key, keeper))


def read_raw(content: BinaryIO, content_type: ContentType, feed: Feed) -> RawBatches:
    """The rows of a file as text, by the reader of its format.

    Raises:
        UnreadableFileError: The format holds no rows of a feed, or the content is not of it.
    """
    kinds = feed.columns()
    money_columns = frozenset(name for name, kind in kinds.items() if kind == "money")
    if content_type.format == "csv":
        return read_csv(content)
    if content_type.format == "ndjson":
        return read_ndjson(content, money_columns)
    if content_type.format == "json":
        return read_json(content, money_columns)
    if content_type.format == "parquet":
        return read_parquet(seekable_bytes(content), frozenset(kinds), money_columns)
    message = f"{feed.name} come as CSV, NDJSON, JSON or Parquet, not as {content_type.format}"
    raise UnreadableFileError(message)


def _canonical_batches(content: BinaryIO, content_type: ContentType, feed: Feed) -> RawBatches:
    has_header = content_type.format in ("csv", "parquet")
    for raw in read_raw(content, content_type, feed):
        if has_header and len(raw.rows.columns) > 1:
            _check_required(raw.rows.columns, feed)
        yield raw


def _row_batches(
    batches: RawBatches, feed: Feed, latest_at: datetime, key: bytes, keeper: Keeper | None
) -> Iterator[ParsedBatch]:
    for raw in one_ahead(batches):
        if keeper is not None:
            keeper.keep_rows(raw)
        yield check_batch(raw, feed, latest_at, key)


def _check_required(names: list[str], feed: Feed) -> None:
    missing = [name for name in feed.required_columns() if name not in names]
    if missing:
        message = f"{feed.name} need the columns {', '.join(missing)}; found {_found_names(names, feed)}"
        raise UnreadableFileError(message)


def _found_names(names: list[str], feed: Feed) -> str:
    """The names of a header that are words of the feed. Others are only counted: without a header they are a person."""
    words = set(feed.columns())
    given = [name for name in names if name != "_row_number"]
    known = [name for name in given if name.strip().lower() in words]
    others = len(given) - len(known)
    if not known:
        return f"{others} columns of other names: is the header missing?"
    return ", ".join(known) + (f" and {others} of other names" if others else "")


def _plan_batches(content: BinaryIO, content_type: ContentType, keeper: Keeper | None) -> Iterator[ParsedBatch]:
    if content_type.format != "yaml":
        message = f"a drop's plan is YAML (.yaml), not {content_type.format}"
        raise UnreadableFileError(message)
    text = b"".join(_bounded(utf8_pieces(content))).decode("utf-8")
    if keeper is not None:
        keeper.keep_plan(text)
    try:
        plan_text = read_plan_text(text)
        plan = parse_drop_plan(plan_text)
    except PlanTextError as error:
        yield _rejected_plan(text, [(None, error.rule, str(error))])
        return
    except DropPlanError as error:
        yield _rejected_plan(text, [(broken.field, broken.rule, str(broken)) for broken in error.broken])
        return
    # The plan itself travels beside: its parts go to tables of their own.
    accepted = pl.DataFrame({"_row_number": [1]})
    columns = frozenset(json.loads(plan.canonical_json()))
    lines = {planned.sku: plan_text.line_of(("skus", place, "sku")) for place, planned in enumerate(plan.skus)}
    yield ParsedBatch(1, accepted, no_rejects(), no_buyers(), columns, plan, lines)


def _rejected_plan(text: str, broken: list[tuple[str | None, str, str]]) -> ParsedBatch:
    field, rule, _ = broken[0]
    message = mask_emails("\n".join(message for _, _, message in broken))
    rejected = pl.DataFrame(
        [(1, field, rule, message, mask_emails(text)[:LONGEST_ROW_TEXT])], schema=REJECTS_SCHEMA, orient="row"
    )
    return ParsedBatch(1, pl.DataFrame({"_row_number": []}), rejected, no_buyers(), frozenset())


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LONGEST_PLAN_BYTES:
            message = f"a plan of more than {LONGEST_PLAN_BYTES:,} bytes"
            raise UnreadableFileError(message)
        yield piece
