"""GS1 Digital Link: the address in a box's QR label, read for the two things a label needs.

A label names its product (AI 01, a GTIN) and its box (AI 21, a serial number). The uncompressed form of the standard
is read: `https://shop.example/01/09506000134352/21/BOX-1`, behind any path of the shop's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from pipelines.contracts.drop_plan import gtin_check_digit

# The qualifiers of AI 01 in the one order that the standard allows (GS1 Digital Link URI syntax, section 4.10).
_QUALIFIERS = ("22", "10", "21")
# GS1 General Specifications, figure 7.11-1: the characters of a serial number, at most 20 of them.
_SERIAL = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class DigitalLinkError(ValueError):
    """A link that breaks a rule; `rule` names it."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@dataclass(frozen=True)
class Label:
    """What a box's label says: the product's GTIN with 14 digits, and the box's serial number."""

    gtin: str
    box_id: str


def parse_label(link: str) -> Label:
    """The label behind a link.

    Raises:
        DigitalLinkError: The link is malformed or lacks the product or the box.
    """
    parts = urlsplit(link) if link.isprintable() else None
    if parts is None or parts.scheme.lower() not in ("http", "https") or not parts.netloc:
        raise DigitalLinkError("digital_link_is_a_web_address", "expected https://…/01/<GTIN>/21/<box>")
    elements = _elements(parts.path)
    gtin, box_id = elements.get("01"), elements.get("21")
    if gtin is None or box_id is None:
        raise DigitalLinkError("digital_link_names_product_and_box", "expected both 01 (product) and 21 (box)")
    if not re.fullmatch(r"\d{8}|\d{12,14}", gtin, re.ASCII) or gtin_check_digit(gtin[:-1]) != gtin[-1]:
        raise DigitalLinkError(
            "digital_link_has_a_valid_gtin", "expected 8, 12, 13 or 14 digits after /01/, the last the check digit"
        )
    if not _SERIAL.fullmatch(box_id):
        raise DigitalLinkError(
            "digital_link_has_a_valid_serial", "expected 1 to 20 characters of GS1's set 82 after /21/"
        )
    return Label(gtin=gtin.zfill(14), box_id=box_id)


def _elements(path: str) -> dict[str, str]:
    """The element strings from the last `/01/` of a path on."""
    segments = path.rstrip("/").split("/")
    starts = [index for index, segment in enumerate(segments) if segment == "01" and index + 1 < len(segments)]
    if not starts:
        return {}
    # The product's own value may be `01`-like only when it is no GTIN: the first `/01/` that a GTIN follows counts.
    start = next((index for index in starts if segments[index + 1].isdigit()), starts[0])
    trailing = segments[start + 2 :]
    if len(trailing) % 2:
        raise DigitalLinkError("digital_link_has_no_trailing_parts", "expected pairs of identifier and value")
    elements = {"01": _decoded(segments[start + 1])}
    keys = trailing[::2]
    allowed = [key for key in _QUALIFIERS if key in keys]
    if keys != allowed:
        raise DigitalLinkError("digital_link_has_no_trailing_parts", "expected only 22, 10 and 21, in that order")
    return elements | {key: _decoded(value) for key, value in zip(keys, trailing[1::2], strict=True)}


def _decoded(value: str) -> str:
    try:
        if _ESCAPE.search(value):
            raise DigitalLinkError("digital_link_has_whole_escapes", "expected two hex digits after each %")
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DigitalLinkError("digital_link_has_whole_escapes", "expected UTF-8 behind the % escapes") from error
