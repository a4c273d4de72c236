"""Who is who, what the table says, and that every function with data asks it first."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from published_snapshot import FINAL, write_snapshot
from signed_in import CLAIMS, ENVIRONMENT, ORIGIN, PEOPLE, write_sign_in

from dashboards import queries
from dashboards.access.guard import RefusedError, reading_for
from dashboards.access.identity import sign_in_settings, viewer_of_claims
from dashboards.access.table import DOWNLOADS, PAGES, ROLES, TITLES, as_markdown, may_any
from dashboards.queries import connection, plans, sales, snapshots
from pipelines.contracts.sign_in import SignInError, parse_sign_in
from pipelines.settings import PROJECT_ROOT, Settings, SettingsError

# These say which snapshot there is and open the door; they give no row.
NO_DATA = {"data_dir", "current_snapshot", "kept_snapshot", "manifest_of", "run"}


def data_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    for module in pkgutil.iter_modules(queries.__path__):
        loaded = importlib.import_module(f"dashboards.queries.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == loaded.__name__ and not name.startswith("_") and name not in NO_DATA:
                yield f"{module.name}.{name}", function


FUNCTIONS = dict(data_functions())


def test_the_documentation_shows_the_table() -> None:
    assert as_markdown() in (PROJECT_ROOT / "docs" / "access.md").read_text(encoding="utf-8")


def test_every_page_is_in_the_table() -> None:
    assert set(PAGES) == {path.stem for path in (PROJECT_ROOT / "dashboards" / "app_pages").glob("[!_]*.py")}
    assert set(TITLES) == {*PAGES, *DOWNLOADS}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_data_function_says_whom_it_serves_and_refuses_all_others(name: str) -> None:
    function = FUNCTIONS[name]
    assert hasattr(function, "serves"), f"{name} gives data: put @serves(…) before it"
    arguments = [None] * len(inspect.signature(function).parameters)
    for role in (*ROLES, "open", None):
        if not may_any(role, function.serves):
            with reading_for(role), pytest.raises(RefusedError):
                function(*arguments)


def test_the_door_to_the_tables_is_shut_to_what_was_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_snapshot(tmp_path)
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    snapshot = snapshots.current_snapshot()
    assert snapshot is not None
    with reading_for("owner"):
        assert plans.drop_row(snapshot, FINAL)
        with pytest.raises(RefusedError):
            connection.run(snapshot, "select * from marts.dim_drops")


def test_what_one_role_has_read_does_not_answer_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_snapshot(tmp_path)
    monkeypatch.setenv("SPRINT_DATA", str(tmp_path))
    snapshot = snapshots.current_snapshot()
    assert snapshot is not None
    with reading_for("owner"):
        assert not sales.sales_of_drops(snapshot, (FINAL,)).is_empty()
    with reading_for("ops"), pytest.raises(RefusedError):
        sales.sales_of_drops(snapshot, (FINAL,))


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        *((CLAIMS[role], role) for role in ROLES),
        (CLAIMS["stranger"], None),
        (CLAIMS["unverified"], None),
        (CLAIMS["nobody"], None),
        ({}, None),
        (CLAIMS["owner"] | {"email_verified": "true"}, "owner"),
        (CLAIMS["owner"] | {"email_verified": 1}, "owner"),
        (CLAIMS["owner"] | {"email_verified": "false"}, None),
        (CLAIMS["owner"] | {"email_verified": None}, None),
        ({"is_logged_in": True, "email": PEOPLE["owner"]}, None),
        (CLAIMS["owner"] | {"is_logged_in": "yes"}, None),
        (CLAIMS["owner"] | {"email": ["olga@shop.example"]}, None),
        # The long s is an s in Unicode's lower case: another mailbox all the same.
        (CLAIMS["owner"] | {"email": "olga@ſhop.example"}, None),
        (CLAIMS["owner"] | {"email": ""}, None),
    ],
)
def test_a_role_comes_of_a_verified_address_alone(claims: dict[str, Any], role: str | None) -> None:
    viewer = viewer_of_claims(claims, Settings.from_env(Path("/nowhere"), ENVIRONMENT))
    assert viewer.role == role
    assert (viewer.why == "") == (role is not None)


def test_one_address_has_one_role() -> None:
    with pytest.raises(SettingsError, match="two roles"):
        Settings.from_env(Path("/nowhere"), {"SPRINT_OWNERS": "a@b.co", "SPRINT_OPS": "A@b.co"})
    with pytest.raises(SettingsError, match="with commas between"):
        Settings.from_env(Path("/nowhere"), {"SPRINT_OWNERS": "a@b.co, ops"})


def test_an_app_that_began_with_a_sign_in_never_falls_open(tmp_path: Path) -> None:
    path = write_sign_in(tmp_path)
    settings = Settings(tmp_path)
    sign_in = sign_in_settings(settings)
    assert sign_in is not None
    assert sign_in.origin == ORIGIN
    path.unlink()
    assert sign_in_settings(settings) is not None


def test_a_sign_in_file_that_was_asked_for_and_is_not_there_is_no_open_app(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        sign_in_settings(Settings(tmp_path, sign_in_file=tmp_path / "gone.toml"))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("[auth]", "[other]"), "no section"),
        (("[auth]", "[auth"), "not valid TOML"),
        (('client_id = "shop"', ""), "lacks: client_id"),
        (("a secret of the tests, longer than 32 characters", "short"), "at least 32"),
        (("http://127.0.0.1:8551", "http://shop.example"), "must be https"),
        (("https://id.example", "http://id.example"), "must be https"),
        (("oauth2callback", "callback"), "must end in"),
    ],
)
def test_a_sign_in_file_that_cannot_be_used_says_why(tmp_path: Path, change: tuple[str, str], what: str) -> None:
    text = write_sign_in(tmp_path).read_text(encoding="utf-8")
    assert parse_sign_in(text).origin == ORIGIN
    with pytest.raises(SignInError, match=what):
        parse_sign_in(text.replace(*change))
