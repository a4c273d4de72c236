from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from pipelines.figures.spreadsheet import csv_text, inert_texts


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "|", "%"])
def test_a_text_that_a_spreadsheet_would_run_is_made_a_text(start: str) -> None:
    hostile = f"{start}cmd|'/c calc'!A1"
    assert inert_texts(pl.DataFrame({"a": [hostile]})).item() == f"'{hostile}"


def test_numbers_keep_their_sign_and_every_digit() -> None:
    frame = pl.DataFrame(
        {
            "a": [Decimal("-12.3450")],
            "b": [-1.5],
            "at": [datetime(2026, 12, 5, 15, tzinfo=UTC).replace(tzinfo=None)],
            "t": ["ok"],
        }
    )
    text = csv_text(frame, ["Flash-Sprints", "two\nlines"])
    lines = text.splitlines()
    assert lines[:2] == ["# Flash-Sprints", "# two lines"]
    assert list(csv.reader(io.StringIO("\n".join(lines[2:])))) == [
        ["a", "b", "at", "t"],
        ["-12.3450", "-1.5", "2026-12-05T15:00:00Z", "ok"],
    ]
