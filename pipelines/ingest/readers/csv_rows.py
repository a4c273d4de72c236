"""CSV: comma-separated, quoted by RFC 4180, with a header line; no row is lost in silence.

Each block of bytes is first measured: its quotes, commas and line ends. Polars, which is fast but fills short rows
with nulls and skips what it does not like, reads only blocks in which every record provably has as many fields as the
header. Everything else goes through Python's strict reader, which gives each bad row with its reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import polars as pl

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.encoded_text import utf8_pieces
from pipelines.ingest.readers.raw_rows import BATCH_ROWS, BrokenRow, RawBatch, RawBatches, check_names, text_frame

# A record that has not ended by then is an unclosed quote, not a record.
LONGEST_RECORD_BYTES = 16 * 2**20
_QUOTE, _COMMA, _NEWLINE, _RETURN = b'",\n\r'
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class _Layout:
    """Where the records of a block with quotes end, and whether its quoting leaves no doubt.

    Attributes:
        is_well_quoted: Every quote opens at a field's start, closes at its end, or is doubled within.
        ends: Offsets just behind the line ends that are outside quotes.
        commas: Offsets of the commas outside quotes.
    """

    is_well_quoted: bool
    ends: np.ndarray
    commas: np.ndarray


def read_csv(content: BinaryIO) -> RawBatches:
    """Read the rows of a CSV file as text.

    Raises:
        UnreadableFileError: No text, an unusable header, or a quote that is never closed.
    """
    pieces = utf8_pieces(content)
    header_bytes, rest = _header(pieces)
    if not header_bytes.strip():
        yield RawBatch(text_frame({}, []), (), 0)
        return
    names = _header_names(header_bytes)
    yield RawBatch(text_frame({name: [] for name in names}, []), (), 0)
    row_number = 1
    blocks = _blocks(rest, pieces)
    for block, layout in blocks:
        is_well_quoted = layout is None or layout.is_well_quoted
        rows = _read_plain(block, layout, names) if is_well_quoted else None
        if rows is not None:
            rows = rows.with_row_index("_row_number", offset=row_number).cast({"_row_number": pl.Int64})
            yield RawBatch(rows, (), rows.height)
            row_number += rows.height
            continue
        # A stray quote may mislead the measuring of every later block: from there on the strict reader has it all.
        following = iter(()) if is_well_quoted else (later for later, _ in blocks)
        for batch in _read_strictly(_text_lines(block, following), names, row_number):
            row_number += batch.rows_read
            yield batch


def _header(pieces: Iterator[bytes]) -> tuple[bytes, bytes]:
    """The first record that is not blank, and what was read behind it."""
    data = b""
    for piece in pieces:
        data = (data + piece).lstrip(b"\r\n")
        layout = _measure(data)
        if layout.ends.size:
            end = int(layout.ends[0])
            return data[:end], data[end:]
        _check_record_length(data)
    return data, b""


def _header_names(header: bytes) -> list[str]:
    try:
        records = list(csv.reader([header.decode("utf-8").rstrip("\r\n")], strict=True))
    except csv.Error as error:
        message = f"the header line is no CSV: {error}"
        raise UnreadableFileError(message) from error
    names = records[0] if records else []
    if len(names) == 1:
        for delimiter, called in _OTHER_DELIMITERS.items():
            if delimiter in names[0]:
                message = f"the header's names are separated by {called}; commas are expected"
                raise UnreadableFileError(message)
    if "\0" in header.decode("utf-8"):
        message = "the header holds NUL bytes: no text, or UTF-16 without its byte order mark"
        raise UnreadableFileError(message)
    check_names(names)
    return names


def _blocks(rest: bytes, pieces: Iterator[bytes]) -> Iterator[tuple[bytes, _Layout | None]]:
    """Blocks that end where a record ends, as far as the quotes tell; the layout is None where there are none."""
    data = rest
    for piece in pieces:
        data += piece
        layout = _measure(data) if b'"' in data else None
        end = data.rfind(b"\n") + 1 if layout is None else int(layout.ends[-1]) if layout.ends.size else 0
        if end:
            block = data[:end]
            if layout is not None:
                commas = layout.commas[layout.commas < end]
                is_well_quoted = layout.is_well_quoted or (end < len(data) and _measure(block).is_well_quoted)
                layout = _Layout(is_well_quoted, layout.ends, commas)
            yield block, layout
            data = data[end:]
        _check_record_length(data)
    if data:
        yield data, _measure(data) if b'"' in data else None


def _check_record_length(data: bytes) -> None:
    if len(data) > LONGEST_RECORD_BYTES:
        message = f"a record does not end within {LONGEST_RECORD_BYTES:,} bytes: is a quote left open?"
        raise UnreadableFileError(message)


def _measure(block: bytes) -> _Layout:
    codes = np.frombuffer(block, dtype=np.uint8)
    newlines = np.flatnonzero(codes == _NEWLINE)
    commas = np.flatnonzero(codes == _COMMA)
    quotes = np.flatnonzero(codes == _QUOTE)
    if not quotes.size:
        return _Layout(is_well_quoted=True, ends=newlines + 1, commas=commas)
    newlines = newlines[np.searchsorted(quotes, newlines) % 2 == 0]
    commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    return _Layout(_is_well_quoted(codes, quotes), newlines + 1, commas)


def _is_well_quoted(codes: np.ndarray, quotes: np.ndarray) -> bool:
    if quotes.size % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    # A doubled quote inside a field reads as a close with an open right behind it.
    before = np.where(opening > 0, codes[opening - 1], _NEWLINE)
    reopened = np.concatenate([[False], opening[1:] == closing[:-1] + 1])
    opens_well = reopened | np.isin(before, (_COMMA, _NEWLINE))
    after = np.where(closing + 1 < codes.size, codes[np.minimum(closing + 1, codes.size - 1)], _NEWLINE)
    doubled = np.concatenate([closing[:-1] + 1 == opening[1:], [False]])
    closes_well = doubled | np.isin(after, (_COMMA, _NEWLINE, _RETURN))
    return bool(opens_well.all() and closes_well.all())


def _read_plain(block: bytes, layout: _Layout | None, names: list[str]) -> pl.DataFrame | None:
    """The block by Polars, or None when it is not plain enough for Polars to be trusted with."""
    if b"\0" in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
        return None
    if len(names) == 1 and (b"\n\n" in block or b"\n\r" in block or block.startswith((b"\n", b"\r"))):
        return None
    # Without its line end Polars takes a last record with empty fields too many.
    whole = block if block.endswith(b"\n") else block + b"\n"
    records = _count_records(whole, layout, len(names))
    if records is None:
        return None
    try:
        rows = pl.read_csv(
            io.BytesIO(whole),
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            raise_if_empty=False,
            quote_char=None if layout is None else '"',
        )
    except pl.exceptions.PolarsError:
        return None
    return rows if rows.height == records else None


def _count_records(block: bytes, layout: _Layout | None, width: int) -> int | None:
    """How many records the block holds; None unless each has `width` fields, given that none has more.

    Polars refuses a record with a field too many. So where no comma is quoted their number tells: if it is right and
    no record is too long, none is too short. Positions tell the same, but take ten times as long to find.
    """
    if layout is None:
        codes = np.frombuffer(block, dtype=np.uint8)
        records = int(np.count_nonzero(codes == _NEWLINE))
        return records if np.count_nonzero(codes == _COMMA) == records * (width - 1) else None
    ends = layout.ends if layout.ends.size and layout.ends[-1] == len(block) else np.append(layout.ends, len(block))
    fields = np.diff(np.searchsorted(layout.commas, ends), prepend=0) + 1
    return None if bool((fields != width).any()) else len(ends)


def _text_lines(block: bytes, following: Iterator[bytes]) -> Iterator[str]:
    r"""Lines with their ends, split at `\n` alone: a lone `\r` stays for the strict reader to refuse."""
    yield from io.StringIO(block.decode("utf-8"), newline="\n")
    for later in following:
        yield from io.StringIO(later.decode("utf-8"), newline="\n")


def _read_strictly(text_lines: Iterator[str], names: list[str], first_row_number: int) -> RawBatches:
    reader = csv.reader(text_lines, strict=True)
    next_row_number = first_row_number
    records: list[list[str]] = []
    numbers: list[int] = []
    broken: list[BrokenRow] = []
    while True:
        try:
            record = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            _check_quote_is_closed(error, next_row_number)
            broken.append(BrokenRow(next_row_number, None, "row_is_csv", f"no CSV: {error}", ""))
            next_row_number += 1
            continue
        if not record:
            continue  # a blank line holds no row
        fault = _fault(record, names)
        if fault is None:
            records.append(record)
            numbers.append(next_row_number)
        else:
            rule, message = fault
            broken.append(BrokenRow(next_row_number, None, rule, message, ",".join(record)))
        next_row_number += 1
        if len(records) + len(broken) >= BATCH_ROWS:
            yield _batch(records, numbers, broken, names)
            records, numbers, broken = [], [], []
    yield _batch(records, numbers, broken, names)


def _check_quote_is_closed(error: csv.Error, row_number: int) -> None:
    # The reader has then swallowed every line behind the quote: nobody can say which rows they were.
    if "unexpected end of data" in str(error) or "field larger than field limit" in str(error):
        message = f"row {row_number:,} opens a quote that is not closed"
        raise UnreadableFileError(message) from error


def _fault(record: list[str], names: list[str]) -> tuple[str, str] | None:
    if len(record) != len(names):
        return "row_has_as_many_fields_as_the_header", f"expected {len(names)} fields, found {len(record)}"
    if any("\0" in field for field in record):
        return "row_has_no_nul", "expected text without NUL bytes"
    return None


def _batch(records: list[list[str]], numbers: list[int], broken: list[BrokenRow], names: list[str]) -> RawBatch:
    columns: dict[str, list[str | None]] = {
        name: [record[place] for record in records] for place, name in enumerate(names)
    }
    return RawBatch(text_frame(columns, numbers), broken, len(records) + len(broken))
