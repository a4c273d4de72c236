from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
import zstandard

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.content import content_type_of, hash_file, open_regular, plain_bytes

TEXT = b"a,b\n1,2\n" * 50_000
GZIP = gzip.compress(TEXT)
ZSTD = zstandard.compress(TEXT)


def read(folder: Path, name: str, content: bytes) -> bytes:
    path = folder / name
    path.write_bytes(content)
    with open_regular(path) as file:
        _, length = hash_file(file)
        return plain_bytes(file, content_type_of(name), length).read()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", TEXT),
        ("a.csv.gz", GZIP),
        ("a.CSV.GZ", gzip.compress(TEXT[:8]) + gzip.compress(TEXT[8:])),
        ("a.csv.gz", GZIP + b"\0" * 9_000),
        ("a.csv.zst", ZSTD),
        ("a.csv.zst", zstandard.compress(TEXT[:8]) + zstandard.compress(TEXT[8:])),
    ],
)
def test_whole_content_is_given_whole(tmp_path: Path, name: str, content: bytes) -> None:
    assert read(tmp_path, name, content) == TEXT


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv.gz", GZIP[:-9], "is cut"),
        ("a.csv.gz", GZIP[:-8] + b"12345678", "incorrect data check"),
        ("a.csv.gz", GZIP + b"trailing", "is corrupt"),
        ("a.csv.zst", ZSTD[:-3], "is cut"),
        ("a.csv.zst", ZSTD[:20] + b"\xff" * 9 + ZSTD[29:], "is corrupt"),
        ("a.csv.gz", gzip.compress(b"0" * 80_000_000), "grows to more than"),
        ("a.csv.zst", zstandard.compress(b"0" * 80_000_000), "grows to more than"),
    ],
)
def test_b1_cut_corrupt_and_bomb_are_refused(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(tmp_path, name, content)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", GZIP, "the name says not compressed, but the content is gzip"),
        ("a.csv.gz", TEXT, "the name says gzip, but the content is not gzip"),
        ("a.csv.gz", ZSTD, "the content is zstd"),
        ("a.parquet", TEXT, "the content is not Parquet"),
        ("a.csv", b"PAR1....PAR1", "the content is Parquet"),
        ("a.xlsx", b"PK", "the name does not end in"),
    ],
)
def test_b2_content_that_is_not_what_the_name_says_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(tmp_path, name, content)


def test_b19_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableFileError, match="not a regular file"):
        open_regular(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    (tmp_path / "target.csv").write_bytes(TEXT)
    with pytest.raises(OSError, match="symbolic links"):
        open_regular(tmp_path / "link.csv")
