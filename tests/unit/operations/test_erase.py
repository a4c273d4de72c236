from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import zstandard

from pipelines.operations.address_search import look_into
from pipelines.operations.erase import NoAddressError, erase_buyer
from pipelines.privacy import Buyer, buyer_key, open_key, remember_buyers
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.lock import LockHeldError, hold_lock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder in which Ada and Bob are known."""
    made = Settings(data_dir=tmp_path, fixed_now=NOW)
    key = open_key(made, is_new_folder=True)
    remember_buyers(
        made, [Buyer(str(buyer_key(key, email, None)), email.title(), None, None, None) for email in (ADA, BOB)]
    )
    connect_warehouse(made.warehouse_path).close()
    return made


def zipped(text: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", text)
    return written.getvalue()


def parquet(text: str) -> bytes:
    written = io.BytesIO()
    pl.DataFrame({"a": [text] * 1_000}).write_parquet(written)
    return written.getvalue()


WRITERS: dict[str, Callable[[str], bytes]] = {
    "a.csv": lambda text: text.encode(),
    "b.csv": lambda text: text.encode("utf-16"),
    "c.csv.gz": lambda text: gzip.compress(text.encode()),
    "d.csv.zst": lambda text: zstandard.compress(text.encode()),
    "e.parquet": parquet,
    "f.xlsx": zipped,
    "g.json": lambda text: text.replace("@", "\\u0040").encode(),
    "h.csv.gz": lambda text: gzip.compress(text.encode()) * 2,
}


@pytest.mark.parametrize("name", WRITERS)
def test_an_address_is_found_however_it_is_packed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WRITERS[name](f"x,Ada@Example.COM,{'y' * 2_000_000}"))
    assert look_into(path, ADA) == "holds"
    path.write_bytes(WRITERS[name]("x,bob@example.com"))
    assert look_into(path, ADA) == "clean"


def test_an_address_across_two_pieces_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * (2**20 - 5) + ADA.encode())
    assert look_into(path, ADA) == "holds"


# A gzip header holds the second in which it was written: as a name it differs between two workers.
@pytest.mark.parametrize(
    "content", [gzip.compress(b"x" * 9_000)[:-9], parquet("x")[:-9], b"PAR1"], ids=["gzip", "parquet", "magic alone"]
)
def test_what_cannot_be_looked_into_is_not_called_clean(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert look_into(tmp_path / "a", ADA) == "opaque"


def test_a_person_is_erased_with_the_files_that_name_them_and_nobody_else_is(settings: Settings) -> None:
    for folder, name, text in (
        ("landing/orders", "waiting.csv", ADA),
        ("landing/orders", "others.csv", BOB),
        ("quarantine", "q.csv.gz", ADA),
        ("backups", "b.csv", ADA),
    ):
        path = settings.data_dir / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    (settings.quarantine_dir / "q.csv.gz.reason.json").touch()
    report = erase_buyer(settings, " ADA@example.com")
    assert (report.buyers_removed, report.is_proven, report.files_holding) == (1, True, ())
    assert report.removed_files == ("landing/orders/waiting.csv", "quarantine/q.csv.gz", "backups/b.csv")
    assert (settings.landing_dir / "orders/others.csv").exists()
    assert not list(settings.quarantine_dir.iterdir())
    store = (settings.private_dir / "buyers.sqlite").read_bytes().lower()
    assert ADA.encode() not in store
    assert BOB.encode() in store


def test_an_address_that_is_left_anywhere_breaks_the_proof(settings: Settings) -> None:
    settings.logs_dir.mkdir()
    (settings.logs_dir / "dbt.log").write_text(ADA)
    connection = connect_warehouse(settings.warehouse_path)
    connection.execute(
        "INSERT INTO raw.hubs VALUES ('h', NULL, ?, 1, 2, NULL, 'f', 1, now()::TIMESTAMP, 1, NULL)", [ADA]
    )
    connection.close()
    report = erase_buyer(settings, ADA)
    assert not report.is_proven
    assert set(report.files_holding) == {"logs/dbt.log", "warehouse.duckdb"}


def test_nothing_is_erased_while_a_tick_runs_or_without_an_address(settings: Settings) -> None:
    with hold_lock(settings.lock_path, "a tick", NOW), pytest.raises(LockHeldError):
        erase_buyer(settings, ADA)
    with pytest.raises(NoAddressError, match=r"expected an e-mail address such as ada@example\.com"):
        erase_buyer(settings, "ada")
