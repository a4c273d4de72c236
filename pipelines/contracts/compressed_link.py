"""The compressed part of a GS1 Digital Link: application identifiers and values packed into bits, written as base64url.

GS1 Digital Link Standard, compression: each digit of an identifier is 4 bits. Digits are one number of as many bits as
their length needs; characters begin with 3 bits for their alphabet. A length that is free stands before the value. The
two-digit shorthands for whole sequences of identifiers are not read.
"""

from __future__ import annotations

import math
import re
from dataclasses import replace

from pipelines.contracts.application_identifiers import Field, fields_of, identifier_lengths

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_PACKED = re.compile(r"[A-Za-z0-9_-]{6,}", re.ASCII)
_DIGIT_BITS = 4
# What is left of the last character's bits is padding; no identifier fits into it.
_SHORTEST_IDENTIFIER_BITS = 2 * _DIGIT_BITS
_ALPHABETS = ("0123456789", "0123456789abcdef", "0123456789ABCDEF", _ALPHABET, "".join(map(chr, range(128))))
_NUMBER, _ALPHABET_BITS = 0, 3


class CompressionError(ValueError):
    """The text is not the compressed part of a link."""


def decompress(text: str) -> dict[str, str]:
    """The application identifiers packed into a text, with their values.

    Raises:
        CompressionError: It is nothing that was packed.
    """
    if not _PACKED.fullmatch(text):
        raise CompressionError
    bits = _Bits("".join(f"{_ALPHABET.index(one):06b}" for one in text))
    elements: dict[str, str] = {}
    while bits.left() >= _SHORTEST_IDENTIFIER_BITS:
        identifier = _identifier(bits)
        if identifier in elements:
            raise CompressionError
        elements[identifier] = "".join(_value(bits, field) for field in _packed_fields(identifier))
    return elements


def _packed_fields(identifier: str) -> list[Field]:
    """The fields as they are packed: digits of fixed length that stand together are one number."""
    packed: list[Field] = []
    for field in fields_of(identifier):
        if packed and _is_fixed(packed[-1]) and _is_fixed(field):
            digits = packed[-1].most + field.most
            packed[-1] = replace(field, least=digits, most=digits)
        else:
            packed.append(field)
    return packed


def _is_fixed(field: Field) -> bool:
    return field.is_digits and field.least == field.most and not field.is_optional


class _Bits:
    """Bits, taken from the front."""

    def __init__(self, bits: str) -> None:
        self._bits = bits
        self._place = 0

    def left(self) -> int:
        return len(self._bits) - self._place

    def take(self, count: int) -> int:
        if count > self.left():
            raise CompressionError
        taken = self._bits[self._place : self._place + count]
        self._place += count
        return int(taken, 2) if taken else 0


def _identifier(bits: _Bits) -> str:
    start = f"{bits.take(_DIGIT_BITS):x}{bits.take(_DIGIT_BITS):x}"
    lengths = identifier_lengths(start)
    if len(lengths) != 1:
        raise CompressionError
    identifier = start + "".join(f"{bits.take(_DIGIT_BITS):x}" for _ in range(max(lengths) - len(start)))
    if not fields_of(identifier):
        raise CompressionError
    return identifier


def _value(bits: _Bits, field: Field) -> str:
    alphabet = _NUMBER if field.is_digits else bits.take(_ALPHABET_BITS)
    if alphabet >= len(_ALPHABETS):
        raise CompressionError
    is_free = field.least != field.most or field.is_optional
    length = bits.take(_bits_of(math.log2(field.most))) if is_free else field.most
    if alphabet == _NUMBER:
        number = str(bits.take(_bits_of(length * math.log2(10)))) if length else ""
        if len(number) > length:
            raise CompressionError
        return number.zfill(length)
    letters = _ALPHABETS[alphabet]
    width = _bits_of(math.log2(len(letters)), slack=0)
    return "".join(letters[bits.take(width)] for _ in range(length))


def _bits_of(exact: float, slack: float = 0.01) -> int:
    """How many bits a number needs; the standard adds the slack, so that 8 possible lengths take 4 bits."""
    return math.ceil(exact + slack)
