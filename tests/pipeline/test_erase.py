"""After an erasure nothing in a shop's whole data folder holds the address: tables, copies, archive, logs, storage."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.contracts.erasure_report import ErasureReport
from pipelines.operations.address_search import look_into
from pipelines.warehouse.publish import publish_snapshot

# Ada again, this time with her consent, and a row that is rejected whatever else it holds.
MORE_ORDERS = """\
order_id,line_number,sku,quantity,unit_price,currency_code,channel,status,ordered_at,updated_at,buyer_email,\
fulfilment,marketing_consent,gift note
d,1,007,1,10.00,EUR,web,placed,2026-11-13T13:00:00Z,2026-11-13T13:00:00Z,ada@example.org,pickup,true,ada@example.org
e,1,007,0,10.00,EUR,web,placed,2026-11-13T13:00:00Z,2026-11-13T13:00:00Z,ada@example.org,pickup,true,ada@example.org
"""


def holding(data: Path, address: str) -> list[str]:
    """Every file below a folder that holds an address or cannot be looked into, by its path there."""
    files = sorted(path for path in data.rglob("*") if path.is_file() and not path.is_symlink())
    return [str(path.relative_to(data)) for path in files if look_into(path, address) != "clean"]


def test_an_erased_address_is_nowhere_in_the_data_folder(
    tmp_path: Path,
    tiny_shop: Callable[[Path], Path],
    sprint: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPRINT_NOW", "2026-11-15T00:00:00Z")
    # As for a large shop: facts are published as Parquet parts.
    monkeypatch.setattr(publish_snapshot, "__defaults__", (1,))
    data = tmp_path / "data"
    shop = tiny_shop(tmp_path / "shop")
    (shop / "orders_more.csv").write_text(MORE_ORDERS)
    sprint("add", shop, "--data", data)
    (data / "landing/orders/broken.csv.gz").write_bytes(b"\x1f\x8bada@example.org")
    sprint("tick", "--data", data, "--hour", "2026-11-14T12Z")
    sprint("report", "tiny", "--data", data)
    sprint("followups", "tiny", "--data", data)
    (data / "landing/orders/waiting.csv").write_text("order_id,buyer_email\nz,ada@example.org\n")
    before = json.loads(sprint("metrics", "--json", "--data", data))
    # Only where people may be; the rejected row, the extra column, archive, copies, report and logs are masked already.
    waiting, store, written, broken = holding(data, "ada@example.org")
    assert (waiting, store) == ("landing/orders/waiting.csv", "private/buyers.sqlite")
    assert written == "private/followups/tiny.csv"
    assert broken.startswith("quarantine/orders-")
    report = json.loads(sprint("erase", "--email", "Ada@example.org", "--data", data, "--json"))
    jsonschema.validate(report, ErasureReport.model_json_schema(mode="serialization"))
    assert (report["buyers_removed"], report["files_holding"], report["is_proven"]) == (1, [], True)
    assert sorted(report["removed_files"]) == [waiting, written, broken]
    files = [path for path in data.rglob("*") if path.is_file() and not path.is_symlink()]
    assert report["files_searched"] == len(files)
    assert report["files_not_searched"] == []
    folders = {path.relative_to(data).parts[0] for path in files}
    assert {"warehouse.duckdb", "published", "archive", "dagster", "private", "reports"} <= folders
    assert [path for path in (data / "published").rglob("*.parquet") if path.is_file()]
    assert holding(data, "ada@example.org") == []
    assert not [path for path in files if b"ada@example.org" in path.read_bytes().lower()]
    # The one who was not erased is still known, in the one place where people are.
    assert holding(data, "bob@example.org") == ["private/buyers.sqlite"]
    assert json.loads(sprint("metrics", "--json", "--data", data)) == before
    again = CliRunner().invoke(app, ["erase", "--email", "nobody", "--data", str(data)])
    assert "expected an e-mail address" in str(again.exception)
