"""What every reader gives: rows as text, in batches, and the rows that could not be split into fields.

Readers know formats, not feeds: whether a text is a quantity is for `typed_rows.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.parsed_file import UnreadableFileError

# A million columns is a transposed or hostile file; shops' exports have up to about 200.
MOST_COLUMNS = 2_000
# Rows held at once: enough for vectorised work. With 200,000 a million orders in Parquet took a child over 768 MB.
BATCH_ROWS = 50_000


@dataclass(frozen=True)
class BrokenRow:
    """A row that the format itself makes unreadable."""

    row_number: int
    field: str | None
    rule: str
    message: str
    row_text: str


@dataclass(frozen=True)
class RawBatch:
    """Some consecutive rows.

    Attributes:
        rows: Text columns under the file's own names, and `_row_number` (from 1, the header not counted).
        broken: Rows that are in the file but not in `rows`.
        rows_read: How many rows the reader met: `rows` and `broken` together.
        also_holds: Other feeds that the file has been seen to hold rows of.
    """

    rows: pl.DataFrame
    broken: Sequence[BrokenRow]
    rows_read: int
    also_holds: frozenset[str] = frozenset()


RawBatches = Iterator[RawBatch]


def text_frame(columns: dict[str, list[str | None]], row_numbers: list[int]) -> pl.DataFrame:
    """A frame of text columns with their row numbers."""
    return pl.DataFrame(
        {"_row_number": row_numbers, **columns}, schema={"_row_number": pl.Int64, **dict.fromkeys(columns, pl.String)}
    )


def check_names(names: Sequence[str]) -> None:
    """Refuse names by which columns cannot be told apart.

    Raises:
        UnreadableFileError: A name is doubled, empty, one of ours, or there are too many.
    """
    if len(names) > MOST_COLUMNS:
        message = f"{len(names):,} columns; at most {MOST_COLUMNS:,} are read"
        raise UnreadableFileError(message)
    for place, name in enumerate(names, start=1):
        if not name.strip():
            message = f"column {place} has no name"
            raise UnreadableFileError(message)
        if name in ("_row_number", "_latest_at", "_extra"):
            message = f"column {place} bears the reserved name {name}"
            raise UnreadableFileError(message)
    doubled = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if doubled:
        # A file without a header has data where names should be: only a name that we know ourselves is told.
        first, second = [place for place, name in enumerate(names, start=1) if name == doubled[0]][:2]
        known = any(doubled[0] in feed.columns() for feed in FEEDS.values())
        message = f"the header names {doubled[0]!r} twice" if known else f"columns {first} and {second} bear one name"
        raise UnreadableFileError(message)
