"""After an erasure nothing in a shop's whole data folder holds the address: tables, copies, archive, logs, storage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.operations.address_search import look_into


def test_an_erased_address_is_nowhere_in_the_data_folder(
    tmp_path: Path,
    tiny_shop: Callable[[Path], Path],
    sprint: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPRINT_NOW", "2026-11-15T00:00:00Z")
    data = tmp_path / "data"
    sprint("add", tiny_shop(tmp_path / "shop"), "--data", data)
    sprint("tick", "--data", data, "--hour", "2026-11-14T12Z")
    broken = data / "landing/orders/broken.csv.gz"
    broken.write_bytes(b"\x1f\x8bada@example.org")
    (data / "landing/orders/waiting.csv").write_text("order_id,buyer_email\nz,ada@example.org\n")
    before = json.loads(sprint("metrics", "--json", "--data", data))
    report = json.loads(sprint("erase", "--email", "Ada@example.org", "--data", data, "--json"))
    assert (report["buyers_removed"], report["files_holding"], report["is_proven"]) == (1, [], True)
    assert report["removed_files"] == ["landing/orders/broken.csv.gz", "landing/orders/waiting.csv"]
    files = [path for path in data.rglob("*") if path.is_file() and not path.is_symlink()]
    assert report["files_searched"] == len(files)
    folders = {path.relative_to(data).parts[0] for path in files}
    assert {"warehouse.duckdb", "published", "archive", "dagster", "private"} <= folders
    assert not [path for path in files if b"ada@example.org" in path.read_bytes().lower()]
    # The one who was not erased is still known, in the one place where people are.
    assert [path.name for path in files if look_into(path, "bob@example.org") != "clean"] == ["buyers.sqlite"]
    assert json.loads(sprint("metrics", "--json", "--data", data)) == before
    again = CliRunner().invoke(app, ["erase", "--email", "nobody", "--data", str(data)])
    assert "expected an e-mail address" in str(again.exception)
