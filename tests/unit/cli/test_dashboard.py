from __future__ import annotations

import socket
from pathlib import Path

import pytest
from signed_in import write_sign_in

from pipelines.cli.dashboard import LOOPBACK, check_sign_in, dagster_command, free_port, streamlit_command
from pipelines.contracts.sign_in import SignInError
from pipelines.settings import Settings


def test_a_taken_port_gives_the_next_one() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_no_free_port_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.cli.dashboard._PORTS_TRIED", 1)
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        with pytest.raises(OSError, match="--port"):
            free_port(taken.getsockname()[1])


def test_both_servers_listen_on_loopback_alone_and_send_nothing() -> None:
    assert "--server.address=127.0.0.1" in streamlit_command(8501)
    assert "--browser.gatherUsageStats=false" in streamlit_command(8501)
    assert dagster_command(3000)[4:8] == ["-h", "127.0.0.1", "-p", "3000"]


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.7", "::", "shop.example"])  # noqa: S104
def test_without_a_sign_in_the_app_is_this_machines_alone(tmp_path: Path, address: str) -> None:
    with pytest.raises(SignInError, match="no sign-in is set up"):
        check_sign_in(Settings(tmp_path), address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "localhost"])
def test_an_open_app_may_listen_on_any_name_of_this_machine(tmp_path: Path, address: str) -> None:
    assert check_sign_in(Settings(tmp_path), address) is None


def test_a_sign_in_opens_other_addresses_and_needs_its_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sign_in(tmp_path)
    monkeypatch.setattr("pipelines.cli.dashboard.find_spec", lambda _: object())
    assert check_sign_in(Settings(tmp_path), "0.0.0.0") == path  # noqa: S104
    assert f"--secrets.files={path}" in streamlit_command(8501, LOOPBACK, path)
    monkeypatch.setattr("pipelines.cli.dashboard.find_spec", lambda name: None if name == "httpx" else object())
    with pytest.raises(SignInError, match="needs httpx: pip install httpx"):
        check_sign_in(Settings(tmp_path), LOOPBACK)


def test_a_broken_or_missing_sign_in_never_starts_an_open_app(tmp_path: Path) -> None:
    with pytest.raises(SignInError, match="which is not there"):
        check_sign_in(Settings(tmp_path, sign_in_file=tmp_path / "gone.toml"), LOOPBACK)
    write_sign_in(tmp_path).write_text("", encoding="utf-8")
    with pytest.raises(SignInError, match="no section"):
        check_sign_in(Settings(tmp_path), LOOPBACK)
