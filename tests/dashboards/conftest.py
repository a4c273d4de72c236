from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
