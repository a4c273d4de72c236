"""What a tick and its reading child say to each other: a line of JSON, and frames as Arrow IPC behind it.

No pickle: what comes back from a process that has read unknown bytes is data, never code.
"""

from __future__ import annotations

import io
import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

import polars as pl

_LENGTH = struct.Struct(">I")
# A batch holds at most 50,000 rows, or 8 MB of CSV; anything above is no message of ours.
_MOST_TEXT_BYTES = 64 * 2**20
_MOST_FRAME_BYTES = 2 * 2**30
_PIECE = 2**20


class ClosedError(EOFError):
    """The other side is gone."""


def send_message(channel: socket.socket, content: dict[str, Any], frames: Sequence[pl.DataFrame] = ()) -> None:
    """Send one message.

    Raises:
        OSError: The other side is gone.
    """
    written = []
    for frame in frames:
        buffer = io.BytesIO()
        frame.write_ipc_stream(buffer)
        written.append(buffer)
    lengths = [buffer.getbuffer().nbytes for buffer in written]
    text = json.dumps({**content, "frames": lengths}).encode("utf-8")
    channel.sendall(_LENGTH.pack(len(text)) + text)
    for buffer in written:
        channel.sendall(buffer.getbuffer())


def receive_message(channel: socket.socket) -> tuple[dict[str, Any], list[pl.DataFrame]]:
    """Wait for one message.

    Raises:
        ClosedError: The other side is gone.
        TimeoutError: Nothing came within the channel's time.
    """
    (length,) = _LENGTH.unpack(_receive(channel, _LENGTH.size, _LENGTH.size))
    content: dict[str, Any] = json.loads(_receive(channel, length, _MOST_TEXT_BYTES))
    frames = [
        pl.read_ipc_stream(io.BytesIO(_receive(channel, length, _MOST_FRAME_BYTES))) for length in content.pop("frames")
    ]
    return content, frames


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
