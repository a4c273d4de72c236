"""What a tick and its reading child say to each other: a line of JSON, and frames as Arrow IPC in shared memory.

No pickle: what comes back from a process that has read unknown bytes is data, never code. Frames are written once, into
memory without a name, and read where they lie: through a socket they took longer than to be checked.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
import tempfile
from collections.abc import Sequence
from typing import IO, Any

import polars as pl
import pyarrow as pa

# What the tick says when it has a batch's frames in hand, so that the next one may come.
TAKEN = b"T"
_LENGTH = struct.Struct(">I")
# Descriptions are short; anything above is no message of ours.
_MOST_TEXT_BYTES = 64 * 2**20
_PIECE = 2**20


class ClosedError(EOFError):
    """The other side is gone."""


def send_message(channel: socket.socket, content: dict[str, Any], frames: Sequence[pl.DataFrame] = ()) -> None:
    """Send one message.

    Raises:
        OSError: The other side is gone.
    """
    lengths: list[int] = []
    with _unnamed_memory() as written:
        for frame in frames:
            frame.write_ipc_stream(written)
            written.flush()
            lengths.append(written.tell() - sum(lengths))
        text = json.dumps({**content, "frames": lengths}).encode("utf-8")
        socket.send_fds(channel, [_LENGTH.pack(len(text))], [written.fileno()] if frames else [])
    channel.sendall(text)


def receive_message(channel: socket.socket) -> tuple[dict[str, Any], list[pl.DataFrame]]:
    """Wait for one message. Its frames stay valid, whatever becomes of the sender.

    Raises:
        ClosedError: The other side is gone.
        TimeoutError: Nothing came within the channel's time.
    """
    head, descriptors, _, _ = socket.recv_fds(channel, _LENGTH.size, 1)
    try:
        if not head:
            raise ClosedError
        head += _receive(channel, _LENGTH.size - len(head), _LENGTH.size)
        (length,) = _LENGTH.unpack(head)
        content: dict[str, Any] = json.loads(_receive(channel, length, _MOST_TEXT_BYTES))
        lengths = content.pop("frames")
        return content, _read_frames(descriptors[0], lengths) if lengths else []
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _unnamed_memory() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("batch"), "w+b")
    return tempfile.TemporaryFile()


def _read_frames(descriptor: int, lengths: list[int]) -> list[pl.DataFrame]:
    if sum(lengths) != os.fstat(descriptor).st_size:
        message = "frames of another length than was said"
        raise ValueError(message)
    shared = pa.py_buffer(mmap.mmap(descriptor, 0, prot=mmap.PROT_READ))
    frames, start = [], 0
    for length in lengths:
        table = pa.ipc.open_stream(shared.slice(start, length)).read_all()
        table.validate()
        frames.append(pl.DataFrame(pl.from_arrow(table, rechunk=False)))
        start += length
    return frames


def _receive(channel: socket.socket, length: int, most: int) -> bytearray:
    if length > most:
        message = f"a message of {length:,} bytes"
        raise ClosedError(message)
    received = bytearray(length)
    view = memoryview(received)
    while view:
        count = channel.recv_into(view[:_PIECE])
        if not count:
            raise ClosedError
        view = view[count:]
    return received
