"""GS1 Digital Link: the address in a QR label, read by GS1's table of application identifiers.

A label names its product (AI 01, a GTIN) and its box (AI 21, a serial number):
`https://shop.example/01/09506000134352/21/BOX-1`, behind any path of the shop's own (GS1 Digital Link: URI syntax,
release 1.4). Short labels may have all or a part of that packed into their last segment (see `compressed_link.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from pipelines.contracts.application_identifiers import breaks_rule, identifier_lengths, is_identifier
from pipelines.contracts.compressed_link import CompressionError, decompress

# The primary keys with their qualifiers, in the one order that the standard allows; of alternatives one may be used.
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "00": ((),),
    "01": (("22", "10", "21"), ("235",)),
    "253": ((),),
    "255": ((),),
    "401": ((),),
    "402": ((),),
    # Releases before 1.4 had every location as a key; links that were printed then are still scanned.
    "410": ((),),
    "411": ((),),
    "412": ((),),
    "413": ((),),
    "414": (("254",), ("7040",)),
    "415": (("8020",),),
    "416": ((),),
    "417": (("7040",),),
    "8003": ((),),
    "8004": (("7040",),),
    "8006": (("22", "10", "21"),),
    "8010": (("8011",),),
    "8013": ((),),
    "8017": (("8019",),),
    "8018": (("8019",),),
}
# Names that releases before 1.2 allowed instead of the numbers.
_NAMES = {
    "sscc": "00", "gtin": "01", "lot": "10", "ser": "21", "cpv": "22", "gdti": "253", "glnx": "254", "gcn": "255",
    "ginc": "401", "gsin": "402", "shipTo": "410", "billTo": "411", "purchasedFrom": "412", "shipFor": "413",
    "gln": "414", "payTo": "415", "glnProd": "416", "party": "417", "grai": "8003", "giai": "8004", "itip": "8006",
    "cpid": "8010", "cpsn": "8011", "gmn": "8013", "gsrnp": "8017", "gsrn": "8018", "srin": "8019", "refno": "8020",
    "uic": "7040",
}  # fmt: skip
_GTIN_DIGITS = 14
_ADDRESS = re.compile(r"(?:http|HTTP|https|HTTPS)://([A-Za-z0-9.\-:\[\]]+)/([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PRODUCT, _BOX = "01", "21"


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
    elements = parse_elements(link, has_short_gtins=True)
    if _PRODUCT not in elements or _BOX not in elements:
        raise DigitalLinkError("digital_link_names_product_and_box", "expected both 01 (product) and 21 (box)")
    return Label(gtin=elements[_PRODUCT], box_id=elements[_BOX])


def parse_elements(
    link: str, *, has_names: bool = False, has_short_gtins: bool = False, has_unknown: bool = False
) -> dict[str, str]:
    """The application identifiers of a link with their values, in its order.

    Args:
        link: The link.
        has_names: Whether `gtin` may stand for `01`, and the like.
        has_short_gtins: Whether a GTIN may be written without its leading zeros.
        has_unknown: Whether identifiers that GS1 has not given out may be among the attributes behind `?`.

    Raises:
        DigitalLinkError: The link is malformed or breaks a rule of the standard.
    """
    found = _ADDRESS.fullmatch(link)
    if found is None or not _CHARACTERS.fullmatch(link):
        raise DigitalLinkError("digital_link_is_a_web_address", "expected https://…/01/<GTIN>/21/<box>")
    _, path, query = found.groups()
    segments = path.split("/")
    try:
        elements = _path_elements(segments, has_names=has_names)
    except DigitalLinkError:
        elements = _compressed_elements(segments, has_names=has_names)
        if not elements:
            raise
    for identifier, value in _attributes(query or "", elements, has_unknown=has_unknown):
        if identifier in elements:
            raise DigitalLinkError("digital_link_says_each_thing_once", f"expected ({identifier}) once")
        elements[identifier] = value
    for identifier, value in elements.items():
        if identifier == _PRODUCT and has_short_gtins and re.fullmatch(r"\d{8}|\d{12,13}", value, re.ASCII):
            elements[identifier] = value.zfill(_GTIN_DIGITS)
        broken = breaks_rule(identifier, elements[identifier])
        if broken is not None and not (has_unknown and not is_identifier(identifier)):
            raise DigitalLinkError(_RULE_OF.get(identifier, "digital_link_has_valid_values"), f"expected {broken}")
    return elements


_RULE_OF = {_PRODUCT: "digital_link_has_a_valid_gtin", _BOX: "digital_link_has_a_valid_serial"}


def _path_elements(segments: list[str], *, has_names: bool) -> dict[str, str]:
    """The primary key nearest to the end of the path, and its qualifiers."""
    names = [_NAMES.get(segment, segment) if has_names else segment for segment in segments]
    for start in range(len(segments) - 2, -1, -2):
        key = names[start]
        if key in _KEYS:
            qualifiers = names[start + 2 :: 2]
            if not any(qualifiers == [one for one in allowed if one in qualifiers] for allowed in _KEYS[key]):
                break
            return {
                name: _decoded(value) for name, value in zip(names[start::2], segments[start + 1 :: 2], strict=True)
            }
    if any(name in _KEYS for name in names):
        raise DigitalLinkError(
            "digital_link_has_no_trailing_parts", "expected a key such as 01 and its qualifiers in order at the end"
        )
    raise DigitalLinkError("digital_link_names_product_and_box", "expected both 01 (product) and 21 (box)")


def _compressed_elements(segments: list[str], *, has_names: bool) -> dict[str, str]:
    """What is packed into the last segment, behind a key that is not or with its own; nothing when nothing is."""
    try:
        packed = decompress(segments[-1])
        shown = _path_elements(segments[:-1], has_names=has_names) if len(segments) > 2 else {}  # noqa: PLR2004
    except CompressionError:
        return {}
    except DigitalLinkError:
        shown = {}
    elements = {**shown, **packed}
    if len(elements) < len(shown) + len(packed) or not any(one in _KEYS for one in elements):
        return {}
    return dict(sorted(elements.items(), key=lambda element: element[0] not in _KEYS))


def _attributes(query: str, elements: dict[str, str], *, has_unknown: bool) -> list[tuple[str, str]]:
    """What is said behind `?`: application identifiers; other parameters are the shop's own."""
    key, *qualifiers = elements
    attributes = []
    for parameter in query.split("&"):
        identifier, equals, written = parameter.partition("=")
        if not equals or not identifier.isdecimal():
            continue
        if not is_identifier(identifier) and not (has_unknown and _may_be_given_out(identifier)):
            raise DigitalLinkError("digital_link_has_known_identifiers", f"{identifier} is no identifier of GS1")
        longer = {*qualifiers, identifier}
        if any(identifier in allowed and longer <= set(allowed) for allowed in _KEYS[key]):
            raise DigitalLinkError(
                "digital_link_has_qualifiers_in_its_path", f"expected ({identifier}) in the path, as it qualifies {key}"
            )
        attributes.append((identifier, _decoded(written.replace("+", " "))))
    return attributes


def _may_be_given_out(identifier: str) -> bool:
    """Whether an identifier has the length that all those with its first two digits have."""
    return len(identifier) in (identifier_lengths(identifier[:2]) or (2, 3, 4))


def _decoded(value: str) -> str:
    try:
        if _ESCAPE.search(value):
            raise DigitalLinkError("digital_link_has_whole_escapes", "expected two hex digits after each %")
        return unquote_to_bytes(value).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DigitalLinkError("digital_link_has_whole_escapes", "expected UTF-8 behind the % escapes") from error
