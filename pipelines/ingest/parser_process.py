"""Parsing in a child process with limits: whatever a file does to the child, the tick goes on.

One child takes file after file. It is replaced when it dies, and a file is given up only when it has killed a child
that had read nothing before: what an earlier file left in a child's memory is not the next one's fault.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, BinaryIO, Self

import polars as pl
import pyarrow as pa

from pipelines.contracts.drop_plan import DropPlan
from pipelines.contracts.parsed_file import FileIdentity, ParsedBatch, ParsedFile, UnreadableFileError
from pipelines.ingest.messages import TAKEN, ClosedError, receive_message, send_message
from pipelines.settings import PROJECT_ROOT

_SECONDS_TO_START = 120.0
_SECONDS_TO_STOP = 5.0


@dataclass(frozen=True)
class Limits:
    """What one file may take.

    Attributes:
        memory_bytes: Beyond what a child holds before it reads anything. Batches of 50,000 orders take some 200 MB.
        seconds: From one batch to the next. A batch of clean rows takes well under a second on an idle machine.
    """

    memory_bytes: int = 768 * 2**20
    seconds: float = 120.0


class ReaderDiedError(UnreadableFileError):
    """The child did not survive the file, or not in time.

    Attributes:
        was_fresh: Whether the file was the first that the child read.
    """

    def __init__(self, message: str, *, was_fresh: bool) -> None:
        super().__init__(message)
        self.was_fresh = was_fresh


class ParserProcess:
    """The way to a child that parses; it is started when the first file comes. Close it, or use it in `with`."""

    def __init__(self, limits: Limits | None = None) -> None:
        """Take the limits of each file; nothing is started yet."""
        self._limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._files_read = 0
        # Whether an answer is under way: what is left of it must not be taken for the next file's.
        self._is_busy = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """The running child's process id; None when there is none."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """Let the child end."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._child is not None:
            try:
                self._child.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            self._child = None

    def parse(  # noqa: PLR0913, PLR0917 - what `parse_file` takes, and where the archive's draft goes
        self,
        file: BinaryIO,
        identity: FileIdentity,
        name: str,
        latest_at: datetime,
        key: bytes,
        draft: Path | None = None,
    ) -> ParsedFile:
        """What `parse_file` gives, read by the child; batches may raise `ReaderDiedError`.

        Args:
            file: The open file, at its start; it must stay open while batches are taken.
            identity: Its identity.
            name: Its name, whose ending says the format.
            latest_at: The latest instant that a row may claim.
            key: The secret of `buyer_key`.
            draft: Where the archive's draft is written on the way; None: nowhere.
        """
        request = {
            "identity": asdict(identity),
            "name": os.fsencode(name).decode("utf-8", "backslashreplace"),
            "latest_at": latest_at.isoformat(),
            "key": key.hex(),
            "archive_to": None if draft is None else str(draft),
        }
        return ParsedFile(identity, self._batches(file, request))

    def _batches(self, file: BinaryIO, request: dict[str, Any]) -> Iterator[ParsedBatch]:
        channel = self._started()
        was_fresh = self._files_read == 0
        self._files_read += 1
        self._is_busy = True
        is_answered = False
        try:
            file.seek(0)
            socket.send_fds(channel, [b"F"], [file.fileno()])
            send_message(channel, request)
            while (batch := _next_batch(channel)) is not None:
                yield batch
            is_answered = True
        except (_OutOfMemoryError, ClosedError, ConnectionError, TimeoutError) as error:
            message = f"the reader {self._cause(error)} on it, so it was given up"
            raise ReaderDiedError(message, was_fresh=was_fresh) from error
        except _ReportedError as error:
            is_answered = True
            raise error.reported from error
        finally:
            # A caller that gave up may let go of its batches late, when another child is at work already.
            if self._channel is channel:
                self._is_busy = False
                if not is_answered:
                    self._kill()

    def _cause(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"took more than {self._limits.seconds:g} s for one batch of rows"
        if isinstance(error, _OutOfMemoryError):
            most = f"{self._limits.memory_bytes // 2**20:,} MB of memory"
            return f"needed more than {most} (a large export: write one object a line, .ndjson, or split it)"
        status = self._child.wait(_SECONDS_TO_STOP) if self._child is not None else 0
        if status == -signal.SIGABRT:
            # This is how the libraries below Python end when memory is refused to them.
            return f"was stopped (SIGABRT; at most {self._limits.memory_bytes // 2**20:,} MB of memory are given)"
        return f"died ({signal.Signals(-status).name if status < 0 else f'exit {status}'})"

    def _started(self) -> socket.socket:
        is_alive = self._channel is not None and self._child is not None and self._child.poll() is None
        if self._channel is not None and is_alive and not self._is_busy:
            return self._channel
        self._kill()
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as said:
            self._child = _start_child(theirs, self._limits.memory_bytes, said)
            ours.settimeout(_SECONDS_TO_START)
            theirs.close()
            try:
                receive_message(ours)
            except (ClosedError, TimeoutError) as error:
                said.seek(0)
                last = said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
                message = f"the reading child did not start: {last[0] if last else 'it said nothing'}"
                self._kill()
                raise RuntimeError(message) from error
        ours.settimeout(self._limits.seconds)
        self._channel = ours
        self._is_busy = False
        self._files_read = 0
        return ours

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
        self.close()


class _OutOfMemoryError(Exception):
    """The child says that the file needs more memory than it may take."""


class _ReportedError(Exception):
    """What the child says went wrong; it is well itself."""

    def __init__(self, reported: Exception) -> None:
        super().__init__(str(reported))
        self.reported = reported


def _next_batch(channel: socket.socket) -> ParsedBatch | None:
    """The next batch that the child sends; None at the file's end."""
    try:
        content, frames = receive_message(channel)
        if frames:
            channel.sendall(TAKEN)
        return _batch_of(content, frames)
    except (ArithmeticError, LookupError, TypeError, ValueError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        message = f"what its reader answered cannot be understood: {type(error).__name__}"
        raise UnreadableFileError(message) from error


def _batch_of(content: dict[str, Any], frames: list[pl.DataFrame]) -> ParsedBatch | None:
    """The batch of a message; None at the file's end."""
    kind = content["kind"]
    if kind == "end":
        return None
    if kind == "unreadable":
        raise _ReportedError(UnreadableFileError(content["reason"]))
    if kind == "failed":
        raise _ReportedError(OSError(content["number"], content["reason"]))
    if kind == "out_of_memory":
        raise _OutOfMemoryError
    accepted, rejected, buyers = frames
    return ParsedBatch(
        rows_read=content["rows_read"],
        accepted=accepted,
        rejected=rejected,
        buyers=buyers,
        columns=frozenset(content["columns"]),
        also_holds=frozenset(content["also_holds"]),
        plan=None if content["plan"] is None else DropPlan.model_validate_json(content["plan"]),
        plan_lines=content["plan_lines"],
        rejected_money={code: (rows, Decimal(amount)) for code, (rows, amount) in content["rejected_money"].items()},
    )


def _start_child(channel: socket.socket, memory_bytes: int, said: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipelines.ingest.child", str(channel.fileno()), str(memory_bytes)]
    return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
        command,
        cwd=PROJECT_ROOT,
        # Two threads are what the readers can use; each thread more takes memory of the file's.
        env={**os.environ, "POLARS_MAX_THREADS": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"},
        pass_fds=[channel.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=said,
        # Ctrl-C stops the tick, which then lets its child go: not the child below a tick that still asks.
        start_new_session=True,
    )
