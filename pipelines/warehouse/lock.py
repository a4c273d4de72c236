"""The tick's OS lock: exactly one writer, and whoever is refused learns who holds it.

The lock lives on a file of its own beside the warehouse, because closing any other handle on the database file would
drop DuckDB's lock (POSIX record locks belong to the process, not to the handle).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


class LockHeldError(RuntimeError):
    """Another tick holds the lock; the message says which."""


@contextmanager
def hold_lock(path: Path, purpose: str, since: datetime, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock on `path` for the body's life; the kernel drops it however the process ends.

    Raises:
        LockHeldError: Somebody else holds it, and the caller does not `wait`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            holder = (
                os.pread(handle, 4096, 0).decode(errors="replace").strip() or "a process that has not said who it is"
            )
            message = f"{path.parent} is being worked on by {holder}; this run changed nothing"
            raise LockHeldError(message) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{purpose} (process {os.getpid()}, since {since:%Y-%m-%dT%H:%M:%SZ})\n".encode(), 0)
        yield
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)
