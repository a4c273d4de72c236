from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.archive import ArchiveDraft, draft_path, drop_draft, keep_draft
from pipelines.ingest.readers.raw_rows import RawBatch, text_frame

IDENTITY = FileIdentity("hubs", "a" * 64, "hubs/a.csv", "canonical", 1)


def rows(word: str, count: int) -> RawBatch:
    numbers = range(1, count + 1)
    return RawBatch(text_frame({"name": [f"{word} {number}" for number in numbers]}, list(numbers)), (), count)


def test_f5_a_child_that_outlives_its_tick_does_not_spoil_the_next_draft(tmp_path: Path) -> None:
    path = draft_path(IDENTITY, tmp_path)
    orphan = ArchiveDraft(path, "hubs")
    orphan.keep_rows(rows("orphan", 3_000))
    draft = ArchiveDraft(path, "hubs")
    draft.keep_rows(rows("ours", 2_000))
    orphan.keep_rows(rows("orphan", 4_000))
    draft.finish()
    kept = pl.read_parquet(keep_draft(IDENTITY, tmp_path))
    assert kept["name"].to_list() == [f"ours {number}" for number in range(1, 2_001)]


def test_f5_drafts_of_killed_ticks_go_with_the_next_one(tmp_path: Path) -> None:
    path = draft_path(IDENTITY, tmp_path)
    target = path.name.removesuffix(".writing").rpartition(".")[0]
    left = [path.with_name(f"{target}.{name}") for name in ("77.writing", "78.writing.0", "writing")]
    other = path.with_name(".hubs-bbbbbbbbbbbbbbbb.parquet.79.writing")
    for leftover in (*left, other):
        leftover.touch()
    drop_draft(IDENTITY, tmp_path)
    assert list(path.parent.iterdir()) == [other]
