"""Which waiting files may still be growing: those are left alone, whoever writes them.

A file that is moved into place is whole. One that is written in place is whole when nobody has it open for writing
and nothing about it changes for a moment; the writers of other machines can only be told by the latter.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

# Programs that write piece by piece flush several times a second; a pause of a second between two pieces is rare.
SETTLING_SECONDS = 1.0

_PROCESSES = Path("/proc")


@dataclass(frozen=True)
class Settling:
    """How long a file must lie still. The clock is the machine's own: that is the one in a file's times.

    Attributes:
        seconds: Since the last change.
        clock: Seconds since 1970.
        sleep: Waits so many seconds.
    """

    seconds: float = SETTLING_SECONDS
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


def find_unsettled(paths: Iterable[Path], settling: Settling) -> dict[Path, str]:
    """The files that may still be growing, with the reason; waits once, for the youngest, and at most `seconds`."""
    before = {path: _state(path) for path in paths}
    now = settling.clock()
    ages = [now - state[3] / 1e9 for state in before.values() if state is not None]
    youngest = max(0.0, min(ages, default=settling.seconds))
    if youngest < settling.seconds:
        settling.sleep(settling.seconds - youngest)
    changed = {path for path, state in before.items() if state is None or _state(path) != state}
    written = _open_for_writing({(state[0], state[1]) for state in before.values() if state is not None})
    unsettled = dict.fromkeys(changed, "still being written; it is read when it has settled")
    for path, state in before.items():
        if state is not None and (state[0], state[1]) in written:
            unsettled[path] = "a program has it open for writing; it is read when that program has closed it"
    return unsettled


def _state(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _open_for_writing(wanted: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these files (device, inode) a process of this machine writes to, as far as we may see it."""
    if not wanted or not _PROCESSES.is_dir():
        return set()
    found = set()
    for process in _PROCESSES.iterdir():
        if process.name.isdigit():
            found |= _written_by(process, wanted)
    return found


def _written_by(process: Path, wanted: set[tuple[int, int]]) -> set[tuple[int, int]]:
    found = set()
    try:
        with os.scandir(process / "fd") as descriptors:
            for descriptor in descriptors:
                state = descriptor.stat()
                if (state.st_dev, state.st_ino) in wanted and _is_writable(process / "fdinfo" / descriptor.name):
                    found.add((state.st_dev, state.st_ino))
    except OSError:
        # It ended meanwhile, or belongs to somebody else: what it does shows in the file's times alone.
        return found
    return found


def _is_writable(information: Path) -> bool:
    (flags,) = (line.split()[1] for line in information.read_text().splitlines() if line.startswith("flags:"))
    return bool(int(flags, 8) & (os.O_WRONLY | os.O_RDWR))
