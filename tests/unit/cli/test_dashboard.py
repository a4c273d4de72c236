from __future__ import annotations

import socket

import pytest

from pipelines.cli.dashboard import LOOPBACK, dagster_command, free_port, streamlit_command


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
