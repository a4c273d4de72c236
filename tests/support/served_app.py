"""The app as its own server, as `sprint dashboard` starts it, for as long as a test's body runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

_MOST_PROBES = 300


@contextmanager
def serve_app(
    command: Sequence[str], origin: str, data_dir: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Start what `streamlit_command` gives on a data folder, wait until the origin answers, and stop it at the end."""
    place = urlsplit(origin)
    with subprocess.Popen(
        [sys.executable, *command[1:]],
        env={**os.environ, **(environment or {}), "SPRINT_DATA": str(data_dir)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(_MOST_PROBES):
                with closing(socket.socket()) as probe:
                    if probe.connect_ex((str(place.hostname), int(place.port or 80))) == 0:
                        break
                time.sleep(0.2)
            yield
        finally:
            server.terminate()
