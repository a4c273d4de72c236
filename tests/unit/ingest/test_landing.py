from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.contracts.feeds import FEED_NAMES
from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.landing import LandingError, list_landing, prepare_landing, quarantine_file

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_new_data_folder_gets_a_folder_a_feed(tmp_path: Path) -> None:
    prepare_landing(tmp_path / "landing", is_new_folder=True)
    assert {path.name for path in (tmp_path / "landing").iterdir()} == set(FEED_NAMES)


def test_f9_a_missing_or_bare_landing_folder_is_an_error_later_on(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(LandingError, match="is it mounted"):
            prepare_landing(tmp_path / "landing", is_new_folder=False)
        (tmp_path / "landing").mkdir(exist_ok=True)


def test_plans_come_first_and_files_of_other_systems_bear_their_source(tmp_path: Path) -> None:
    prepare_landing(tmp_path, is_new_folder=True)
    (tmp_path / "orders/shopify").mkdir()
    for name in ("orders/b.csv", "orders/a.csv", "orders/shopify/x.json", "drops/tea.yaml"):
        (tmp_path / name).touch()
    waiting = [(file.landed_path, file.feed, file.source) for file in list_landing(tmp_path).files]
    assert waiting == [
        ("drops/tea.yaml", "drops", "canonical"),
        ("orders/a.csv", "orders", "canonical"),
        ("orders/b.csv", "orders", "canonical"),
        ("orders/shopify/x.json", "orders", "shopify"),
    ]


def test_b19_links_pipes_hidden_and_unfinished_files_are_not_opened(tmp_path: Path) -> None:
    prepare_landing(tmp_path, is_new_folder=True)
    hubs = tmp_path / "hubs"
    for name in (".hidden.csv", "a.csv.part", "b.csv~", "c.crdownload"):
        (hubs / name).touch()
    (hubs / "link.csv").symlink_to("/etc/passwd")
    os.mkfifo(hubs / "pipe.csv")
    (tmp_path / "invoices").mkdir()
    landing = list_landing(tmp_path)
    assert landing.files == ()
    unfinished = "its name says that it is not complete; it is read when it is renamed"
    assert dict(landing.ignored) == {
        "hubs/a.csv.part": unfinished,
        "hubs/b.csv~": unfinished,
        "hubs/c.crdownload": unfinished,
        "hubs/link.csv": "not a regular file",
        "hubs/pipe.csv": "not a regular file",
        "invoices": "no feed's folder",
    }


def test_b19_names_are_told_in_plain_text(tmp_path: Path) -> None:
    prepare_landing(tmp_path, is_new_folder=True)
    for name in (b"odd\xff.csv", b"new\nline.csv", b"ada@example.com.csv"):
        Path(os.fsdecode(os.path.join(os.fsencode(tmp_path / "hubs"), name))).touch()  # noqa: PTH118 (bytes)
    told = {file.landed_path for file in list_landing(tmp_path).files}
    assert told == {"hubs/odd\\xff.csv", "hubs/new\nline.csv", "hubs/[masked]"}


def test_a_quarantined_file_keeps_its_bytes_beside_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "x; rm.csv.gz"
    path.write_bytes(b"not gzip")
    identity = FileIdentity("orders", "f" * 64, "orders/x; rm.csv.gz", "canonical", 8)
    kept = quarantine_file(path, identity, "the name says gzip", tmp_path / "quarantine", NOW, path.lstat())
    assert kept is not None
    assert kept.name == "orders-ffffffffffffffff.csv.gz"
    assert kept.read_bytes() == b"not gzip"
    assert not path.exists()
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    reason = json.loads((kept.parent / f"{kept.name}.reason.json").read_text(encoding="utf-8"))
    assert (reason["file"], reason["reason"]) == ("orders/x; rm.csv.gz", "the name says gzip")
