from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.ingest.add import add_paths

RETURNS = "return_id,order_id,line_number,quantity,refund_amount,currency_code,reason,returned_at\n"
HUBS = "hub_id,name,latitude,longitude\n"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "feed"),
    [
        ("returns_2026.csv", "a,b\n", "returns"),
        ("Orders-march.csv", "a,b\n", "orders"),
        ("hubs/list.csv", "a,b\n", "hubs"),
        ("drops/tea.yaml", "a: 1\n", "drops"),
        ("tea.yaml", "drop_id: tea\n", "drops"),
        ("export (3).csv", RETURNS, "returns"),
        ("places.ndjson", '{"hub_id": "h", "name": "n", "latitude": 1, "longitude": 2}\n', "hubs"),
    ],
)
def test_a_file_is_recognised_by_stem_folder_or_header(
    tmp_path: Path, landing: Path, name: str, text: str, feed: str
) -> None:
    path = write(tmp_path / "from", name, text)
    (added,) = add_paths([path], landing, None)
    assert added.feed == feed
    (landed,) = (landing / feed).iterdir()
    assert landed.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("README.md", "# hello", "the name does not end in"),
        ("expected.json", '{"totals": 1}', "neither name nor columns say which feed it is; name it with --feed"),
        ("ordersheet.csv", "a,b\n", "neither name nor columns"),
        ("both.csv", RETURNS.strip() + "," + HUBS, "fits returns and hubs; say which with --feed returns"),
        ("notes.yaml", "a: 1\n", "YAML without a drop_id; say --feed drops"),
        ("missing.csv", None, "No such file"),
    ],
)
def test_what_is_not_recognised_is_named_and_left(
    tmp_path: Path, landing: Path, name: str, text: str | None, reason: str
) -> None:
    path = write(tmp_path / "from", name, text) if text is not None else tmp_path / name
    (added,) = add_paths([path], landing, None)
    assert added.feed is None
    assert reason in added.message
    assert not landing.exists()


def test_a_named_feed_goes_before_what_is_recognised(tmp_path: Path, landing: Path) -> None:
    (added,) = add_paths([write(tmp_path, "both.csv", RETURNS.strip() + "," + HUBS)], landing, "hubs")
    assert added.feed == "hubs"


def test_a_folder_gives_its_files_but_not_its_hidden_ones_or_links(tmp_path: Path, landing: Path) -> None:
    folder = tmp_path / "from"
    write(folder, "hubs.csv", HUBS)
    write(folder, ".hubs.csv", HUBS)
    write(folder, "deep/returns.csv", RETURNS)
    (folder / "orders.csv").symlink_to(folder / "hubs.csv")
    added = {one.path.name: one.feed for one in add_paths([folder], landing, None)}
    assert added == {"hubs.csv": "hubs", "returns.csv": "returns", "orders.csv": None}


def test_the_same_content_waits_once_and_other_content_beside_it(tmp_path: Path, landing: Path) -> None:
    first = write(tmp_path / "a", "hubs.csv", HUBS)
    other = write(tmp_path / "b", "hubs.csv", HUBS + "h,n,1,2\n")
    messages = [one.message for one in add_paths([first, first, other], landing, None)]
    assert messages[1] == "waits already as hubs.csv"
    assert len(list((landing / "hubs").iterdir())) == 2


@pytest.mark.parametrize("name", ["hubs \n'; rm.csv", "hubs*?[x].csv", "hubs-" + "x" * 240 + ".csv", "hubs\udcff.csv"])
def test_b19_any_name_lands_under_a_plain_one(tmp_path: Path, landing: Path, name: str) -> None:
    add_paths([write(tmp_path, name, HUBS)], landing, None)
    (landed,) = (landing / "hubs").iterdir()
    assert landed.name.isascii()
    assert len(landed.name) < 100
    assert set(landed.name).isdisjoint(" \n'*?[]/")


def test_a_file_that_says_it_is_not_complete_is_left(tmp_path: Path, landing: Path) -> None:
    (added,) = add_paths([write(tmp_path, "hubs.csv.tmp", HUBS)], landing, "hubs", "canonical")
    assert added.message == "left: its name says that it is not complete; rename it when it is"
    assert not landing.exists()


def test_two_who_add_at_once_lose_and_mix_nothing(
    tmp_path: Path, landing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = write(tmp_path / "a", "hubs.csv", HUBS + "ours,n,1,2\n")
    theirs = write(tmp_path / "b", "hubs.csv", HUBS + "theirs,n,1,2\n")
    synced = os.fsync
    told = []

    def add_theirs_meanwhile(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", synced)
        told.extend(add_paths([theirs], landing, "hubs"))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", add_theirs_meanwhile)
    told.extend(add_paths([ours], landing, "hubs"))
    assert all("waits as" in added.message for added in told)
    assert sorted(path.read_text() for path in (landing / "hubs").iterdir()) == [ours.read_text(), theirs.read_text()]
