from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

CHROMIUM = shutil.which("chromium")
APP = Path(__file__).parents[2] / "dashboards" / "app.py"


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Run a page of the app on a data folder, as a browser would by its address."""

    def open_on(data_dir: Path, page: str | None = None, **query: str) -> AppTest:
        monkeypatch.setenv("SPRINT_DATA", str(data_dir))
        app = AppTest.from_file(str(APP), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page is not None:
            app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception
        return app

    return open_on


@pytest.fixture
def shown() -> Callable[[AppTest], str]:
    """All text of a page, the app's own HTML included, listings of code left out."""

    def text_of(app: AppTest) -> str:
        read = [element for element in app.main if element.type != "code"]
        parts = [str(getattr(element.proto, "body", "")) or str(getattr(element, "value", "")) for element in read]
        return re.sub(r"<pre>.*?</pre>", "", "\n".join(parts), flags=re.DOTALL)

    return text_of


@pytest.fixture(scope="session")
def contrast() -> str:
    """A script for a page: its texts whose contrast is too low, each with its contrast."""
    return Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()
