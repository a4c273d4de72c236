"""`sprint followups`: who is in the owner's file, and who may read it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from published_snapshot import FINAL, write_snapshot

from pipelines.cli.followups import write_followups
from pipelines.operations.erase import erase_buyer
from pipelines.privacy import Buyer, buyer_key, open_key, remember_buyers
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse

DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A shop whose three keenest buyers of a drop agreed to be written to; the second gave no address."""
    write_snapshot(tmp_path)
    made = Settings(data_dir=tmp_path, fixed_now=DAY)
    open_key(made, is_new_folder=True)
    people = ["=cmd()@example.com", None, "cy@example.com"]
    remember_buyers(made, [buyer(number, email, consent=True) for number, email in enumerate(people)])
    return made


def buyer(number: int, email: str | None, *, consent: bool, day: datetime = DAY) -> Buyer:
    return Buyer(f"{FINAL}-b{number}", email, f"id{number}", consent, day)


def rows(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")][1:]


def test_the_file_lists_who_agreed_with_the_reasons_and_no_pseudonym(settings: Settings) -> None:
    path = write_followups(settings, FINAL)
    assert rows(path) == [
        "'=cmd()@example.com,7,ordered again (3); shared once (2); scanned 2 times (2),2,1",
        "cy@example.com,2,shared once (2),0,1",
    ]
    assert f"{FINAL}-b" not in path.read_text(encoding="utf-8")
    assert "# 1 more have no e-mail address and are left out" in path.read_text(encoding="utf-8")


def test_nobody_but_the_owner_may_read_it(settings: Settings) -> None:
    path = write_followups(settings, FINAL)
    write_followups(settings, FINAL)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [f"{FINAL}.csv"]


def test_consent_that_is_withdrawn_later_wins(settings: Settings) -> None:
    remember_buyers(settings, [buyer(2, "cy@example.com", consent=False, day=DAY.replace(day=2))])
    assert "cy@example.com" not in write_followups(settings, FINAL).read_text(encoding="utf-8")


def test_an_erased_buyer_vanishes_from_the_list_and_from_the_file_that_was_written(settings: Settings) -> None:
    connect_warehouse(settings.warehouse_path).close()
    key = open_key(settings, is_new_folder=False)
    ada = str(buyer_key(key, "ada@example.com", None))
    remember_buyers(settings, [Buyer(ada, "ada@example.com", None, True, DAY)])
    path = write_followups(settings, FINAL)
    path.write_text(path.read_text(encoding="utf-8") + "ada@example.com,1,scanned once (1),1,0\n", encoding="utf-8")
    report = erase_buyer(settings, "ada@example.com")
    assert report.is_proven
    assert report.removed_files == (f"private/followups/{FINAL}.csv",)
    assert "ada@example.com" not in write_followups(settings, FINAL).read_text(encoding="utf-8")


def test_an_unknown_drop_is_told_which_there_are(settings: Settings) -> None:
    with pytest.raises(LookupError, match=r"no drop '\.\./x'; the snapshot has: advent-1"):
        write_followups(settings, "../x")
    assert not settings.followups_dir.exists()
