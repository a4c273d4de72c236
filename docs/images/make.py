"""Pictures of every page and of the report, from the demo: `make demo`, then `python docs/images/make.py`.

Needs Chromium and, for the report, poppler's `pdftoppm`; neither is needed by anything else of the project.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from pipelines.cli.dashboard import LOOPBACK, free_port, streamlit_command

ROOT = Path(__file__).resolve().parents[2]
OUT = Path(__file__).resolve().parent
PAGES = [path.stem for path in sorted((ROOT / "dashboards" / "app_pages").glob("*.py"))]
# A picture of 256 colours is a third of the size, and the pages have few.
COLOURS = 256
TALLEST = 2600
WIDE, NARROW = 1280, 390
IN_THE_DARK = ("pricing", "fulfilment")
# The demo's first item is sold out, and then there is no price to expect anything of.
ADDRESSES = {"overview": "", "pricing": "pricing?sku=LQ-ORN-213"}


def main() -> None:
    """Start the app on the demo, take the pictures, stop it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, default=ROOT / "data" / "demo")
    data = options.parse_args().data.resolve()
    port = free_port(8700)
    with (
        subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
            [sys.executable, *streamlit_command(port)[1:]],
            # Started in the checkout: the pages then show the data folder as it is typed there.
            cwd=ROOT,
            env=os.environ | {"SPRINT_DATA": str(data)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server
    ):
        try:
            wait_for(port)
            take_pictures(f"http://{LOOPBACK}:{port}")
        finally:
            server.terminate()
    picture_report(data)


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.2)


def take_pictures(address: str) -> None:
    """Every page on a desk in the light, some also in the dark, and the first one on a phone."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for page in PAGES:
            take_picture(browser, address, page, WIDE, "light")
        for page in IN_THE_DARK:
            take_picture(browser, address, page, WIDE, "dark")
        take_picture(browser, address, "overview", NARROW, "dark")
        browser.close()


def take_picture(browser: Any, address: str, name: str, width: int, scheme: str) -> None:
    """One page at its full height."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{address}/{ADDRESSES.get(name, name)}")
    settle(page)
    bottom = page.evaluate("() => document.querySelector('.fs-foot').getBoundingClientRect().bottom")
    page.set_viewport_size({"width": width, "height": min(int(bottom) + 40, TALLEST)})
    settle(page)
    kind = "-phone" if width == NARROW else "-dark" if scheme == "dark" else ""
    path = OUT / f"{name}{kind}.png"
    page.screenshot(path=str(path))
    page.close()
    shrink(path)


def settle(page: Any) -> None:
    """Wait until the page has run to its foot and every chart of it is drawn."""
    page.wait_for_selector(".fs-foot", timeout=60_000)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    for chart in page.get_by_test_id("stPlotlyChart").all():
        chart.locator(".main-svg").first.wait_for()
    # A taller window has the charts drawn once more, and the sign of a run takes a moment to fade.
    page.wait_for_timeout(2_000)


def picture_report(data: Path) -> None:
    """The first page of the newest drop's report."""
    reports = sorted((data / "reports").glob("*/report.pdf"))
    tool = shutil.which("pdftoppm")
    if not reports or tool is None:
        return
    command = [tool, "-png", "-r", "90", "-singlefile", str(reports[-1]), str(OUT / "report")]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - no shell
    shrink(OUT / "report.png")


def shrink(path: Path) -> None:
    """The same picture with fewer colours."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
