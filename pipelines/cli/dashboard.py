"""`sprint dashboard` and `sprint dagster`: the two web pages, each on the loopback address alone."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.settings import PROJECT_ROOT, Settings

LOOPBACK = "127.0.0.1"
# How many ports are tried: past that something else is wrong with the machine.
_PORTS_TRIED = 50

Port = Annotated[int, typer.Option(help="The first port to try; a taken one gives the next.", min=1, max=65535)]


def dashboard(data: DataDir = None, port: Port = 8501) -> None:
    """Open the dashboards on the published snapshot."""
    settings = Settings.from_env(data)
    chosen = free_port(port)
    _announce("Dashboards", chosen, settings.data_dir)
    _become(streamlit_command(chosen), settings)


def dagster(data: DataDir = None, port: Port = 3000) -> None:
    """Open Dagster's pages, and let its daemon run the hourly tick."""
    settings = Settings.from_env(data)
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    chosen = free_port(port)
    _announce("Dagster", chosen, settings.data_dir)
    _become(dagster_command(chosen), settings)


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on.

    Raises:
        OSError: None of the ports tried is free.
    """
    for port in range(first, min(first + _PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            # As servers do: a port whose last connection lingers is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    message = f"no free port from {first} on; name another with --port"
    raise OSError(message)


def streamlit_command(port: int) -> list[str]:
    """How the app is started: loopback, no browser, nothing sent anywhere."""
    app = PROJECT_ROOT / "dashboards" / "app.py"
    flags = {
        "server.address": LOOPBACK,
        "server.port": str(port),
        "server.headless": "true",
        "browser.serverAddress": LOOPBACK,
        "browser.gatherUsageStats": "false",
    }
    return [sys.executable, "-m", "streamlit", "run", str(app), *(f"--{name}={value}" for name, value in flags.items())]


def dagster_command(port: int) -> list[str]:
    """How Dagster's pages and daemon are started."""
    return [sys.executable, "-m", "dagster", "dev", "-h", LOOPBACK, "-p", str(port), "-m", "pipelines.definitions"]


def _announce(what: str, port: int, data_dir: Path) -> None:
    Console().print(f"{what} of {data_dir}: http://{LOOPBACK}:{port}  (stop with Ctrl+C)", highlight=False)


def _become(command: list[str], settings: Settings) -> None:
    # The server takes this process over, so that a signal reaches it and no parent outlives it.
    os.chdir(PROJECT_ROOT)
    os.execve(command[0], command, os.environ | settings.environment())  # noqa: S606 - our own interpreter, no shell
