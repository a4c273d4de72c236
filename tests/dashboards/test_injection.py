"""Hostile text in every field comes out inert: on pages, in tables to download, in each file of the report."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from hostile_shop import HOSTILE, write_hostile_snapshot
from published_snapshot import FINAL, LIVE
from signed_in import ask
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from dashboards.access.table import PAGES
from dashboards.serving.routes import download_routes
from pipelines.operations.reports import write_report
from pipelines.settings import Settings

Open = Callable[..., AppTest]
ACTIVE_TAGS = {"script", "iframe", "object", "embed", "form", "input", "button", "svg", "math", "link", "meta", "base"}
# Ours alone: a link within the app, and a picture that cannot run anything.
OWN_ADDRESS = re.compile(r"(/?[a-z]|[?#])[^:]*|data:image/svg\+xml;base64,[A-Za-z0-9+/=]+")


class Markup(HTMLParser):
    """What a browser would take for markup."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ACTIVE_TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            is_link = name in ("href", "src", "action", "formaction", "xlink:href")
            if name.startswith("on") or (is_link and not OWN_ADDRESS.fullmatch(value or "")):
                self.wrong.append(f"{tag} {name}={value}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_snapshot(folder)
    write_report(Settings(folder), FINAL)
    return folder


@pytest.mark.parametrize("drop", [LIVE, FINAL])
def test_every_page_shows_hostile_text_as_text(shop: Path, open_page: Open, drop: str) -> None:
    app = open_page(shop, drop=drop)
    seen = 0
    for page in PAGES:
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, (page, app.exception)
        for element in app.main:
            if element.type == "html":
                markup = Markup()
                markup.feed(element.proto.body)
                assert markup.wrong == [], page
                seen += "cmd|" in element.proto.body
            elif element.type == "plotly_chart":
                # Plotly knows a little markup of its own; links are of it.
                drawn = str(json.loads(element.proto.spec))
                assert "<script" not in drawn, page
                assert "<a href" not in drawn, page
            elif element.type in ("markdown", "title", "header", "subheader", "caption"):
                assert "cmd|" not in str(element.proto), page
        for link in re.findall(r'href="(/downloads/tables/[^"]+)"', "".join(map(html_of, app.main))):
            assert_inert_csv(ask(Starlette(routes=download_routes()), link).body.decode())
    assert seen > 10


def html_of(element: object) -> str:
    return str(element.proto.body) if getattr(element, "type", "") == "html" else ""  # type: ignore[attr-defined]


def assert_inert_csv(text: str) -> None:
    body = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    for row in csv.reader(io.StringIO(body)):
        for cell in row:
            assert not cell.lstrip().startswith("="), cell


def test_every_csv_of_the_report_is_inert(shop: Path) -> None:
    files = sorted((shop / "reports" / FINAL / "csv").glob("*.csv"))
    assert len(files) > 10
    for path in files:
        assert_inert_csv(path.read_text(encoding="utf-8"))
    assert f"'{HOSTILE[:10]}" in "".join(path.read_text(encoding="utf-8") for path in files)


def test_every_hostile_cell_of_the_workbook_is_a_text_as_it_came(shop: Path) -> None:
    book = openpyxl.load_workbook(shop / "reports" / FINAL / "report.xlsx")
    hostile = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
                hostile += isinstance(cell.value, str) and cell.value.startswith("=cmd|")
    assert hostile > 10
    assert any(str(cell.value).startswith(HOSTILE) for row in book["items"].iter_rows() for cell in row)


def test_the_json_has_every_text_as_it_came(shop: Path) -> None:
    content = json.loads((shop / "reports" / FINAL / "report.json").read_text(encoding="utf-8"))
    assert content["name"].startswith(HOSTILE)
    assert all(row["sku"].startswith(HOSTILE) for row in content["tables"]["items"]["rows"])


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_the_pdf_prints_markup_as_it_stands_and_runs_nothing(shop: Path) -> None:
    path = shop / "reports" / FINAL / "report.pdf"
    text = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True).stdout
    printed = re.sub(r"\s+", "", text)
    for part in ("=cmd|'/ccalc'!A1", "<script>window.pwned=1</script>", "#setpage(width:1pt)*x*$y$", "**b**`c`:red[d]"):
        assert part in printed or part.replace("'", "’") in printed, part
    assert "\u202e" not in text
    raw = path.read_bytes()
    assert not re.search(rb"/(JavaScript|JS|Launch|OpenAction|URI)\b", raw)
