"""Bytes of text in pieces: byte order marks are honoured, all else must be UTF-8 and is refused by its offset."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from pipelines.contracts.parsed_file import UnreadableFileError

PIECE_BYTES = 8 * 2**20
LONGEST_LINE_BYTES = 16 * 2**20

_EMPTY_LINES = re.compile(rb"\n\n+")

_BOMS = (
    # The mark of UTF-32 LE begins with that of UTF-16 LE, so it is looked at first.
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def utf8_pieces(content: BinaryIO) -> Iterator[bytes]:
    """The content as UTF-8 bytes without a byte order mark, cut anywhere but within a character.

    Raises:
        UnreadableFileError: Bytes that are no text in the encoding; the message gives their offset.
    """
    head = content.read(PIECE_BYTES)
    encoding, skipped = "utf-8", 0
    for mark, named in _BOMS:
        if head.startswith(mark):
            if named is None:
                message = "the text is UTF-32; UTF-8 or UTF-16 is expected"
                raise UnreadableFileError(message)
            encoding, skipped = named, len(mark)
            break
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = skipped
    piece = head[skipped:]
    while piece:
        yield _decoded(decoder, piece, offset, encoding, final=False)
        offset += len(piece)
        piece = content.read(PIECE_BYTES)
    yield _decoded(decoder, b"", offset, encoding, final=True)


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, offset: int, encoding: str, *, final: bool) -> bytes:
    held = len(decoder.getstate()[0])
    if encoding == "utf-8" and not held and piece.isascii():
        return piece
    try:
        return decoder.decode(piece, final).encode("utf-8")
    except UnicodeError as error:
        start = error.start if isinstance(error, UnicodeDecodeError) else 0
        message = f"byte {offset - held + start:,} is no {encoding.upper()} text; UTF-8 is expected"
        raise UnreadableFileError(message) from error


def lines(pieces: Iterator[bytes]) -> Iterator[str]:
    r"""Whole lines that are not empty, without their `\n` or `\r\n`.

    Raises:
        UnreadableFileError: A line is longer than any record may be.
    """
    rest = b""
    for piece in pieces:
        # Eighty million empty lines compress to nothing, and each would be a step of Python.
        *whole, rest = _EMPTY_LINES.sub(b"\n", (rest + piece).replace(b"\r\n", b"\n")).split(b"\n")
        for line in whole:
            if line:
                yield line.removesuffix(b"\r").decode("utf-8")
        if len(rest) > LONGEST_LINE_BYTES:
            message = f"a line is longer than {LONGEST_LINE_BYTES:,} bytes"
            raise UnreadableFileError(message)
    if rest:
        yield rest.removesuffix(b"\r").decode("utf-8")
