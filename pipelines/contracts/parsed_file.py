"""What parsing gives to loading: a file's identity and its rows in batches, each row accepted or rejected.

Nothing here reads or writes; the types say what crosses from `ingest` to `warehouse`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from pipelines.contracts.drop_plan import DropPlan

# Half a sha256's bytes tell any two files apart; the ledger holds the whole of it beside.
FILE_ID_DIGITS = 16

REJECTS_SCHEMA: dict[str, pl.DataType] = {
    "row_number": pl.Int64(),
    "field": pl.String(),
    "rule": pl.String(),
    "message": pl.String(),
    "row_text": pl.String(),
}
BUYERS_SCHEMA: dict[str, pl.DataType] = {
    "buyer_key": pl.String(),
    "buyer_email": pl.String(),
    "buyer_id": pl.String(),
    "marketing_consent": pl.Boolean(),
    "updated_at": pl.Datetime("us"),
}


class UnreadableFileError(Exception):
    """A file that cannot be read as what it claims to be; the message says why, without any person's data."""


@dataclass(frozen=True)
class FileIdentity:
    """Which bytes these are, and where they lay.

    Attributes:
        feed: The feed that they landed in.
        sha256: Of the bytes as they landed (compressed ones, if they were).
        path: Where they landed, relative to the landing folder.
        source: The system that wrote them; `canonical` for our own columns.
        bytes: How many there are.
    """

    feed: str
    sha256: str
    path: str
    source: str
    bytes: int

    @property
    def file_id(self) -> str:
        """The feed and the start of the content's hash: the same bytes in two feeds are two files."""
        return f"{self.feed}-{self.sha256[:FILE_ID_DIGITS]}"


@dataclass(frozen=True)
class ParsedBatch:
    """Some consecutive rows of a file: every one of them is accepted or rejected.

    Attributes:
        rows_read: How many rows the reader met; counted by the reader, not summed from the frames below.
        accepted: Typed rows with the columns of `raw.<feed>`, `_row_number` and `_extra`; no person in them.
        rejected: One row a rejected row (`REJECTS_SCHEMA`), people's fields masked.
        buyers: Who stands behind the accepted rows' buyer keys (`BUYERS_SCHEMA`); for the private store alone.
        columns: The columns that these rows were given.
        plan: The drop plan, for the feed `drops`.
        plan_lines: The line on which each of the plan's skus is written.
        also_holds: Other feeds that the file has been seen to hold rows of, as some systems' files do.
        rejected_money: Of the rejected rows whose money could be read all the same: rows and amount by currency.
    """

    rows_read: int
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    buyers: pl.DataFrame
    columns: frozenset[str]
    plan: DropPlan | None = None
    plan_lines: Mapping[str, int] = field(default_factory=dict)
    also_holds: frozenset[str] = frozenset()
    rejected_money: Mapping[str, tuple[int, Decimal]] = field(default_factory=dict)


@dataclass(frozen=True)
class ParsedFile:
    """One landed file, being read: its batches can be taken once.

    Taking a batch may raise `UnreadableFileError`: only its end shows that a file is whole.
    """

    identity: FileIdentity
    batches: Iterator[ParsedBatch]


def no_rejects() -> pl.DataFrame:
    """An empty frame of rejected rows."""
    return pl.DataFrame(schema=REJECTS_SCHEMA)


def no_buyers() -> pl.DataFrame:
    """An empty frame of buyers."""
    return pl.DataFrame(schema=BUYERS_SCHEMA)
