"""`sprint dashboard` and `sprint dagster`: the two web pages. Without a sign-in they answer this machine alone."""

from __future__ import annotations

import os
import socket
import sys
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.contracts.sign_in import SignInError, parse_sign_in
from pipelines.settings import PROJECT_ROOT, Settings

LOOPBACK = "127.0.0.1"
# How many ports are tried: past that something else is wrong with the machine.
_PORTS_TRIED = 50

Port = Annotated[int, typer.Option(help="The first port to try; a taken one gives the next.", min=1, max=65535)]


Address = Annotated[
    str,
    typer.Option(help="The address to listen on; another than this machine's own needs a sign-in, see docs/access.md."),
]


def dashboard(data: DataDir = None, port: Port = 8501, address: Address = LOOPBACK) -> None:
    """Open the dashboards on the published snapshot."""
    settings = Settings.from_env(data)
    sign_in_path = check_sign_in(settings, address)
    chosen = free_port(port)
    _announce("Dashboards", chosen, settings.data_dir, address)
    _become(streamlit_command(chosen, address, sign_in_path), settings)


def check_sign_in(settings: Settings, address: str) -> Path | None:
    """The sign-in file that the dashboards are to use; None: they run open, on this machine's own address.

    Raises:
        SignInError: The file cannot be used, a library is missing for it, or without it the address is not loopback.
    """
    path = settings.sign_in_path
    if path.exists():
        parse_sign_in(path.read_text(encoding="utf-8"))
        missing = [name for name in ("authlib", "httpx") if find_spec(name) is None]
        if missing:
            message = f"signing in needs {' and '.join(missing)}: pip install {' '.join(missing)}"
            raise SignInError(message)
        return path
    if settings.sign_in_file is not None:
        message = f"SPRINT_SIGN_IN names {path}, which is not there"
        raise SignInError(message)
    if not _is_loopback(address):
        message = (
            f"{address} can be reached by others, and no sign-in is set up: write {path} (see docs/access.md), "
            f"or leave --address at {LOOPBACK}"
        )
        raise SignInError(message)
    return None


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def dagster(data: DataDir = None, port: Port = 3000) -> None:
    """Open Dagster's pages, and let its daemon run the hourly tick."""
    settings = Settings.from_env(data)
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    chosen = free_port(port)
    _announce("Dagster", chosen, settings.data_dir, LOOPBACK)
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


def streamlit_command(port: int, address: str = LOOPBACK, sign_in_path: Path | None = None) -> list[str]:
    """How the app is started: no browser, nothing sent anywhere, no settings from elsewhere than the data folder."""
    app = PROJECT_ROOT / "dashboards" / "server.py"
    flags = {
        "server.address": address,
        "server.port": str(port),
        "server.headless": "true",
        "browser.serverAddress": address,
        "browser.gatherUsageStats": "false",
        # Without a file of ours there is no sign-in at all: another app's in the home folder must not serve.
        "secrets.files": str(sign_in_path or PROJECT_ROOT / "no_sign_in.toml"),
    }
    return [sys.executable, "-m", "streamlit", "run", str(app), *(f"--{name}={value}" for name, value in flags.items())]


def dagster_command(port: int) -> list[str]:
    """How Dagster's pages and daemon are started."""
    return [sys.executable, "-m", "dagster", "dev", "-h", LOOPBACK, "-p", str(port), "-m", "pipelines.definitions"]


def _announce(what: str, port: int, data_dir: Path, address: str) -> None:
    Console().print(f"{what} of {data_dir}: http://{address}:{port}  (stop with Ctrl+C)", highlight=False)


def _become(command: list[str], settings: Settings) -> None:
    # The server takes this process over, so that a signal reaches it and no parent outlives it.
    os.chdir(PROJECT_ROOT)
    os.execve(command[0], command, os.environ | settings.environment())  # noqa: S606 - our own interpreter, no shell
