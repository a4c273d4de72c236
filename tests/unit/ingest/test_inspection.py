from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.contracts.inspection_report import InspectedFile
from pipelines.ingest.inspection import inspect_paths
from pipelines.ingest.parser_process import ParserProcess

LATEST = datetime(2026, 11, 22, 12, tzinfo=UTC)
RETURNS = "return_id,order_id,line_number,quantity,refund_amount,currency_code,reason,returned_at"
GOOD = "R{},A1,1,1,5.00,EUR,broken,2026-11-20T10:00:00Z"

SEMICOLONS = "the header's names are separated by semicolons; commas are expected"
ENDINGS = "the name does not end in .csv, .ndjson, .jsonl, .json, .parquet, .yaml, .yml, alone or with .gz or .zst"


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess() as process:
        yield process


def inspect(parser: ParserProcess, path: Path, text: str, feed: str | None = None) -> InspectedFile:
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    before = sorted(path.parent.rglob("*"))
    (file,) = inspect_paths([path], feed, LATEST, parser).files
    assert sorted(path.parent.rglob("*")) == before
    return file


@pytest.mark.parametrize(
    ("name", "lines", "verdict", "reason"),
    [
        ("returns.csv", [RETURNS, GOOD.format(1)], "loads", None),
        ("returns.csv", [RETURNS, GOOD.format(1), GOOD.format(2) + ",more"], "loads_in_part", None),
        ("returns.csv", [RETURNS], "loads_no_row", None),
        ("returns.csv", [RETURNS, "x"], "refused", "its one row does not keep the rules of returns"),
        ("returns.csv", [RETURNS, "x", "y"], "refused", "none of its 2 rows keeps the rules of returns"),
        ("returns.json", ["[1,"], "refused", "no JSON: Expecting value: line 2 column 1 (char 4)"),
        ("returns.csv", ["return_id;order_id"], "refused", SEMICOLONS),
        ("returns.csv.gz", [RETURNS], "refused", "the name says gzip, but the content is not gzip"),
        ("drops.yaml", ["drop_id: tea"], "refused", "its one row does not keep the rules of drops"),
        ("README.md", [""], "not_recognised", ENDINGS),
    ],
)  # fmt: skip
def test_a_file_gets_the_verdict_that_the_next_tick_would_give(  # noqa: PLR0917 (a table's columns)
    parser: ParserProcess, tmp_path: Path, name: str, lines: list[str], verdict: str, reason: str | None
) -> None:
    file = inspect(parser, tmp_path / name, "\n".join(lines) + "\n")
    assert (file.verdict, file.reason) == (verdict, reason)
    assert file.rows_read == file.accepted + file.rejected


def test_the_first_ten_bad_rows_are_shown_and_the_rules_counted(parser: ParserProcess, tmp_path: Path) -> None:
    rows = [GOOD.format(number).replace("5.00", '"5,00"') for number in range(12)]
    file = inspect(parser, tmp_path / "returns.csv", "\n".join([RETURNS, GOOD.format(99), *rows]))
    assert (file.accepted, file.rejected) == (1, 12)
    assert file.rejected_by_rule == {"refund_amount_is_decimal_text": 12}
    assert [row.row_number for row in file.bad_rows] == list(range(2, 12))


def test_new_columns_are_named_and_people_masked(parser: ParserProcess, tmp_path: Path) -> None:
    text = f"{RETURNS},colour,Billing Name\nR1,A1,1,0,5.00,EUR,ask ada@example.com,2026-11-20T10:00:00Z,red,Ada L\n"
    file = inspect(parser, tmp_path / "returns of ada@example.com.csv", text)
    assert file.extra_columns == ("Billing Name", "colour")
    assert "ada" not in file.model_dump_json().lower().replace("ask", "")
