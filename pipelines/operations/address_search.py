"""Whether a file holds an address: its bytes, and what is behind its compression, to the end and in bounded memory.

A file whose content cannot be looked into (cut, corrupt, too large once unpacked) is told apart: it proves nothing.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from pipelines.warehouse.search import find_text

Finding = Literal["holds", "clean", "opaque"]

_CHUNK = 2**20
# What is larger once unpacked is a bomb; nobody waits for its end.
_MOST_UNPACKED = 16 * 2**30
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)


def spellings(address: str) -> tuple[bytes, ...]:
    """The address as it may stand in bytes: by encoding, in links and in JSON. All in lower case."""
    plain = address.strip().lower()
    written = {plain, plain.replace("@", "%40"), plain.replace("@", "\\u0040"), plain.replace("@", "&#64;")}
    return tuple(
        sorted({text.encode(encoding) for text in written for encoding in ("utf-8", "utf-16-le", "utf-16-be")})
    )


def look_into(path: Path, address: str) -> Finding:
    """Whether the file's name, bytes or unpacked content hold the address."""
    wanted = spellings(address)
    if any(one in str(path.name).lower().encode("utf-8", "surrogateescape") for one in wanted):
        return "holds"
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        if _occurs(_chunks(file), wanted):
            return "holds"
        if path.suffix == ".duckdb":
            return "holds" if find_text(path, address.strip()) else "clean"
        return _look_behind(file, head, wanted)


def _look_behind(file: BinaryIO, head: bytes, wanted: tuple[bytes, ...]) -> Finding:
    file.seek(0)
    try:
        if head.startswith((_GZIP, _ZSTD)):
            return "holds" if _occurs(_unpacked(file, is_gzip=head.startswith(_GZIP)), wanted) else "clean"
        if head.startswith(b"PAR1"):
            return "holds" if _occurs(_parquet_texts(file), wanted) else "clean"
        if head.startswith(b"PK\x03\x04"):
            return "holds" if _occurs(_zip_members(file), wanted) else "clean"
        if head.startswith(b"%PDF"):
            return "holds" if _occurs(_pdf_streams(file.read()), wanted) else "clean"
    except (OSError, EOFError, ValueError, zlib.error, zstandard.ZstdError, zipfile.BadZipFile, pa.ArrowException):
        return "opaque"
    return "clean"


def _occurs(chunks: Iterator[bytes], wanted: tuple[bytes, ...]) -> bool:
    overlap = max(map(len, wanted))
    tail = b""
    for chunk in chunks:
        text = (tail + chunk).lower()
        if any(one in text for one in wanted):
            return True
        tail = text[-overlap:]
    return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _unpacked(file: BinaryIO, *, is_gzip: bool) -> Iterator[bytes]:
    """Gzip or zstd, member after member; one that ends before its checksum is an error."""
    size = 0
    pending = file.read(4096)
    while pending:
        decoder = zlib.decompressobj(wbits=31) if is_gzip else zstandard.ZstdDecompressor().decompressobj()
        while pending and not decoder.eof:
            chunk = decoder.decompress(pending)
            size += len(chunk)
            if size > _MOST_UNPACKED:
                message = "too large once unpacked"
                raise ValueError(message)
            if size == len(chunk) and chunk.startswith(b"PAR1"):
                message = "compressed within compressed"
                raise ValueError(message)
            yield chunk
            pending = decoder.unused_data if decoder.eof else file.read(4096)
        if not decoder.eof:
            message = "cut"
            raise EOFError(message)
        pending = (pending or file.read(4096)).lstrip(b"\0")


def _parquet_texts(file: BinaryIO) -> Iterator[bytes]:
    with pq.ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(batch_size=10_000):
            for column in batch.columns:
                yield "\n".join(map(str, column.to_pylist())).encode("utf-8", "surrogatepass")


def _zip_members(file: BinaryIO) -> Iterator[bytes]:
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                yield from _chunks(member)  # type: ignore[arg-type]


def _pdf_streams(content: bytes) -> Iterator[bytes]:
    for stream in _PDF_STREAM.findall(content):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            yield stream
