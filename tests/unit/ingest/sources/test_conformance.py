"""The files that others publish (`../shared/fixtures`), each held to what its authors say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance import FIXTURES, Line, measure, table

DOCUMENT = Path(__file__).resolve().parents[4] / "docs/conformance.md"


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    if not FIXTURES.is_dir():
        pytest.skip("the fixtures of others are not beside this checkout")
    return measure(FIXTURES)


def test_every_file_of_others_becomes_what_it_must(lines: list[Line]) -> None:
    assert {line.files: line.otherwise for line in lines if line.otherwise} == {}
    assert all(line.cases for line in lines)


def test_the_table_in_the_docs_is_what_a_run_gives(lines: list[Line]) -> None:
    assert table(lines) in DOCUMENT.read_text(encoding="utf-8"), (
        "write the output of `python tests/support/conformance.py` into docs/conformance.md"
    )
