"""Parquet: columns of any scalar type, given as text; page checksums are verified where the writer made them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.raw_rows import BATCH_ROWS, BrokenRow, RawBatch, RawBatches, check_names, text_frame


def read_parquet(content: BinaryIO, known_columns: frozenset[str], money_columns: frozenset[str]) -> RawBatches:
    """Read the rows of a Parquet file as text.

    Args:
        content: The bytes, which can be read from any place.
        known_columns: The columns that the feed knows: a nested one among them is refused, others are kept as JSON.
        money_columns: Columns that must not be floats.

    Raises:
        UnreadableFileError: Cut or corrupt, or columns of types that cannot be right.
    """
    try:
        file = pq.ParquetFile(content, page_checksum_verification=True, memory_map=False)
        names = list(file.schema_arrow.names)
        check_names(names)
        for field in file.schema_arrow:
            _check_type(field, known_columns, money_columns)
        yield RawBatch(text_frame({name: [] for name in names}, []), (), 0)
        row_number = 1
        for batch in _batches(file):
            yield _text_rows(batch, row_number)
            row_number += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, MemoryError, pl.exceptions.PolarsError) as error:
        message = f"the Parquet data is cut or corrupt: {str(error).splitlines()[0][:200] if str(error) else error!r}"
        raise UnreadableFileError(message) from error
    if row_number - 1 != file.metadata.num_rows:
        message = f"the Parquet footer promises {file.metadata.num_rows:,} rows, {row_number - 1:,} were found"
        raise UnreadableFileError(message)


def _batches(file: Any) -> Iterator[Any]:
    yield from file.iter_batches(batch_size=BATCH_ROWS)


def _check_type(field: Any, known_columns: frozenset[str], money_columns: frozenset[str]) -> None:
    if field.name in money_columns and pa.types.is_floating(field.type):
        message = f"column {field.name} holds floats ({field.type}); money is expected as text or DECIMAL"
        raise UnreadableFileError(message)
    if field.name in known_columns and pa.types.is_nested(field.type):
        message = f"column {field.name} is nested ({field.type}); plain text or numbers are expected"
        raise UnreadableFileError(message)


def _text_rows(batch: Any, first_row_number: int) -> RawBatch:
    columns = dict(zip(batch.schema.names, (_text_column(column) for column in batch.columns), strict=True))
    rows = pl.DataFrame(pl.from_arrow(pa.table(columns)))
    rows = rows.with_row_index("_row_number", offset=first_row_number).cast({"_row_number": pl.Int64})
    holding = [name for name, column in columns.items() if _holds_nul(column)]
    return _without_nul(rows, holding) if holding else RawBatch(rows, (), rows.height)


def _holds_nul(column: Any) -> bool:
    """Whether there is a NUL among the texts, which lie one behind the other."""
    _, offsets, characters = column.buffers()
    if characters is None or not len(column):
        return False
    ends = np.frombuffer(offsets, np.int64 if pa.types.is_large_string(column.type) else np.int32)
    first, last = ends[column.offset], ends[column.offset + len(column)]
    return not np.frombuffer(characters, np.uint8)[first:last].all()


def _without_nul(rows: pl.DataFrame, holding: list[str]) -> RawBatch:
    """The rows as a batch; those with a NUL in a text are broken, since half of all programs stop reading there."""
    texts = [name for name in rows.columns if name != "_row_number"]
    has_nul = pl.any_horizontal(
        pl.col(name).str.contains("\0", literal=True).fill_null(value=False) for name in holding
    )
    broken = [
        BrokenRow(
            row["_row_number"],
            next(name for name in holding if "\0" in (row[name] or "")),
            "row_has_no_nul",
            "expected text without NUL characters",
            json.dumps({name: text for name, text in row.items() if name in texts}, ensure_ascii=False),
        )
        for row in rows.filter(has_nul).iter_rows(named=True)
    ]
    return RawBatch(rows.filter(~has_nul), broken, rows.height)


def _text_column(column: Any) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text_column(column.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column.validate(full=True)  # a flipped bit may have made it no UTF-8
        return column
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pc.strftime(pc.cast(column, pa.timestamp("us", "UTC")), format="%Y-%m-%dT%H:%M:%S+00:00")
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pc.cast(column, pa.large_string())
    if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
        return pc.cast(column, pa.large_string())
    texts = [None if value is None else json.dumps(value, default=str, sort_keys=True) for value in column.to_pylist()]
    return pa.array(texts, pa.large_string())
