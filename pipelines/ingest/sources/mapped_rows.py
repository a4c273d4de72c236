"""What every system's mapping gives: rows under our own column names as text, or the fault of a part that is no row.

A mapping takes only what a payload states. Typing and the contract come after, as for any canonical file; what is not
mapped is not kept, because the rest of a shop's or a carrier's payload is mostly about people.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Set

from pipelines.contracts.feeds import Feed
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatch, RawBatches, text_frame

Row = dict[str, str | None]

# Python objects are some ten times the size of the frame made from them.
_BATCH_ROWS = 50_000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_DIGEST_CHARACTERS = 24


class FaultError(ValueError):
    """A part of a payload that cannot be a row: the rule it breaks, and why. It is raised, or yielded among rows.

    Its message must not quote what a person may have written.
    """

    def __init__(self, rule: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.field = field


Mapped = Row | FaultError


def batches(mapped: Iterable[Mapped], feed: Feed, feeds_seen: Set[str] = frozenset()) -> RawBatches:
    """Number the rows of a file and put them into frames with all columns of the feed.

    Args:
        mapped: The rows and faults, in their order.
        feed: The feed they are of.
        feeds_seen: The feeds that the file has rows of, as far as it has been read; it grows while rows are taken.
    """
    names = list(feed.columns())
    rows: list[Row] = []
    numbers: list[int] = []
    broken: list[BrokenRow] = []
    for row_number, one in enumerate(mapped, start=1):
        fault = one if isinstance(one, FaultError) else _unstorable(one)
        if fault is None and not isinstance(one, FaultError):
            rows.append(one)
            numbers.append(row_number)
        elif fault is not None:
            broken.append(BrokenRow(row_number, fault.field, fault.rule, str(fault), ""))
        if len(rows) + len(broken) >= _BATCH_ROWS:
            yield _batch(names, rows, numbers, broken, frozenset(feeds_seen - {feed.name}))
            rows, numbers, broken = [], [], []
    yield _batch(names, rows, numbers, broken, frozenset(feeds_seen - {feed.name}))


def _batch(
    names: list[str], rows: list[Row], numbers: list[int], broken: list[BrokenRow], also_holds: frozenset[str]
) -> RawBatch:
    columns: dict[str, list[str | None]] = {name: [row.get(name) for row in rows] for name in names}
    return RawBatch(text_frame(columns, numbers), broken, len(rows) + len(broken), also_holds)


def _unstorable(row: Row) -> FaultError | None:
    for name, value in row.items():
        if value is not None and _UNSTORABLE.search(value):
            return FaultError("row_has_whole_characters", "expected text without NUL and lone surrogates", name)
    return None


def each(parts: Iterable[Iterator[Mapped]]) -> Iterator[Mapped]:
    """The rows of several parts; one that raises a fault gives that fault, and the others go on."""
    for part in parts:
        try:
            yield from part
        except FaultError as fault:
            yield fault


def made_identifier(system: str, *parts: str | None) -> str:
    """An identifier for an event to which its system gives none: the same content, the same identifier."""
    written = "\x1f".join("" if part is None else f"{len(part)}:{part}" for part in parts)
    return f"{system}:{hashlib.sha256(written.encode('utf-8', 'replace')).hexdigest()[:_DIGEST_CHARACTERS]}"
