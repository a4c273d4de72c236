"""Every page, download and viewer, held against the table: by Streamlit's AppTest, and by the routes of the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from published_snapshot import FINAL, LIVE, write_snapshot
from signed_in import CLAIMS, ENVIRONMENT, SECRET, ask, cookie_of, write_sign_in
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from dashboards.access.table import DOWNLOADS, OPEN, PAGES, TITLES, VIEWERS, may
from dashboards.serving import requests
from dashboards.serving.routes import download_routes
from pipelines.cli.report import write_report
from pipelines.privacy import Buyer, open_key, remember_buyers
from pipelines.settings import Settings

APP = Path(__file__).parents[2] / "dashboards" / "app.py"
Shown = Callable[[AppTest], str]
ADDRESS = "keen@example.com"
LINK = re.compile(r'href="(/downloads/[^"]+)"')


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with a report and a buyer who agreed to be written to."""
    folder = tmp_path_factory.mktemp("shop")
    write_snapshot(folder)
    settings = Settings(folder)
    write_report(settings, FINAL)
    open_key(settings, is_new_folder=True)
    remember_buyers(settings, [Buyer(f"{FINAL}-b0", ADDRESS, None, True, None)])
    return folder


@pytest.fixture
def signed_in_shop(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPRINT_DATA", str(shop))
    monkeypatch.setenv("SPRINT_SIGN_IN", str(write_sign_in(shop / "sign-in")))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(requests, "get_cookie_secret", lambda: SECRET)
    return shop


def routes() -> Starlette:
    return Starlette(routes=download_routes())


@pytest.mark.usefixtures("signed_in_shop")
def test_each_role_gets_the_pages_of_the_table_and_the_downloads_on_them(shown: Shown) -> None:
    offered: dict[str, dict[str, list[str]]] = {}
    for viewer in CLAIMS:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.user = CLAIMS[viewer]
        app.query_params["drop"] = FINAL
        app.run()
        offered[viewer] = {page: look_at(app, page, viewer, shown) for page in PAGES}
    for viewer in VIEWERS[:-1]:
        follow_links_of(offered[viewer])
    assert any("/tables/" in link for link in offered["analyst"]["compare"])
    assert sum("/reports/" in link for link in offered["owner"]["audit"]) == 3
    assert sum("/followups/" in link for link in offered["owner"]["audit"]) == 1


def look_at(app: AppTest, page: str, viewer: str, shown: Shown) -> list[str]:
    """What a page shows a viewer, held against the table; the links to downloads on it."""
    app.switch_page(f"app_pages/{page}.py").run()
    assert not app.exception, (viewer, page, app.exception)
    text = shown(app)
    role = viewer if viewer in VIEWERS else None
    links = LINK.findall(text)
    if may(role, page):
        assert [title.value for title in app.title][:1] == [TITLES[page]]
        assert "fs-foot" in text
    else:
        assert "no access to this page" in text if role else "Flash-Sprints" in app.title[0].value
        assert "Early bird" not in text
        assert links == []
    for download in DOWNLOADS:
        assert may(role, download) or not any(f"/{download.rstrip('s')}" in link for link in links), (viewer, page)
    assert ADDRESS not in text
    return links


def follow_links_of(pages: dict[str, list[str]]) -> None:
    """Each link of a role is asked for by everybody."""
    for page, links in pages.items():
        for link in links:
            kind = link.split("/")[2]
            thing = {"tables": page, "reports": "report", "followups": "followups"}[kind]
            for viewer in CLAIMS:
                answer = ask(routes(), link, cookie_of(viewer))
                allowed = may(viewer if viewer in VIEWERS else None, thing)
                assert answer.status == (200 if allowed else 401 if viewer == "nobody" else 403), (viewer, link)
                assert allowed or b"advent-1" not in answer.body


@pytest.mark.usefixtures("signed_in_shop")
@pytest.mark.parametrize("viewer", [*CLAIMS, OPEN])
def test_people_are_given_to_the_owner_alone(monkeypatch: pytest.MonkeyPatch, viewer: str) -> None:
    if viewer == OPEN:
        monkeypatch.delenv("SPRINT_SIGN_IN")
    answer = ask(routes(), f"/downloads/followups/{FINAL}", {} if viewer == OPEN else cookie_of(viewer))
    assert (ADDRESS.encode() in answer.body) == (viewer == "owner")
    assert answer.status == {"owner": 200, "nobody": 401}.get(viewer, 403)
    assert answer.headers["cache-control"] == "no-store, private"
    assert answer.headers["x-content-type-options"] == "nosniff"
    if viewer == "owner":
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{FINAL}-followups.csv"


def test_an_open_app_shows_every_page_and_says_that_it_is_open(
    shop: Path, monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    monkeypatch.setenv("SPRINT_DATA", str(shop))
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["drop"] = FINAL
    app.run()
    for page in PAGES:
        links = look_at(app, page, OPEN, shown)
        assert "No sign-in is set up" in shown(app)
        for link in links:
            assert ask(routes(), link).status == 200, link
    assert "sprint followups" in shown(app.switch_page("app_pages/audit.py").run())


@pytest.mark.usefixtures("signed_in_shop")
@pytest.mark.parametrize(
    "cookie",
    [
        {},
        cookie_of("owner", secret=SECRET[::-1]),
        cookie_of("owner", origin="http://127.0.0.1:9999"),
        {"Cookie": "_streamlit_user=" + "x" * 50},
        {"Cookie": cookie_of("nobody")["Cookie"] + "x"},
    ],
    ids=["missing", "of another secret", "of another app", "rubbish", "changed"],
)
def test_a_cookie_that_is_not_of_this_apps_sign_in_is_nobodys(cookie: dict[str, str]) -> None:
    for path in (f"followups/{FINAL}", f"reports/{FINAL}/report.pdf", "tables/anything"):
        assert ask(routes(), f"/downloads/{path}", cookie).status == 401


@pytest.mark.usefixtures("signed_in_shop")
@pytest.mark.parametrize(
    "path",
    [
        f"followups/{FINAL}x", f"reports/{FINAL}/report.exe", "reports/../private/key", f"reports/{LIVE}/report.pdf",
        f"reports/{FINAL}/../../private/key", "tables/x", f"reports/{FINAL}/manifest.json/..",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found_even_by_the_owner(path: str) -> None:
    assert ask(routes(), f"/downloads/{path}", cookie_of("owner")).status == 404


@pytest.mark.usefixtures("signed_in_shop")
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_cannot_start_a_download(site: str) -> None:
    path = f"/downloads/followups/{FINAL}"
    assert ask(routes(), path, cookie_of("owner") | {"Sec-Fetch-Site": site}).status == 403
    assert ask(routes(), path, cookie_of("owner") | {"Sec-Fetch-Site": "same-origin"}).status == 200
