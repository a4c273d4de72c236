from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers import csv_rows
from pipelines.ingest.readers.csv_rows import read_csv


def read(text: str | bytes) -> tuple[list[tuple[str | None, ...]], dict[int, str], int]:
    """Rows, broken rows by number, and rows read."""
    content = text.encode() if isinstance(text, str) else text
    batches = list(read_csv(io.BytesIO(content)))
    rows = [row[1:] for batch in batches for row in batch.rows.iter_rows()]
    broken = {row.row_number: row.rule for batch in batches for row in batch.broken}
    return rows, broken, sum(batch.rows_read for batch in batches)


def test_fields_come_by_name_as_text() -> None:
    (batch,) = [batch for batch in read_csv(io.BytesIO(b'b,a\r\n007,"1,5"\r\n')) if batch.rows_read]
    assert batch.rows.to_dicts() == [{"_row_number": 1, "b": "007", "a": "1,5"}]


def test_b3_a_short_a_long_and_a_cut_row_are_broken_and_the_others_load() -> None:
    rows, broken, rows_read = read("a,b\n1,2\n3\n4,5,6\n7,8\n9")
    assert rows == [("1", "2"), ("7", "8")]
    assert broken == dict.fromkeys((2, 3, 5), "row_has_as_many_fields_as_the_header")
    assert rows_read == 5


def test_b3_text_behind_a_closing_quote_breaks_its_row_alone() -> None:
    rows, broken, _ = read('a,b\n"x"y,1\n2,3\n')
    assert rows == [("2", "3")]
    assert broken == {1: "row_is_csv"}


def test_b3_a_quote_that_is_never_closed_makes_the_file_unreadable() -> None:
    with pytest.raises(UnreadableFileError, match="row 2 opens a quote that is not closed"):
        read('a,b\n1,2\n"3,4\n5,6\n')


def test_b3_a_last_row_without_a_line_end_loads() -> None:
    assert read("a,b\n1,2\n3,4") == ([("1", "2"), ("3", "4")], {}, 2)


def test_b3_a_nul_a_lone_carriage_return_and_a_blank_line_lose_nothing() -> None:
    rows, broken, rows_read = read("a,b\n1,2\n\n3\0,4\n5\r6,7\n8,9\n")
    assert rows == [("1", "2"), ("8", "9")]
    assert broken == {2: "row_has_no_nul", 3: "row_is_csv"}
    assert rows_read == 4


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_b4_byte_order_marks_are_honoured(encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    assert read(f"{mark}a,b\nä,ß\n".encode(encoding)) == ([("ä", "ß")], {}, 1)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\nä,1\n".encode("latin-1"), "byte 4 is no UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL bytes"),
        ("a,b\n".encode("utf-32"), "UTF-32"),
    ],
)
def test_b4_other_encodings_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("sku,b,sku", "the header names 'sku' twice"),
        ("Jane Doe,b,Jane Doe", "columns 1 and 3 bear one name"),
        ("a,,b", "column 2 has no name"),
        ("a;b", "separated by semicolons; commas are expected"),
        ("a\tb", "separated by tabs"),
        ("a,_row_number", "reserved name"),
    ],
)
def test_b5_b6_a_header_that_leaves_doubt_is_refused(header: str, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(f"{header}\n1,2,3\n")


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "a,b", "a,b\n"])
def test_b7_an_empty_file_and_a_bare_header_hold_no_rows(content: str) -> None:
    assert read(content) == ([], {}, 0)


def test_rows_are_the_same_wherever_the_content_is_cut_into_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    text = 'a,b\n"x\ny","say ""hi"""\nä,2\n3\n"4",5\n'
    whole = read(text)
    for piece in range(1, 12):
        monkeypatch.setattr("pipelines.ingest.readers.encoded_text.PIECE_BYTES", piece)
        assert read(text) == whole


cells = st.text(alphabet='ab,"\n\r\0;#ä ', max_size=4)


@given(st.lists(st.tuples(cells, cells), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_is_read_back(table: list[tuple[str, str]], line_end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows([("p", "q"), *table])
    rows, broken, rows_read = read(written.getvalue())
    assert rows_read == len(table)
    clean = [row for row in table if not any("\0" in cell for cell in row)]
    assert [tuple(cell or "" for cell in row) for row in rows] == clean
    assert set(broken.values()) <= {"row_has_no_nul"}


@given(st.sampled_from(["p", "p,q", "p,q,r"]), st.text(alphabet='ab,,,"\n\n\r\0 ä', max_size=40))
@example("p,q", 'b,"c"\n"d""e",f\n')
@example("p,q", ",\n\n,,")
@example("p,q", "a,b,c\nd\n")
def test_the_fast_path_reads_what_the_strict_reader_reads(header: str, body: str) -> None:
    def outcome() -> object:
        try:
            rows, broken, rows_read = read(f"{header}\n{body}")
        except UnreadableFileError as error:
            return str(error)
        # Polars keeps "nothing" and "an empty text" apart, the strict reader cannot; blank fields become null later.
        return [tuple(cell or "" for cell in row) for row in rows], broken, rows_read

    usual = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "_read_plain", lambda *_: None)
        assert outcome() == usual
