"""The app in a real browser: what AppTest cannot see. One server and one browser serve all tests of this module."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from published_snapshot import FINAL, LIVE, write_snapshot
from served_app import serve_app

from dashboards.access.table import PAGES, TITLES
from pipelines.cli.dashboard import LOOPBACK, free_port, streamlit_command
from pipelines.operations.reports import write_report
from pipelines.settings import Settings

FORMULA = "=HYPERLINK(1)"
FIRST = next(iter(PAGES))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_snapshot(folder, snapshot_id="20261205T140000Z-0001", drop_name="An hour ago")
    write_snapshot(folder, sku_title=FORMULA)
    write_report(Settings(folder), LIVE)
    return folder


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[str]:
    port = free_port(8600)
    origin = f"http://{LOOPBACK}:{port}"
    with serve_app(streamlit_command(port), origin, data_dir):
        yield origin


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_address_opens_without_an_error_calls_nobody_fits_and_can_be_read(
    address: str, browser: Any, contrast: str, width: int, scheme: str
) -> None:
    errors: list[str] = []
    strangers: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: errors.append(answer.url) if answer.status >= 400 else None)
    page.on("request", lambda request: strangers.append(request.url) if is_outside(request.url) else None)
    for name in PAGES:
        page.goto(f"{address}/{'' if name == FIRST else name}?drop={LIVE}")
        page.get_by_role("heading", name=TITLES[name], level=1).wait_for(timeout=60_000)
        ready(page)
        for chart in page.get_by_test_id("stPlotlyChart").all():
            chart.locator(".main-svg").first.wait_for()
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), name
        assert page.evaluate(contrast) == [], name
    page.close()
    assert errors == []
    assert strangers == []


def test_the_menu_leads_to_every_page(address: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{address}/?drop={LIVE}")
    ready(page)
    open_menu(page)
    links = page.get_by_test_id("stSidebarNavLink")
    titles = [link.inner_text().split("\n")[-1] for link in links.all()]
    assert titles == [TITLES[name] for name in PAGES]
    for title in titles:
        go_to(page, title)
    page.close()


def test_filters_survive_a_reload_and_a_shared_link_shows_the_same_numbers(
    address: str, browser: Any, contrast: str
) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?drop={FINAL}&snapshot=20261205T140000Z-0001")
    ready(page)
    pick(page, "Compare with", "The whole shop")
    page.wait_for_url(re.compile("compare=shop"))
    ready(page)
    link, shown = page.url, tiles(page)
    assert f"drop={FINAL}" in link
    assert "snapshot=20261205T140000Z-0001" in link
    page.reload()
    ready(page)
    assert (page.url, tiles(page)) == (link, shown)
    go_to(page, "Repeat")
    assert f"drop={FINAL}" in page.url
    assert "compare=shop" in page.url
    page.close()
    stranger = browser.new_context(color_scheme="dark").new_page()
    stranger.goto(link)
    ready(stranger)
    assert stranger.evaluate(contrast) == []
    assert tiles(stranger) == shown
    assert "older snapshot" in stranger.content()
    stranger.context.close()


def test_a_tile_leads_to_its_rows_and_says_how_it_is_worked_out_by_keyboard_alone(address: str, browser: Any) -> None:
    errors: list[str] = []
    page = browser.new_page()
    page.on("response", lambda answer: errors.append(answer.url) if answer.status >= 400 else None)
    page.goto(f"{address}/?drop={LIVE}")
    ready(page)
    summary = page.locator(".fs-tile summary").first
    for _ in range(40):
        page.keyboard.press("Tab")
        if summary.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Enter")
    tile = page.locator(".fs-tile").first
    assert "Kaplan and Meier" in tile.inner_text()
    assert "20261205T150000Z-0001" in tile.inner_text()
    tile.get_by_role("link", name="See its rows").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Parcels behind the number").wait_for(timeout=30_000)
    assert f"drop={LIVE}" in page.url
    page.close()
    assert errors == []


def test_downloads_open(address: str, browser: Any, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(f"{address}/audit?drop={LIVE}")
    ready(page)
    workbook = openpyxl.load_workbook(fetch(page, "Workbook (XLSX)", tmp_path / "report.xlsx"))
    kinds = {type(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row}
    assert {str, int, float} <= kinds
    pdf = fetch(page, "Report (PDF)", tmp_path / "report.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-")
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
        assert "Second Advent soaps" in read
        # Each page ends with a form feed.
        assert read.count("\f") >= 2
    go_to(page, "Velocity")
    table = fetch(page, "CSV", tmp_path / "table.csv")
    with table.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == ["# Flash-Sprints: By item"]
    head = "\n".join(",".join(line) for line in lines[:5])
    for part in (f"drop = {LIVE}", "20261205T150000Z-0001", "All instants are UTC", "Europe/London"):
        assert part in head
    cells = [cell for line in lines if not line[0].startswith("#") for cell in line]
    assert f"'{FORMULA}" in cells
    assert FORMULA not in cells
    page.close()


def test_a_new_tick_appears_without_a_restart(address: str, browser: Any, data_dir: Path) -> None:
    page = browser.new_page()
    page.goto(f"{address}/?drop={LIVE}")
    ready(page)
    write_snapshot(data_dir, snapshot_id="20261205T160000Z-0002", drop_name="An hour later")
    page.get_by_role("heading", name="An hour later").wait_for(timeout=60_000)
    page.locator(".fs-foot", has_text="20261205T160000Z-0002").wait_for(timeout=60_000)
    page.close()


def ready(page: Any) -> None:
    """Wait until the page has run to its foot."""
    page.wait_for_selector(".fs-foot", timeout=60_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)


def open_menu(page: Any) -> None:
    """On a phone the menu is folded away."""
    button = page.get_by_test_id("stExpandSidebarButton")
    if button.is_visible():
        button.click()


def go_to(page: Any, title: str) -> None:
    """Go to a page through the menu, and wait until it is there."""
    open_menu(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
    page.get_by_role("heading", name=title, level=1).wait_for(timeout=60_000)
    ready(page)


def pick(page: Any, label: str, option: str) -> None:
    """Choose in a selectbox."""
    page.get_by_test_id("stSelectbox").filter(has_text=label).get_by_role("combobox").click()
    page.get_by_role("option", name=option).click()


def tiles(page: Any) -> list[str]:
    """The texts of all tiles."""
    found: list[str] = page.locator(".fs-tile").all_inner_texts()
    assert found
    return found


def fetch(page: Any, label: str, path: Path) -> Path:
    """Download what the first control of that name gives."""
    with page.expect_download(timeout=60_000) as download:
        page.get_by_text(label, exact=True).first.click()
    download.value.save_as(str(path))
    return path


def is_outside(url: str) -> bool:
    return "127.0.0.1" not in url and not url.startswith(("data:", "blob:"))
