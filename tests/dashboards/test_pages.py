"""Every page on a shop's data, on nothing, and on orders alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from published_snapshot import FINAL, LIVE, write_snapshot
from streamlit.testing.v1 import AppTest

from dashboards.components import wording
from pipelines.operations.reports import write_report
from pipelines.settings import Settings

Open = Callable[..., AppTest]
Shown = Callable[[AppTest], str]

PAGES = {
    "pricing": [
        "Price bands now and next",
        "Best expected worth",
        "One band an hour",
        "£66.96",
        "less than list price",
    ],
    "fulfilment": [
        "31.2 h",
        "from 28.1 h",
        "Share delivered by hours since the order",
        "North locker",
        "Parcels still waiting",
    ],
    "velocity": [
        "58 units sold of 360 staged",
        "Share of stock sold",
        "Pine tar soap",
        "By item and hub",
        "Stock left",
    ],
    "repeat": [
        "30 days not over yet",
        "90 buyers, none of them 30 days on",
        "Early bird soaps",
        "month of their first",
    ],
    "unboxing": ["5 scans and 1 share of 12 boxes", "2 scans by robots", "Share of boxes scanned"],
    "compare": [
        "Units sold since the start",
        "Early bird soaps",
        "£2,418.00",
        "too few",
        "The drop before: Early bird soaps",
    ],
    "health": [
        "1 file could not be read",
        "1 hour was missed",
        "Quantity: min",
        "12,340.50",
        "the gzip stream ends early",
    ],
    "audit": ["Not written yet", "sprint report advent-2", "Nothing has come back so far"],
    "dictionary": ["Kaplan and Meier", "Inventory velocity", "Answers for it", "Formula"],
}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202egnp.exe"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_its_numbers_and_no_column_name(tmp_path: Path, open_page: Open, shown: Shown, page: str) -> None:
    folder = write_snapshot(tmp_path, drop_name=HOSTILE, sku_title=HOSTILE, return_reason=HOSTILE)
    text = shown(open_page(tmp_path, page, drop=LIVE))
    missing = [part for part in [*PAGES[page], folder.name] if part.lower() not in text.lower()]
    assert missing == []
    assert "<script" not in text
    # The app's own pictures are its sparklines.
    assert re.findall(r'<img(?! src="data:image/svg)', text) == []
    if page == "dictionary":
        return  # it explains the columns by their names
    words = re.sub(r"<[^>]*>", " ", text.replace(str(tmp_path), ""))
    assert re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b", words) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_data_says_what_to_do(tmp_path: Path, open_page: Open, shown: Shown, page: str) -> None:
    assert "sprint add PATH" in shown(open_page(tmp_path, page))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_orders_alone_opens(tmp_path: Path, open_page: Open, shown: Shown, page: str) -> None:
    write_snapshot(tmp_path, with_drops=False)
    text = shown(open_page(tmp_path, page))
    if page in ("pricing", "velocity", "compare", "audit"):
        assert "sprint add drops/my-drop.yaml" in text


def test_the_drop_goes_along_from_page_to_page(tmp_path: Path, open_page: Open) -> None:
    write_snapshot(tmp_path)
    app = open_page(tmp_path, "velocity", drop=FINAL)
    assert app.selectbox(key="drop").value == FINAL


def test_a_link_to_an_older_snapshot_keeps_its_numbers_and_offers_the_current(
    tmp_path: Path, open_page: Open, shown: Shown
) -> None:
    write_snapshot(tmp_path, snapshot_id="old", drop_name="Before")
    write_snapshot(tmp_path, snapshot_id="new", drop_name="After")
    app = open_page(tmp_path, snapshot="old")
    text = shown(app)
    assert "Before" in text
    assert "snapshot old" in text
    assert "older snapshot" in text
    text = shown(app.button[0].click().run())
    assert "After" in text
    assert "older snapshot" not in text


def test_a_link_to_a_snapshot_that_is_gone_says_so(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, snapshot_id="new")
    text = shown(open_page(tmp_path, snapshot="../../etc"))
    assert "no longer kept" in text
    assert "snapshot new" in text


def test_too_few_cases_are_not_a_number() -> None:
    assert wording.if_enough("50.0%", 19) == "too few"
    assert wording.if_enough("50.0%", 20) == "50.0%"
    assert wording.if_enough("–", 0) == "–"


def test_a_written_report_can_be_downloaded_and_says_its_age(tmp_path: Path, open_page: Open, shown: Shown) -> None:
    write_snapshot(tmp_path, snapshot_id="old")
    write_report(Settings(tmp_path), LIVE)
    app = open_page(tmp_path, "audit", drop=LIVE)
    assert "Made from the snapshot of this page" in shown(app)
    for label in ("Report (PDF)", "Workbook (XLSX)", "All figures (JSON)"):
        assert f">{label}</a>" in shown(app)
    write_snapshot(tmp_path, snapshot_id="new")
    assert "Made from snapshot old. For newer numbers" in shown(open_page(tmp_path, "audit", drop=LIVE))
