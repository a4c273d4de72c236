from __future__ import annotations

import io
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.parquet_rows import read_parquet

MONEY = frozenset({"price"})
KNOWN = frozenset({"price", "sku"})


def parquet(columns: dict[str, object]) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written, write_page_checksum=True)
    return written.getvalue()


def read(content: bytes) -> list[dict[str, object]]:
    return [row for batch in read_parquet(io.BytesIO(content), KNOWN, MONEY) for row in batch.rows.to_dicts()]


def test_columns_of_any_scalar_type_become_text() -> None:
    content = parquet(
        {
            "sku": pa.array(["007", None]).dictionary_encode(),
            "quantity": pa.array([3, None], pa.int32()),
            "price": pa.array([Decimal("1.50"), Decimal("2.00")]),
            "at": pa.array([datetime(2026, 1, 1, 12, tzinfo=UTC), None], pa.timestamp("ns", "Europe/London")),
            "latitude": pa.array([51.5155, None]),
            "ok": pa.array([True, None]),
            "tags": pa.array([["a"], None]),
        }
    )
    first, second = read(content)
    assert first == {
        "_row_number": 1,
        "sku": "007",
        "quantity": "3",
        "price": "1.50",
        "at": "2026-01-01T12:00:00.000000+00:00",
        "latitude": "51.5155",
        "ok": "true",
        "tags": '["a"]',
    }
    assert {name for name, value in second.items() if value is not None} == {"_row_number", "price"}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"price": [1.5]}, "price holds floats"),
        ({"sku": [["a"]]}, "sku is nested"),
        ({f"c{number}": [1] for number in range(2_001)}, "2,001 columns"),
    ],
)
def test_b12_columns_of_types_that_cannot_be_right_are_refused(columns: dict[str, object], reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(parquet(columns))


def test_b12_a_cut_file_is_refused() -> None:
    content = parquet({"sku": ["a"] * 1_000})
    for length in (len(content) - 1, len(content) // 2, 8):
        with pytest.raises(UnreadableFileError, match="cut or corrupt"):
            read(content[:length])


def test_b12_a_flipped_bit_is_seen_where_the_writer_made_checksums() -> None:
    content = parquet({"sku": [f"sku-{number}" for number in range(2_000)]})
    expected = read(content)
    page = content.index(b"sku-1000") if b"sku-1000" in content else 400
    for offset in range(page, page + 64):
        flipped = bytearray(content)
        flipped[offset] ^= 1
        with suppress(UnreadableFileError):
            assert read(bytes(flipped)) == expected
