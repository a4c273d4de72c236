"""JSON: one object a row, either one a line (NDJSON) or in one array.

Numbers stay the text that was written: a 25-digit identifier is not rounded, and a float where money belongs is seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, NoReturn

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.encoded_text import LONGEST_LINE_BYTES, lines, utf8_pieces
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatch, RawBatches, check_names, text_frame

DEEPEST_NESTING = 64
# One array is held whole; an export of this size should be NDJSON.
MOST_ARRAY_BYTES = 256 * 2**20
# Python objects are some ten times the size of the frame made from them.
_BATCH_ROWS = 50_000
_SURROGATE = re.compile("[\ud800-\udfff]")


class _FloatText(str):
    """The digits of a number that has a fraction or an exponent."""

    __slots__ = ()


class _IntegerText(str):
    """The digits of a whole number."""

    __slots__ = ()


class _DoubledKey(dict[str, Any]):
    """Stands for an object in which a key is written twice."""


class _RowError(ValueError):
    def __init__(self, rule: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.field = field


def read_ndjson(content: BinaryIO, money_columns: frozenset[str]) -> RawBatches:
    """Read one row from each line that is not blank.

    Args:
        content: The bytes.
        money_columns: Columns in which a float is refused: its decimals are no longer those that were written.

    Raises:
        UnreadableFileError: No text; a page of HTML; one array instead of lines; a line of more than 16 MB.
    """
    written = (line for line in lines(utf8_pieces(content)) if line.strip())
    yield from _batches(_checked_lines(written), money_columns, _loads)


def read_json(content: BinaryIO, money_columns: frozenset[str]) -> RawBatches:
    """Read one row from each element of an array, or one from a single object.

    Raises:
        UnreadableFileError: The text is no JSON, is nested too deep, or is neither an array nor an object.
    """
    text = _whole_text(content)
    if not text.strip():
        yield RawBatch(text_frame({}, []), (), 0)
        return
    value = _readable(text)
    if not isinstance(value, list | dict):
        message = "expected an array of objects"
        raise UnreadableFileError(message)
    yield from _batches(value if isinstance(value, list) else [value], money_columns, lambda element: element)


def read_value(content: BinaryIO) -> Any:
    """The one JSON value that the content is; an object that writes a key twice is only found by `check_keys`.

    Raises:
        UnreadableFileError: The text is no JSON, none at all, or nested too deep.
    """
    return _readable(_whole_text(content))


def read_documents(content: BinaryIO, *, is_one_a_line: bool) -> Iterator[Any | BrokenRow]:
    """JSON values of any shape: one from each line that is not blank, or those of one array, or the only one.

    Numbers are the text that was written (see `is_number`). A value that cannot be read takes its place as broken row.

    Raises:
        UnreadableFileError: As `read_ndjson` and `read_json`.
    """
    if is_one_a_line:
        values: Iterable[Any] = (line for line in lines(utf8_pieces(content)) if line.strip())
        values = _checked_lines(iter(values))
    else:
        text = _whole_text(content)
        value = _readable(text) if text.strip() else []
        values = value if isinstance(value, list) else [value]
    for number, value in enumerate(values, start=1):
        try:
            document = _loads(value) if is_one_a_line else value
            check_keys(document)
            yield document
        except _RowError as error:
            yield BrokenRow(number, error.field, error.rule, str(error), "")


def check_keys(value: Any) -> None:
    """Refuse a value in which some object writes a key twice.

    Raises:
        ValueError: One does.
    """
    if _holds_doubled_key(value):
        raise _RowError("row_writes_each_key_once", "expected each key once")


def is_number(value: Any) -> bool:
    """Whether a value was written as a number (and is kept as its text)."""
    return isinstance(value, _FloatText | _IntegerText)


def is_float(value: Any) -> bool:
    """Whether a value was written as a number with a fraction or an exponent."""
    return isinstance(value, _FloatText)


def _whole_text(content: BinaryIO) -> str:
    pieces: list[bytes] = []
    size = 0
    for piece in utf8_pieces(content):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_ARRAY_BYTES:
            message = f"one JSON value of more than {MOST_ARRAY_BYTES:,} bytes; write one object a line (.ndjson)"
            raise UnreadableFileError(message)
    return b"".join(pieces).decode("utf-8")


def _readable(text: str) -> Any:
    try:
        return _loads(text)
    except _RowError as error:
        raise UnreadableFileError(str(error)) from error


def _checked_lines(written: Iterator[str]) -> Iterator[str]:
    for place, line in enumerate(written):
        if place == 0 and line.lstrip().startswith("<"):
            message = "the content is HTML or XML, not JSON"
            raise UnreadableFileError(message)
        if place == 0 and line.lstrip().startswith("["):
            message = "the content is one JSON array; one object a line is expected (or name it .json)"
            raise UnreadableFileError(message)
        yield line


def _batches(values: Iterable[Any], money_columns: frozenset[str], decode: Callable[[Any], Any]) -> RawBatches:
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    broken: list[BrokenRow] = []
    for row_number, value in enumerate(values, start=1):
        try:
            rows.append(_row(decode(value), money_columns))
            numbers.append(row_number)
        except _RowError as error:
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            field = None if error.field is None else _escaped(error.field)
            broken.append(BrokenRow(row_number, field, error.rule, str(error), _escaped(text)))
        if len(rows) + len(broken) >= _BATCH_ROWS:
            yield _batch(rows, numbers, broken)
            rows, numbers, broken = [], [], []
    yield _batch(rows, numbers, broken)


def _batch(rows: list[dict[str, str | None]], numbers: list[int], broken: list[BrokenRow]) -> RawBatch:
    names = list(dict.fromkeys(name for row in rows for name in row))
    check_names(names)
    columns: dict[str, list[str | None]] = {name: [row.get(name) for row in rows] for name in names}
    return RawBatch(text_frame(columns, numbers), broken, len(rows) + len(broken))


def _row(found: Any, money_columns: frozenset[str]) -> dict[str, str | None]:
    """One row's fields as text."""
    if isinstance(found, _DoubledKey):
        raise _RowError("row_writes_each_key_once", "expected each key once", next(iter(found)))
    if not isinstance(found, dict):
        raise _RowError("row_is_an_object", "expected an object such as {…}")
    row: dict[str, str | None] = {}
    for name, item in found.items():
        if name in money_columns and isinstance(item, _FloatText):
            rule = f"{name}_is_not_a_float"
            raise _RowError(rule, f'expected money as text such as "12.50"; found the float {item}', name)
        row[name] = _text(name, item)
    return row


def _text(name: str, item: Any) -> str | None:
    if not name.isascii() and _SURROGATE.search(name):
        raise _RowError("row_has_no_lone_surrogates", "expected whole characters in names", name)
    if "\0" in name:
        raise _RowError("row_has_no_nul", "expected names without NUL characters", name.replace("\0", ""))
    if item is None:
        return None
    if isinstance(item, bool):
        return "true" if item else "false"
    text = item if isinstance(item, str) else _dumps(item)
    if "\0" in text:
        raise _RowError("row_has_no_nul", "expected text without NUL characters", name)
    if not text.isascii() and _SURROGATE.search(text):
        raise _RowError("row_has_no_lone_surrogates", "expected whole characters", name)
    return str(text)


def _escaped(text: str) -> str:
    """The text with its lone surrogates written out: no store takes half a character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _dumps(item: Any) -> str:
    check_keys(item)
    # Digits that were kept as text are written as text: a nested number has no meaning to us, but must not change.
    return json.dumps(item, ensure_ascii=False, sort_keys=True)


def _holds_doubled_key(item: Any) -> bool:
    if isinstance(item, dict):
        return isinstance(item, _DoubledKey) or any(map(_holds_doubled_key, item.values()))
    return isinstance(item, list) and any(map(_holds_doubled_key, item))


def _loads(text: str) -> Any:
    if len(text) > LONGEST_LINE_BYTES and not text.lstrip().startswith("["):
        raise _RowError("row_is_not_too_long", f"expected at most {LONGEST_LINE_BYTES:,} bytes")
    _check_depth(text)
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise _RowError("row_is_json", f"no JSON: {error}") from error


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= DEEPEST_NESTING:
        return
    depth = 0
    for bracket in re.findall(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', text):
        depth += 1 if bracket in "[{" else -1 if bracket in "]}" else 0
        if depth > DEEPEST_NESTING:
            raise _RowError("row_is_not_nested_too_deep", f"nested more than {DEEPEST_NESTING} deep")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return _DoubledKey({name: None})
        seen.add(name)
    return found


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON number"
    raise ValueError(message)


_DECODER = json.JSONDecoder(
    parse_float=_FloatText, parse_int=_IntegerText, parse_constant=_refuse_constant, object_pairs_hook=_pairs
)
