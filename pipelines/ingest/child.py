"""The child that reads unknown bytes: a process with little memory, no way to the warehouse, and nothing to lose.

It is handed open files one after the other and answers with batches of rows. Whatever a file does to it, the tick that
asked goes on. How it is started, watched and replaced is in `parser_process.py`.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from pipelines.contracts.parsed_file import FileIdentity, ParsedBatch, UnreadableFileError
from pipelines.ingest.archive import ArchiveDraft
from pipelines.ingest.messages import receive_message, send_message
from pipelines.ingest.one_ahead import one_ahead
from pipelines.ingest.parse import parse_file


def main(channel_descriptor: int, memory_bytes: int) -> None:
    """Answer requests until the channel is closed."""
    channel = socket.socket(fileno=channel_descriptor)
    _limit_memory(memory_bytes)
    send_message(channel, {"kind": "ready"})
    # From here on errors are answers; what libraries print about a file's content belongs in no log.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.dup2(nowhere, sys.stderr.fileno())
    while True:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
        if not descriptors:
            return
        request, _ = receive_message(channel)
        with os.fdopen(descriptors[0], "rb") as file:
            _answer(channel, file, request)


def _limit_memory(memory_bytes: int) -> None:
    """Bound what may be taken beyond what the interpreter and its libraries hold already."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold people's data
    status = Path("/proc/self/status")
    if status.exists():
        (held,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmData"))
        limit = int(held) * 1024 + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


class _Answers:
    """The way back to the tick. No more than one batch waits for it: what waits is held in memory."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._is_one_waiting = False

    def send(self, content: dict[str, Any], frames: Sequence[pl.DataFrame] = ()) -> None:
        if self._is_one_waiting and not self._channel.recv(1):
            raise ConnectionError
        send_message(self._channel, content, frames)
        self._is_one_waiting = bool(frames)


def _answer(channel: socket.socket, file: BinaryIO, request: dict[str, Any]) -> None:
    answers = _Answers(channel)
    try:
        _send_batches(answers, file, request)
    except UnreadableFileError as error:
        answers.send({"kind": "unreadable", "reason": str(error)})
    except MemoryError:
        # What is left of the heap is not to be trusted with another file.
        answers.send({"kind": "out_of_memory"})
        sys.exit(0)
    except ConnectionError:
        sys.exit(1)  # the tick is gone
    except OSError as error:
        # A full disk is no fault of the file: the tick stops, and reads the file again when there is room.
        answers.send({"kind": "failed", "reason": error.strerror or str(error), "number": error.errno})
    except Exception as error:  # noqa: BLE001 - a fault of a reader is a reason to quarantine its file
        answers.send({"kind": "unreadable", "reason": f"the reader failed on it: {type(error).__name__}"})
    else:
        answers.send({"kind": "end"})


def _send_batches(answers: _Answers, file: BinaryIO, request: dict[str, Any]) -> None:
    identity = FileIdentity(**request["identity"])
    draft = ArchiveDraft(Path(request["archive_to"]), identity.feed) if request["archive_to"] else None
    parsed = parse_file(
        file,
        identity,
        request["name"],
        datetime.fromisoformat(request["latest_at"]),
        bytes.fromhex(request["key"]),
        keeper=draft,
    )
    for batch in one_ahead(parsed.batches):
        answers.send(_described(batch), (batch.accepted, batch.rejected, batch.buyers))
    if draft is not None:
        draft.finish()


def _described(batch: ParsedBatch) -> dict[str, Any]:
    return {
        "kind": "batch",
        "rows_read": batch.rows_read,
        "columns": sorted(batch.columns),
        "also_holds": sorted(batch.also_holds),
        "plan": None if batch.plan is None else batch.plan.canonical_json(),
        "plan_lines": dict(batch.plan_lines),
        "rejected_money": {code: (rows, str(amount)) for code, (rows, amount) in batch.rejected_money.items()},
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
