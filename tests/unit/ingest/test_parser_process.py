from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts.parsed_file import ParsedBatch, UnreadableFileError
from pipelines.ingest import child
from pipelines.ingest.content import open_regular
from pipelines.ingest.messages import receive_message, send_message
from pipelines.ingest.parse import identify, parse_file
from pipelines.ingest.parser_process import Limits, ParserProcess, ReaderDiedError

LATEST = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"a secret of more than 16 bytes"
HUBS = "hub_id,name,latitude,longitude,colour\nh,North,1,2,red\ni,South,x,2,blue\n"
PLAN = """
drop_id: tiny
name: Tiny
starts_at: 2026-11-13T12:00:00Z
timezone: Europe/Berlin
currency_code: EUR
channels: {web: {fee_rate: 0.03}}
max_staleness_hours: 3
holdout_rate: 0
taper_hours: 0
skus:
  - {sku: A, title: Tea, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {low: 1, mid: 2, high: 3},
     stock: {mitte: 40}, restocks: [{at: "2026-11-13T20:00:00Z", hub_id: nord, units: 12}]}
  - {sku: B, title: Pot, list_price: 2, unit_cost: 1, min_margin_rate: 0.2, bands: {low: 1, mid: 2, high: 3},
     stock: {mitte: 5}}
"""
SMALL = Limits(memory_bytes=256 * 2**20, seconds=60)


@pytest.fixture(scope="module")
def parser() -> Iterator[ParserProcess]:
    with ParserProcess(SMALL) as process:
        yield process


def parse(parser: ParserProcess | None, path: Path, feed: str, draft: Path | None = None) -> list[ParsedBatch]:
    with open_regular(path) as file:
        identity = identify(file, feed, "canonical", f"{feed}/{path.name}")
        if parser is None:
            return list(parse_file(file, identity, path.name, LATEST, KEY).batches)
        return list(parser.parse(file, identity, path.name, LATEST, KEY, draft).batches)


@pytest.mark.parametrize(("feed", "name", "text"), [("hubs", "a.csv", HUBS), ("drops", "a.yaml", PLAN)])
def test_the_child_gives_what_the_parser_gives(
    parser: ParserProcess, tmp_path: Path, feed: str, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    here, there = parse(None, path, feed), parse(parser, path, feed)
    assert len(here) == len(there)
    for one, other in zip(here, there, strict=True):
        assert one.accepted.equals(other.accepted)
        assert one.rejected.equals(other.rejected)
        assert (one.rows_read, one.columns, one.plan, dict(one.plan_lines)) == (
            other.rows_read,
            other.columns,
            other.plan,
            dict(other.plan_lines),
        )


def test_one_child_reads_file_after_file_and_survives_unreadable_ones(parser: ParserProcess, tmp_path: Path) -> None:
    good, bad = tmp_path / "a.csv", tmp_path / "b.csv"
    good.write_text(HUBS)
    bad.write_text("hub_id;name\n")
    parse(parser, good, "hubs")
    first = parser.process_id
    with pytest.raises(UnreadableFileError, match="separated by semicolons"):
        parse(parser, bad, "hubs")
    parse(parser, good, "hubs")
    assert parser.process_id == first


def test_f6_a_file_that_needs_too_much_memory_is_given_up_and_the_next_is_read(
    parser: ParserProcess, tmp_path: Path
) -> None:
    large, good = tmp_path / "a.json", tmp_path / "b.csv"
    large.write_text("[" + ",".join('{"hub_id":"h"}' for _ in range(1_500_000)) + "]")
    good.write_text(HUBS)
    with pytest.raises(ReaderDiedError, match=r"(more than|at most) 256 MB of memory"):
        parse(parser, large, "hubs")
    assert sum(batch.rows_read for batch in parse(parser, good, "hubs")) == 2


def test_f6_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + ",".join('{"hub_id":"h"}' for _ in range(300_000)) + "]")
    with ParserProcess(Limits(seconds=0.05)) as hurried:
        with pytest.raises(ReaderDiedError, match=r"took more than 0\.05 s for one batch of rows") as caught:
            parse(hurried, path, "hubs")
        assert caught.value.was_fresh
        assert hurried.process_id is None


def test_batches_that_are_not_taken_leave_no_child_in_the_middle_of_a_file(
    parser: ParserProcess, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HUBS)
    with open_regular(path) as file:
        identity = identify(file, "hubs", "canonical", "hubs/a.csv")
        batches = parser.parse(file, identity, path.name, LATEST, KEY).batches
        next(batches)
        batches.close()  # type: ignore[attr-defined]
    assert sum(batch.rows_read for batch in parse(parser, path, "hubs")) == 2


def test_the_draft_of_the_archive_is_written_on_the_way(parser: ParserProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    lines = [{"hub_id": "h", "name": "write to ada@example.com", "latitude": "1", "longitude": "2"}] * 50_001
    lines.append({"hub_id": "i", "colour": "red", "Billing Name": "Ada L"})
    path.write_text("\n".join(map(json.dumps, lines)))
    parse(parser, path, "hubs", tmp_path / "draft")
    rows = pl.read_parquet(tmp_path / "draft")
    assert rows.height == 50_002
    assert rows["name"][0] == "write to [masked]"
    assert rows.row(-1, named=True)["Billing Name"] == "[masked]"
    assert rows["colour"].null_count() == 50_001
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.ndjson", "draft"]
    assert (tmp_path / "draft").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (ZeroDivisionError("ada@example.com broke it"), {"kind": "unreadable", "reason": "the reader failed on it: "
         "ZeroDivisionError"}),
        (OSError(28, "No space left on device"), {"kind": "failed", "reason": "No space left on device",
         "number": 28}),
    ],
)  # fmt: skip
def test_a_fault_of_a_reader_is_told_without_the_files_content(
    monkeypatch: pytest.MonkeyPatch, error: Exception, answer: dict[str, object]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(child, "parse_file", fail)
    ours, theirs = socket.socketpair()
    identity = {"feed": "hubs", "sha256": "0", "path": "a", "source": "canonical", "bytes": 1}
    request = {"identity": identity, "name": "a.csv", "latest_at": LATEST.isoformat(), "key": "00", "archive_to": None}
    with ours, theirs:
        child._answer(theirs, io.BytesIO(), request)
        assert receive_message(ours) == (answer, [])


def test_messages_carry_frames_whole() -> None:
    frame = pl.DataFrame({"a": ["ä", None], "b": [1, 2]})
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_message(ours, {"kind": "x"}, [frame, frame.clear()])
        content, frames = receive_message(theirs)
        assert content == {"kind": "x"}
        assert [one.equals(other) for one, other in zip(frames, [frame, frame.clear()], strict=True)] == [True, True]
        ours.close()
        with pytest.raises(EOFError):
            receive_message(theirs)


def test_a_file_without_its_header_is_named_by_no_persons_words(parser: ParserProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('o-1,1,Jane Doe,07700 900123,"12 High Street, London"\n')
    with pytest.raises(UnreadableFileError) as caught:
        parse(parser, path, "orders")
    assert str(caught.value).endswith("found 5 columns of other names: is the header missing?")
    path.write_text("order_id,Jane Doe,SKU\n1,2,3\n")
    with pytest.raises(UnreadableFileError, match="found order_id, SKU and 1 of other names"):
        parse(parser, path, "orders")


def test_two_columns_named_after_people_are_two_in_the_archive(parser: ParserProcess, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("hub_id,name,latitude,longitude,ada@example.com,joe@example.com\nh,n,1,2,3,4\n")
    parse(parser, path, "hubs", tmp_path / "draft")
    rows = pl.read_parquet(tmp_path / "draft")
    assert rows.select("[masked]", "[masked] 2").rows() == [("3", "4")]
