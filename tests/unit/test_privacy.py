from __future__ import annotations

import sqlite3
from datetime import datetime
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.privacy import (
    Buyer,
    PrivateKeyError,
    buyer_key,
    consenting_buyers,
    forget_buyer,
    has_email,
    is_personal,
    mask_emails,
    mask_names,
    open_key,
    remember_buyers,
)
from pipelines.settings import Settings

KEY = b"a secret of more than 16 bytes"


def at(text: str) -> datetime:
    """Naive UTC, as frames and the warehouse hold it."""
    return datetime.fromisoformat(text)


def settings(folder: Path, key: str | None = None) -> Settings:
    return Settings(data_dir=folder, key=key)


def test_one_person_has_one_key_however_the_address_is_written() -> None:
    assert buyer_key(KEY, " Ada@Example.COM ", "7") == buyer_key(KEY, "ada@example.com", None)
    assert buyer_key(KEY, "ada@example.com", None) != buyer_key(b"another secret of 16", "ada@example.com", None)


def test_without_an_address_the_identifier_counts_and_without_both_there_is_no_key() -> None:
    assert buyer_key(KEY, None, "7") == buyer_key(KEY, "  ", "7")
    assert buyer_key(KEY, None, "7") != buyer_key(KEY, None, "8")
    assert buyer_key(KEY, None, "a@b.co") != buyer_key(KEY, "a@b.co", None)
    assert buyer_key(KEY, None, None) is None


def test_the_first_run_makes_the_key_and_later_runs_find_it(tmp_path: Path) -> None:
    made = open_key(settings(tmp_path), is_new_folder=True)
    assert open_key(settings(tmp_path), is_new_folder=False) == made
    private = tmp_path / "private"
    assert private.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in private.iterdir()} == {0o600}


def test_f17_a_missing_key_stops(tmp_path: Path) -> None:
    open_key(settings(tmp_path), is_new_folder=True)
    (tmp_path / "private/key").unlink()
    with pytest.raises(PrivateKeyError, match="missing"):
        open_key(settings(tmp_path), is_new_folder=False)


def test_f17_another_key_stops_even_when_nothing_was_loaded(tmp_path: Path) -> None:
    open_key(settings(tmp_path), is_new_folder=True)
    for is_new in (True, False):
        with pytest.raises(PrivateKeyError, match="another one"):
            open_key(settings(tmp_path, "x" * 40), is_new_folder=is_new)


@pytest.mark.parametrize("key", ["", "   ", "short"])
def test_an_empty_or_short_key_makes_no_pseudonym(tmp_path: Path, key: str) -> None:
    with pytest.raises(PrivateKeyError, match="fewer than 16"):
        open_key(settings(tmp_path, key), is_new_folder=True)


def test_f5_an_empty_key_file_of_a_killed_first_run_is_no_key_but_later_on_it_stops(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private/key").touch()
    made = open_key(settings(tmp_path), is_new_folder=True)
    assert (tmp_path / "private/key").read_text() == made.decode()
    assert [path.name for path in sorted((tmp_path / "private").iterdir())] == ["buyers.sqlite", "key"]
    (tmp_path / "private/key").write_text("")
    with pytest.raises(PrivateKeyError, match="fewer than 16"):
        open_key(settings(tmp_path), is_new_folder=True)


def test_a_lost_store_beside_a_full_ledger_stops(tmp_path: Path) -> None:
    open_key(settings(tmp_path), is_new_folder=True)
    (tmp_path / "private/buyers.sqlite").unlink()
    with pytest.raises(PrivateKeyError, match="restore"):
        open_key(settings(tmp_path), is_new_folder=False)


def test_consent_is_the_latest_statement_in_whatever_order_it_is_told(tmp_path: Path) -> None:
    told = [
        Buyer("k", "a@b.co", None, True, at("2026-01-01T00:00:00")),
        Buyer("k", "a@b.co", "7", False, at("2026-01-03T00:00:00")),
        Buyer("k", "a@b.co", "7", True, at("2026-01-03T00:00:00")),
        Buyer("k", None, "7", None, at("2026-01-09T00:00:00")),
    ]
    for number, order in enumerate(permutations(told)):
        folder = settings(tmp_path / str(number))
        open_key(folder, is_new_folder=True)
        for buyer in order:
            remember_buyers(folder, [buyer])
        with sqlite3.connect(folder.private_dir / "buyers.sqlite") as store:
            rows = store.execute("SELECT * FROM buyers").fetchall()
        store.close()
        assert rows == [("k", "a@b.co", "7", 0, "2026-01-03T00:00:00")]


def test_only_buyers_who_agreed_are_named_and_the_erased_are_gone(tmp_path: Path) -> None:
    folder = settings(tmp_path)
    assert consenting_buyers(folder) == {}
    assert not folder.private_dir.exists()
    key = open_key(folder, is_new_folder=True)
    told = {"yes@b.co": True, "no@b.co": False, "silent@b.co": None, "gone@b.co": True, "changed@b.co": True}
    keys = {email: buyer_key(key, email, None) or "" for email in told}
    day = at("2026-01-01T00:00:00")
    remember_buyers(folder, [Buyer(keys[email], email, None, consent, day) for email, consent in told.items()])
    remember_buyers(folder, [Buyer(keys["changed@b.co"], "changed@b.co", None, False, day.replace(day=2))])
    remember_buyers(folder, [Buyer("by id", None, "7", True, day)])
    forget_buyer(folder, key, "gone@b.co")
    assert consenting_buyers(folder) == {keys["yes@b.co"]: "yes@b.co", "by id": None}


@pytest.mark.parametrize(
    "column",
    [
        "buyer_email",
        "Email",
        "Billing Name",
        "shipping_address1",
        "customerPhone",
        "Ship To Name",
        "customer_id",
        "name",
    ],
)
def test_columns_of_people_are_known_by_their_names(column: str) -> None:
    assert is_personal(column)


@pytest.mark.parametrize("column", ["sku", "sku_name", "postcard_title", "order_id", "hub_id", "note", "zip"])
def test_other_columns_are_not_taken_for_people(column: str) -> None:
    assert not is_personal(column)


@given(st.emails(), st.text(alphabet="abc .", max_size=5))
def test_no_address_outlives_masking(address: str, around: str) -> None:
    masked = mask_emails(f"{around} {address} {around}")
    assert not has_email(masked)
    assert masked == mask_emails(masked)


@pytest.mark.parametrize("sign", ["@", "%40", "%2540"])
def test_an_address_in_a_link_is_masked_too(sign: str) -> None:
    assert mask_emails(f"https://a.example/?to=jane.doe{sign}example.com") == "https://a.example/?to=[masked]"


def test_masked_names_are_numbered_and_never_become_one() -> None:
    names = ["joe@example.com", "sku", "ada@example.com", "[masked] 2", "of ada@example.com"]
    shown = mask_names(names)
    assert shown == {
        "[masked] 2": "[masked] 2",
        "ada@example.com": "[masked]",
        "joe@example.com": "[masked] 3",
        "of ada@example.com": "of [masked]",
        "sku": "sku",
    }
    assert mask_names(reversed(names)) == shown
