from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from pipelines.cli.app import app
from pipelines.cli.plan import draft_from_sales
from pipelines.cli.plan_check import check_plan
from pipelines.contracts.plan_template import render_plan
from pipelines.warehouse.sold_skus import Sales, SoldSku
from tests.unit.cli.test_plan_check import PLAN


@pytest.fixture
def data(tmp_path):
    return ["--data", str(tmp_path)]


def run(*arguments):
    return CliRunner().invoke(app, ["plan", *map(str, arguments)])


def sales(**changes):
    sold = SoldSku("A", "Candle", None, 280, 200, Decimal("9.0000"), Decimal("10.0000"), Decimal("11.0000"))
    known = {
        "since": datetime(2026, 10, 23, tzinfo=UTC), "until": datetime(2026, 11, 20, tzinfo=UTC),
        "currency_code": "EUR", "skus": (sold,), "units_by_channel": {"web": 210, "popup": 70}, "timezone": None,
        "tax_rate": None, "fee_by_channel": {"web": Decimal("0.03")}, "hubs": ("HUB-1",),
    }  # fmt: skip
    return Sales(**known | changes)


def test_a_template_is_printed_or_written_but_replaces_nothing(tmp_path):
    assert "drop_id: advent\n" in run("new", "advent").output
    path = tmp_path / "advent.yaml"
    assert run("new", "advent", "--out", path).exit_code == 0
    written = path.read_text()
    assert run("new", "other", "--out", path).exit_code == 1
    assert path.read_text() == written


def test_a_draft_says_what_was_sold_and_invents_nothing():
    text = render_plan(draft_from_sales("advent", sales(), 28))
    for part in ("sku: A\n", "list_price: 10.00", "bands: {low: 8.80, mid: 10.00, high: 11.20}", "forecast_units: 30",
                 "web: {fee_rate: 0.03}", "popup: {fee_rate: }  # TO FILL", "unit_cost:  # TO FILL",
                 "timezone:  # TO FILL", "tax_rate:  # TO FILL", "web 75%, popup 25%", "Sold 280 units in 200 orders",
                 "Known hubs: HUB-1."):  # fmt: skip
        assert part in text, part
    assert not check_plan("draft", text, None).is_accepted


def test_a_draft_of_a_shop_without_orders_says_what_to_do(data):
    result = run("new", "advent", "--from-sales", *data)
    assert result.exit_code == 1
    assert "sprint add" in str(result.exception)


def test_a_check_prints_findings_with_file_and_line_and_its_exit_code_says_the_verdict(tmp_path, data):
    path = tmp_path / "advent.yaml"
    path.write_text(PLAN)
    good = run("check", path, *data)
    assert good.exit_code == 0
    assert "The plan would be accepted: 0 errors, 1 warnings." in good.output
    path.write_text(PLAN.replace("unit_cost: 4.00", "unit_cost: 9.00"))
    bad = run("check", path, *data)
    assert bad.exit_code == 1
    assert f"{path}, line 15: CANDLE in popup: the list price 10.00 EUR is below the floor" in bad.output
    assert "(rule list_price_keeps_the_margin)" in bad.output


def test_json_holds_the_same(tmp_path, data):
    path = tmp_path / "advent.yaml"
    path.write_text(PLAN)
    report = json.loads(run("check", path, "--json", *data).stdout)
    assert report["is_accepted"] is True
    assert report["floors"][0]["floor_amount"] == "5.95"
    assert len(report["holdout_hours"]) == 5


def test_a_drop_is_checked_by_the_highest_version_handed_over(tmp_path, data):
    (tmp_path / "archive/drops").mkdir(parents=True)
    (tmp_path / "landing/drops").mkdir(parents=True)
    (tmp_path / "archive/drops/first.yaml.gz").write_bytes(gzip.compress(PLAN.encode()))
    (tmp_path / "landing/drops/second.yaml").write_text(PLAN.replace("version: 1", "version: 2"))
    (tmp_path / "landing/drops/broken.yaml").write_text("drop_id: [")
    assert "second.yaml, line" in run("check", "advent", *data).output.replace("\n", "")
    missing = run("check", "spring", *data)
    assert missing.exit_code == 1
    assert "no plan of that id" in str(missing.exception)
