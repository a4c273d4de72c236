from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.json_rows import read_json, read_ndjson
from pipelines.ingest.readers.raw_rows import RawBatches

MONEY = frozenset({"price"})


def gather(batches: RawBatches) -> tuple[list[dict[str, str]], dict[int, str]]:
    kept = list(batches)
    rows = [
        {name: value for name, value in row.items() if value is not None and name != "_row_number"}
        for batch in kept
        for row in batch.rows.to_dicts()
    ]
    broken = {row.row_number: row.rule for batch in kept for row in batch.broken}
    assert sum(batch.rows_read for batch in kept) == len(rows) + len(broken)
    return rows, broken


def ndjson(*lines: str | bytes) -> tuple[list[dict[str, str]], dict[int, str]]:
    content = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return gather(read_ndjson(io.BytesIO(content), MONEY))


def test_b8_numbers_stay_the_text_that_was_written() -> None:
    rows, broken = ndjson('{"sku": 1E5, "id": 123456789012345678901234567890, "price": 12, "ok": true, "gone": null}')
    assert rows == [{"sku": "1E5", "id": "123456789012345678901234567890", "price": "12", "ok": "true"}]
    assert not broken


def test_b9_money_as_a_float_is_rejected() -> None:
    assert ndjson('{"price": 12.5}', '{"price": "12.5"}') == ([{"price": "12.5"}], {1: "price_is_not_a_float"})


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ('{"a": 1, "a": 2}', "row_writes_each_key_once"),
        ('{"x": {"a": 1, "a": 2}}', "row_writes_each_key_once"),
        ('{"a": ' + "[" * 65 + "]" * 65 + "}", "row_is_not_nested_too_deep"),
        ("[" * 100_000, "row_is_not_nested_too_deep"),
        ('{"a": NaN}', "row_is_json"),
        ('{"a": "\\ud800"}', "row_has_no_lone_surrogates"),
        ('{"a": "\\u0000"}', "row_has_no_nul"),
        ('{"\\u0000": null}', "row_has_no_nul"),
        ('{"\\udfaa": 0}', "row_has_no_lone_surrogates"),
        ('{"a": 1} trailing', "row_is_json"),
        ("[1, 2]", "row_is_an_object"),
        ('"text"', "row_is_an_object"),
        ('{"a": 1', "row_is_json"),
    ],
)
def test_b10_b11_a_bad_line_is_rejected_alone(line: str, rule: str) -> None:
    rows, broken = ndjson('{"a": "1"}', line, '{"a": "2"}')
    assert rows == [{"a": "1"}, {"a": "2"}]
    assert broken == {2: rule}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html>", "HTML or XML"),
        (b'[{"a": 1}]', "one JSON array"),
        (b'{"a": "\xff"}', "byte 7 is no UTF-8"),
        (b'{"a": "' + b"x" * (17 * 2**20) + b'"}', "a line is longer than 16,777,216 bytes"),
    ],
)
def test_b10_content_that_is_no_ndjson_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        gather(read_ndjson(io.BytesIO(content), MONEY))


def test_an_array_gives_a_row_an_element() -> None:
    content = b'[{"a": 1, "x": {"k": [1.50]}}, 7, {"a": 2, "a": 3}, "{}"]'
    rows, broken = gather(read_json(io.BytesIO(content), MONEY))
    assert rows == [{"a": "1", "x": '{"k": ["1.50"]}'}]
    assert broken == {2: "row_is_an_object", 3: "row_writes_each_key_once", 4: "row_is_an_object"}


def test_a_broken_row_is_told_in_whole_characters() -> None:
    content = rb'["\udd1e.", {"\ud800": 1, "\ud800": 2}]'
    ((first, second),) = [batch.broken for batch in read_json(io.BytesIO(content), MONEY)]
    assert (first.rule, first.row_text) == ("row_is_an_object", r"\udd1e.")
    assert (second.rule, second.field) == ("row_writes_each_key_once", r"\ud800")


@pytest.mark.parametrize("content", [b"[1", b"7", b"\xff", b"[" * 100_000, b'{"a": Infinity}', b"[1] []"])
def test_b10_json_that_cannot_be_read_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        gather(read_json(io.BytesIO(content), MONEY))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.lists(values, max_size=4))
def test_any_json_lines_are_rows_or_broken_rows(lines: list[object]) -> None:
    written = [json.dumps(line) for line in lines]
    if written and written[0].startswith("["):
        return
    try:
        rows, broken = ndjson(*written)
    except UnreadableFileError:  # a column without a name
        return
    assert len(rows) + len(broken) == len(lines)


@given(st.binary(max_size=60))
def test_any_bytes_are_rows_or_a_refusal(content: bytes) -> None:
    for read in (read_ndjson, read_json):
        with suppress(UnreadableFileError):
            gather(read(io.BytesIO(content), MONEY))
