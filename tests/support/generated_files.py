"""Files that Hypothesis makes: sound in their format, with anything in the place of what they should say.

Byte mutation seldom gets past a parser of JSON or Parquet; these always do, and meet the checks behind it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import yaml
from fuzzed_files import COMPRESSIONS, FuzzedFile, compressed
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from valid_files import KINDS, PLAN, Kind, canonical_row, system_documents, write_documents, write_rows
from valid_payloads import SHOPIFY_CSV_FIRST, SHOPIFY_CSV_HEADER

from pipelines.contracts.feeds import DROPS, FEEDS
from pipelines.ingest.parse import CANONICAL

# What is nearly right leads further than what is wholly wrong.
_NEARLY = (
    "", " ", "-0", "1e400", "NaN", "Infinity", "12,50", "1.234,50", "9" * 40, "0.00001", "true", "2026-02-30T00:00:00Z",
    "2026-11-13T24:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999+14:00", "2026-11-13T18:30:00",
    "EUR", "eur", "web", "placed", "delivered", "scan", "share_count", "ada@example.com", "\0", "\ufeff", "=cmd()",
    "https://shop.example/01/09506000134352/21/B", "https://id.gs1.org/00/095213210000000018", "gid://shopify/Order/1",
)  # fmt: skip
_TEXT = st.one_of(st.sampled_from(_NEARLY), st.text(max_size=30))
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXT)
_ANY_JSON = st.recursive(
    st.one_of(_SCALARS, st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXT, inner, max_size=4)),
    max_leaves=8,
)
# A column of Parquet is of one kind.
_COLUMNS = (
    _TEXT,
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.binary(max_size=20),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1700, 1, 1), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
    st.lists(st.integers(0, 9), max_size=3),
)


def generated_files(seed: int, first: int, count: int) -> list[FuzzedFile]:
    """`count` files that bear the numbers from `first` on; the same for a seed, under one version of Hypothesis."""
    made: list[FuzzedFile] = []

    @seeded(seed)
    @settings(
        max_examples=count, phases=[Phase.generate], database=None, deadline=None, suppress_health_check=HealthCheck
    )
    @given(_documents(), st.sampled_from(COMPRESSIONS))
    def make(document: tuple[Kind, bytes], compression: str) -> None:
        kind, content = document
        number = first + len(made)
        path = f"{kind.folder}/{number}{kind.ending}{compression}"
        made.append(FuzzedFile(number, kind, compression, path, compressed(content, compression)))

    make()
    return made


@st.composite
def _documents(draw: st.DrawFn) -> tuple[Kind, bytes]:
    kind = draw(st.sampled_from(KINDS))
    return kind, _content(draw, kind, draw(st.integers(0, 10**6)))


def _content(draw: st.DrawFn, kind: Kind, number: int) -> bytes:
    if kind.feed == DROPS:
        plan = _replaced(draw, yaml.safe_load(PLAN), st.one_of(_SCALARS, st.lists(_TEXT, max_size=3)))
        return yaml.safe_dump(plan, allow_unicode=draw(st.booleans())).encode()
    if kind.source == CANONICAL:
        return _rows(draw, kind, number)
    if kind.ending == ".csv":
        names = SHOPIFY_CSV_HEADER.strip().split(",")
        valid = dict(zip(names, SHOPIFY_CSV_FIRST.strip().split(","), strict=True))
        return write_rows(kind.ending, draw(st.lists(_row(valid, _TEXT), min_size=1, max_size=4)))
    documents = [_replaced(draw, document, _ANY_JSON) for document in system_documents(kind, number)]
    return write_documents(kind.ending, documents)


def _rows(draw: st.DrawFn, kind: Kind, number: int) -> bytes:
    valid = dict.fromkeys(FEEDS[kind.feed].columns(), "") | canonical_row(kind.feed, number, 0)
    if kind.ending != ".parquet":
        values = _TEXT if kind.ending == ".csv" else _ANY_JSON
        return write_rows(kind.ending, draw(st.lists(_row(valid, values), min_size=1, max_size=4)))
    height = draw(st.integers(1, 4))
    columns = {name: [value] * height for name, value in valid.items()}
    for name in draw(st.lists(st.sampled_from(sorted(valid)), max_size=4)):
        values = st.one_of(st.none(), draw(st.sampled_from(_COLUMNS)))
        columns[name] = draw(st.lists(values, min_size=height, max_size=height))
    return write_rows(
        kind.ending, [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


def _row(valid: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A valid row with some of its columns changed, all of them still there."""
    return st.dictionaries(st.sampled_from(sorted(valid)), values, max_size=4).map(lambda changes: valid | changes)


def _replaced(draw: st.DrawFn, document: Any, values: st.SearchStrategy[Any]) -> Any:
    """The document with up to three of its places, at any depth, taken by something else or by nothing."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        holder, key = draw(st.sampled_from(list(_places(document)) or [({}, "")]))
        if isinstance(holder, dict) and draw(st.booleans()) and draw(st.booleans()):
            holder.pop(key, None)
        else:
            holder[key] = draw(values)
    return document


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in list(items):
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)
