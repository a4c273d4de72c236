from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.ingest import text_kinds
from pipelines.ingest.text_kinds import KINDS, type_columns

WRITTEN = {
    "money": st.from_regex(r"-?[0-9]{1,15}(\.[0-9]{1,5})?", fullmatch=True),
    "whole_number": st.from_regex(r"[-+]?[0-9]{1,19}", fullmatch=True),
    "number": st.from_regex(r"[-+]?[0-9]{1,31}(\.[0-9]{1,31})?([eE][-+]?[0-9]{1,4})?", fullmatch=True),
    "instant": st.from_regex(
        r"(0000|0001|1969|2026|9999)-(02|11|13)-(28|29|30)[T ]([01][0-9]|2[0-4]):[0-6][0-9]"
        r"(:[0-6][0-9](\.[0-9]{1,9})?)?(Z|[-+](0[0-9]|1[0-5]):?[0-6][0-9])",
        fullmatch=True,
    ),
    "identifier": st.text(alphabet="a@.%40 é", max_size=8),
}


@pytest.mark.parametrize("kind", WRITTEN)
@settings(deadline=None)
@given(data=st.data())
def test_a_column_that_is_plain_is_typed_as_each_of_its_texts_is(kind: str, data: st.DataObject) -> None:
    texts = data.draw(st.lists(WRITTEN[kind] | st.none() | st.text(max_size=4), min_size=1, max_size=6))
    check_both_ways(kind, texts)


@example("money", "٣")
@example("money", "-0")
@example("whole_number", "٣")
@example("instant", "0000-01-01T00:00:00Z")
@example("instant", "2016-12-31T23:59:60Z")
@example("instant", "2026-11-20T10:00:00.1234567Z")
@example("instant", "2026-11-20T10:00:00.12+01")
@example("instant", "2026-11-20")
@given(st.sampled_from(sorted(WRITTEN)), st.just("1"))
def test_a_text_alone_is_typed_as_among_others(kind: str, text: str) -> None:
    check_both_ways(kind, [text, None])


def check_both_ways(kind: str, texts: list[str | None]) -> None:
    column = pl.DataFrame({"_row_number": range(len(texts)), "a": pl.Series(texts, dtype=pl.String)})
    parse = text_kinds._parse_any_instant if kind == "instant" else KINDS[kind].parse
    one_by_one = column.select("_row_number", parse(pl.col("a")))
    assert type_columns(column, {"a": kind}).equals(one_by_one)
