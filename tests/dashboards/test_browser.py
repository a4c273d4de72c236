"""The app in a real browser: what AppTest cannot see."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from published_snapshot import FINAL, write_snapshot

from pipelines.cli.dashboard import free_port, streamlit_command

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    write_snapshot(tmp_path)
    port = free_port(8600)
    environment = os.environ | {"SPRINT_DATA": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, *streamlit_command(port)[1:]],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(150):
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def test_pages_open_in_both_themes_and_on_a_phone_and_call_nobody(address: str) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    errors: list[str] = []
    strangers: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for width, scheme in ((1280, "light"), (390, "dark")):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            page.on("request", lambda request: strangers.append(request.url) if is_outside(request.url) else None)
            page.goto(f"{address}/?drop={FINAL}")
            page.wait_for_selector('[data-testid="stPlotlyChart"] .main-svg', timeout=30_000)
            assert "Early bird soaps" in page.inner_text("h2")
            assert f"drop={FINAL}" in page.url
            if width == 390:
                visit_every_page(page)
            page.close()
        browser.close()
    assert errors == []
    assert strangers == []


def visit_every_page(page: Any) -> None:
    """Go through the menu, and see that no page is wider than a phone."""
    links = page.get_by_test_id("stSidebarNavLink")
    page.get_by_test_id("stExpandSidebarButton").click()
    links.first.wait_for()
    titles = [link.inner_text().split("\n")[-1] for link in links.all()]
    assert len(titles) > 5
    for number, title in enumerate(titles):
        if not links.nth(number).is_visible():
            page.get_by_test_id("stExpandSidebarButton").click()
        links.nth(number).click()
        page.get_by_role("heading", name=title, level=1).wait_for(timeout=30_000)
        page.wait_for_selector(".fs-foot", timeout=30_000)
        main = page.get_by_test_id("stMain")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), title


def is_outside(url: str) -> bool:
    return "127.0.0.1" not in url and not url.startswith(("data:", "blob:"))
