"""From a path to trusted bytes: only regular files, hashed whole, decompressed to their end and within bounds.

What the bytes mean is for the readers. Nothing here moves or deletes a file.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn, Protocol, cast

import zstandard

from pipelines.contracts.parsed_file import UnreadableFileError

# Text of shops compresses 5 to 20 times, long runs of one status perhaps 100 times; a bomb starts at 1,000.
MOST_EXPANSION = 200
# Below this size expansion harms nobody: a small file of repeated rows may compress as it likes.
FREE_EXPANSION_BYTES = 64 * 2**20
MOST_BYTES = 64 * 2**30
_CHUNK = 2**20
# One piece of input may hold 1,000 times (gzip) or 32,000 times (zstd) its size: 4 KiB are at most 128 MB of output.
_PIECE = 4096

FORMATS = {
    ".csv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".parquet": "parquet",
    ".yaml": "yaml",
    ".yml": "yaml",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True)
class ContentType:
    """What a file's name says that it is."""

    format: str
    compression: str | None


def content_type_of(name: str) -> ContentType:
    """What a file's name says that it is.

    Raises:
        UnreadableFileError: The name's ending is none that we read.
    """
    path = Path(name.lower())
    compression = COMPRESSIONS.get(path.suffix)
    inner = path.with_suffix("") if compression else path
    if inner.suffix not in FORMATS:
        endings = ", ".join(FORMATS)
        message = f"the name does not end in {endings}, alone or with .gz or .zst"
        raise UnreadableFileError(message)
    return ContentType(FORMATS[inner.suffix], compression)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; links are not followed, and a pipe or device does not make us wait.

    Raises:
        UnreadableFileError: It is no regular file.
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        message = "not a regular file"
        raise UnreadableFileError(message)
    return os.fdopen(descriptor, "rb")


def hash_file(file: BinaryIO) -> tuple[str, int]:
    """The sha256 and the length of the whole file; it is left at its start."""
    digest = hashlib.sha256()
    length = 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        length += len(chunk)
    file.seek(0)
    return digest.hexdigest(), length


def plain_bytes(file: BinaryIO, content_type: ContentType, length: int) -> BinaryIO:
    """The file's content without its compression; reading it raises when it is cut, corrupt or grows out of bounds.

    Raises:
        UnreadableFileError: The first bytes are not what the name says.
    """
    magic = file.read(4)
    file.seek(0)
    _check_magic(magic, content_type)
    if content_type.compression is None:
        return file
    opened: io.RawIOBase = _Decompressed(file, content_type.compression, length)
    return cast("BinaryIO", io.BufferedReader(opened, _CHUNK))


def seekable_bytes(content: BinaryIO) -> BinaryIO:
    """The same content in a form that can be read from any place (Parquet is read from its end)."""
    if content.seekable():
        return content
    spooled = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 (lives as long as the reader)
    while chunk := content.read(_CHUNK):
        spooled.write(chunk)
    spooled.seek(0)
    return spooled


def _check_magic(magic: bytes, content_type: ContentType) -> None:
    is_gzip, is_zstd = magic.startswith(_GZIP_MAGIC), magic.startswith(_ZSTD_MAGIC)
    found = "gzip" if is_gzip else "zstd" if is_zstd else None
    if found != content_type.compression:
        claimed = content_type.compression or "not compressed"
        message = f"the name says {claimed}, but the content is {found or 'not ' + claimed}"
        raise UnreadableFileError(message)
    if found is None and (magic == _PARQUET_MAGIC) != (content_type.format == "parquet"):
        is_parquet = magic == _PARQUET_MAGIC
        message = f"the name says {content_type.format}, but the content is {'' if is_parquet else 'not '}Parquet"
        raise UnreadableFileError(message)


class _Decompressed(io.RawIOBase):
    """Decompressed bytes, counted against bounds; the end is only reached if every frame and checksum is whole."""

    def __init__(self, file: BinaryIO, compression: str, length: int) -> None:
        super().__init__()
        self._file = file
        self._compression = compression
        self._decoder = _new_decoder(compression)
        self._has_begun = False
        self._pending = b""
        self._ready = memoryview(b"")
        self._given = 0
        self._most = min(max(length * MOST_EXPANSION, FREE_EXPANSION_BYTES), MOST_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._ready:
            decompressed = self._next_piece()
            if decompressed is None:
                return 0
            self._given += len(decompressed)
            if self._given > self._most:
                self._refuse(f"grows to more than {self._most:,} bytes")
            self._ready = memoryview(decompressed)
        taken = self._ready[: len(view)]
        view[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _next_piece(self) -> bytes | None:
        """Decompress one piece of input; None at the end of the last frame."""
        if not self._pending:
            self._pending = self._file.read(_PIECE)
        if not self._pending:
            if self._has_begun:
                self._refuse("is cut: it ends before its checksum")
            return None
        piece, self._pending = self._pending, b""
        if not self._has_begun and not piece.strip(b"\0"):
            return b""  # tape blocks and disk images are padded with zeros
        self._has_begun = True
        try:
            decompressed = self._decoder.decompress(piece)
        except (zlib.error, zstandard.ZstdError) as error:
            self._refuse(f"is corrupt: {error}")
        if self._decoder.eof:
            # A file may hold several frames one after the other: `cat a.gz b.gz`.
            self._pending = self._decoder.unused_data
            self._decoder = _new_decoder(self._compression)
            self._has_begun = False
        return decompressed

    def _refuse(self, reason: str) -> NoReturn:
        message = f"the {self._compression} data {reason}"
        raise UnreadableFileError(message)


class _Decoder(Protocol):
    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, /) -> bytes:
        """What `data` adds to the output; no more than the piece can hold."""


def _new_decoder(compression: str) -> _Decoder:
    if compression == "gzip":
        return cast("_Decoder", zlib.decompressobj(wbits=31))
    # A window of 128 MB is what `zstd --long` uses; a larger one is an attack on memory.
    return cast("_Decoder", zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj())
