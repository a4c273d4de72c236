"""Signing in from end to end: a browser, the app's own server, and a provider on this machine."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hostile_shop import write_hostile_snapshot
from oidc_provider import Provider, serve_provider
from published_snapshot import FINAL
from served_app import serve_app
from signed_in import ENVIRONMENT, PEOPLE, cookie_of, write_sign_in

from dashboards.access.table import PAGES, TITLES, may
from pipelines.cli.dashboard import LOOPBACK, free_port, streamlit_command
from pipelines.privacy import Buyer, open_key, remember_buyers
from pipelines.settings import Settings

needs_httpx = pytest.mark.skipif(find_spec("httpx") is None, reason="authlib signs in by httpx: it is not installed")
FOLLOWUPS = f"/downloads/followups/{FINAL}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    # Tokens must be of this hour: the app's own clock is what they are held against.
    with serve_provider(time.time()) as served:
        yield served


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("shop")
    write_hostile_snapshot(folder)
    settings = Settings(folder)
    open_key(settings, is_new_folder=True)
    remember_buyers(settings, [Buyer(f"{FINAL}-b0", "keen@example.com", None, True, None)])
    port = free_port(8700)
    origin = f"http://{LOOPBACK}:{port}"
    path = write_sign_in(folder, origin, provider.metadata_url)
    with serve_app(streamlit_command(port, LOOPBACK, path), origin, folder, ENVIRONMENT):
        yield origin


def sign_in(browser: Any, address: str, provider: Provider, claims: dict[str, Any]) -> Any:
    provider.claims = claims
    page = browser.new_context().new_page()
    page.goto(f"{address}/?drop={FINAL}")
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    return page


def test_without_a_sign_in_nothing_is_given(address: str) -> None:
    for path, status in {FOLLOWUPS: 401, "/downloads/tables/x": 401, "/media/0123.csv": 403}.items():
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(address + path)  # noqa: S310 - our own address
        assert refused.value.code == status
        refused.value.close()


def test_the_door_can_be_read_in_the_dark(browser: Any, address: str, contrast: str) -> None:
    page = browser.new_context(color_scheme="dark").new_page()
    page.goto(address)
    page.get_by_role("button", name="Sign in").wait_for(timeout=60_000)
    assert page.evaluate(contrast) == []


def test_the_owners_cookie_opens_every_page_and_no_hostile_text_runs(browser: Any, address: str) -> None:
    context = browser.new_context()
    name, _, value = cookie_of("owner", origin=address)["Cookie"].partition("=")
    context.add_cookies([{"name": name, "value": value, "url": address}])
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/?drop={FINAL}")
    for title in (TITLES[name] for name in PAGES):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click(timeout=60_000)
        page.get_by_role("heading", name=title, level=1).wait_for(timeout=60_000)
        page.wait_for_selector(".fs-foot", timeout=60_000)
        assert page.evaluate("window.pwned") is None, title
    assert dialogs == []


@needs_httpx
def test_the_owner_signs_in_takes_the_addresses_and_signs_out(browser: Any, address: str, provider: Provider) -> None:
    page = sign_in(browser, address, provider, {"email": PEOPLE["owner"], "email_verified": True})
    page.get_by_text("Signed in as owner").wait_for(timeout=60_000)
    page.goto(f"{address}/audit?drop={FINAL}")
    with page.expect_download(timeout=60_000) as started:
        page.get_by_role("link", name="Follow-ups (CSV)").click(timeout=60_000)
    assert "keen@example.com" in Path(started.value.path()).read_text(encoding="utf-8")
    with page.expect_download(timeout=60_000) as started:
        page.get_by_role("link", name="CSV of Returns by reason").click()
    assert Path(started.value.path()).read_text(encoding="utf-8").startswith("# Flash-Sprints: Returns by reason")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in").wait_for(timeout=60_000)
    assert page.request.get(address + FOLLOWUPS).status == 401


@needs_httpx
def test_a_link_to_a_page_of_other_roles_gets_a_sentence(browser: Any, address: str, provider: Provider) -> None:
    page = sign_in(browser, address, provider, {"email": PEOPLE["ops"], "email_verified": True})
    page.get_by_text("Signed in as ops").wait_for(timeout=60_000)
    shown = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
    assert [text.split("\n")[-1] for text in shown] == [TITLES[name] for name in PAGES if may("ops", name)]
    page.goto(f"{address}/compare?drop={FINAL}")
    page.get_by_text("Your role has no access to this page").wait_for(timeout=60_000)
    assert page.request.get(address + FOLLOWUPS).status == 403


@needs_httpx
@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email": "eve@other.example", "email_verified": True}, "have no role here"),
        ({"email": PEOPLE["owner"], "email_verified": False}, "has not verified your e-mail address"),
    ],
)
def test_who_has_no_role_is_told_why(
    browser: Any, address: str, provider: Provider, claims: dict[str, Any], why: str
) -> None:
    page = sign_in(browser, address, provider, claims)
    page.get_by_text(why).wait_for(timeout=60_000)
    assert page.locator(".fs-foot").count() == 0
    assert page.request.get(address + FOLLOWUPS).status == 403
