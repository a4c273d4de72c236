"""Fields of JSON payloads, taken by name and kept as the text that was written; what has another shape is a fault."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_UP, Context, Decimal
from typing import Any

from pipelines.contracts.columns import MONEY_SCALE
from pipelines.ingest.readers.json_rows import is_float
from pipelines.ingest.sources.mapped_rows import FaultError

Payload = Mapping[str, Any]

_AMOUNT = re.compile(r"-?\d{1,14}(\.\d{1,8})?", re.ASCII)
# Room for the product of any two amounts, so that no payload makes the arithmetic fail; the contract bounds the result.
WIDE = Context(prec=60)
_SMALLEST = Decimal(1).scaleb(-MONEY_SCALE)


def text(payload: Payload, *names: str) -> str | None:
    """The first of the fields that says something, as text."""
    for name in names:
        value = payload.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            raise FaultError(f"{name}_is_text", f"expected text or a number in {name}", name)
        return str(value)
    return None


def money(payload: Payload, *names: str) -> str | None:
    """As `text`; a float is refused, since its decimals are no longer those that were written."""
    for name in names:
        if is_float(payload.get(name)):
            raise FaultError(f"{name}_is_not_a_float", f'expected money as text such as "12.50" in {name}', name)
    return text(payload, *names)


def member(payload: Payload, name: str) -> Payload:
    """An object within; empty when it is absent."""
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FaultError(f"{name}_is_an_object", f"expected an object in {name}", name)
    return value


def members(payload: Payload, name: str) -> list[Payload]:
    """A list of objects within; empty when it is absent."""
    value = payload.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise FaultError(f"{name}_is_a_list_of_objects", f"expected a list of objects in {name}", name)
    return value


def amount(written: str | None) -> Decimal | None:
    """An amount to compute with; None when the text is not one, and the contract will say so."""
    return Decimal(written) if written is not None and _AMOUNT.fullmatch(written) else None


def total(written: Iterable[str | None]) -> Decimal | None:
    """The sum of amounts; None when one of them is no amount."""
    amounts = [amount(one) for one in written]
    known = [one for one in amounts if one is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None


def line_price(gross: Decimal, net: Decimal, units: Decimal) -> tuple[str, str]:
    """The unit price and the line's discount that give exactly `net`.

    A line's tax may not divide by its units: the price is then rounded up, and the discount takes up the difference of
    less than a hundredth of a cent a unit, so that the line's net sales stay what the shop's own books say.
    """
    unit_price = WIDE.divide(gross, units).quantize(_SMALLEST, ROUND_UP, context=WIDE)
    return plain(unit_price), plain(WIDE.multiply(unit_price, units) - net)


def plain(value: Decimal) -> str:
    """An amount as decimal text with at most four decimals."""
    return f"{value.quantize(_SMALLEST, context=WIDE):f}"


def latest(*instants: str | None) -> str | None:
    """The latest of the instants that a payload states."""
    stated = [written for written in instants if written is not None]
    timed = [(found, written) for written in stated if (found := _moment(written)) is not None]
    # One that cannot be read is passed on, for the contract to refuse it by name.
    return max(timed)[1] if timed else next(iter(stated), None)


def _moment(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
