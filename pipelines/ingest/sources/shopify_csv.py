"""Shopify's CSV order export: the first row of an order has its fields, each further row continues it with a line.

An order's discount is not given by line; it is what its lines cost more than its stated subtotal, shared in proportion
to what they cost, as Shopify shares it. Lines are numbered as they stand in the order, since the export has no
identifiers of lines; refunds are given for the whole order, without line or instant, so no returns come from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal

from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatch, RawBatches
from pipelines.ingest.sources.mapped_rows import FaultError, Mapped, Row
from pipelines.ingest.sources.payload import WIDE, amount, latest, plain
from pipelines.ingest.sources.word_tables import sales_channel

SYSTEM = "shopify"
# Enough to be sure: no canonical file and no other shop's export has both.
_MARKS = frozenset({"Name", "Created at"})
_NEEDED = {
    "Lineitem sku": "without a SKU no sale can be counted",
    "Lineitem price": "without a line's price no sale can be counted",
    "Lineitem quantity": "without a quantity no sale can be counted",
    "Currency": "without its currency an amount is no money",
}
_TIMES = ("Created at", "Paid at", "Fulfilled at", "Cancelled at")
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d):?(\d\d)$")
_CENT = Decimal("0.01")


class IncompleteExportError(UnreadableFileError):
    """An export without columns that a sale is made of; it is Shopify's for certain."""


_Fields = dict[str, str | None]


def is_export(names: Iterable[str]) -> bool:
    """Whether a header is that of Shopify's order export, whole or in part."""
    found = set(names)
    return found >= _MARKS and any(name.startswith("Lineitem ") for name in found)


def check_export(names: Iterable[str]) -> None:
    """Refuse an export that lacks what a sale is made of.

    Raises:
        IncompleteExportError: It does; the message says which columns, and why they are needed.
    """
    found = set(names)
    missing = [f"{name!r} ({why})" for name, why in _NEEDED.items() if name not in found]
    if missing:
        message = f"this Shopify order export lacks the columns {'; '.join(missing)}; export all columns from Shopify"
        raise IncompleteExportError(message)


def map_rows(raw: RawBatches) -> Iterator[Mapped]:
    """One order line from each row of the export.

    Raises:
        UnreadableFileError: The header lacks what a sale is made of.
    """
    order: list[_Fields | FaultError] = []
    name: str | None = None
    for batch in raw:
        names = [column for column in batch.rows.columns if column != "_row_number"]
        if names:
            if not is_export(names):
                message = "the header is not that of a Shopify order export (Name, Created at, Lineitem …)"
                raise UnreadableFileError(message)
            check_export(names)
        for row in _in_order(batch):
            if not isinstance(row, FaultError) and row.get("Name") != name:
                yield from _order_lines(order)
                order, name = [], row.get("Name")
            order.append(row)
    yield from _order_lines(order)


def _in_order(batch: RawBatch) -> Iterator[_Fields | FaultError]:
    """Rows and broken rows as they stand in the file."""
    broken = {row.row_number: row for row in batch.broken}
    rows = {
        row["_row_number"]: {key: value or None for key, value in row.items() if key != "_row_number"}
        for row in batch.rows.iter_rows(named=True)
    }
    for number in sorted([*broken, *rows]):
        yield _fault(broken[number]) if number in broken else rows[number]


def _fault(broken: BrokenRow) -> FaultError:
    return FaultError(broken.rule, broken.message, broken.field)


def _order_lines(rows: list[_Fields | FaultError]) -> Iterator[Mapped]:
    lines = [row for row in rows if not isinstance(row, FaultError)]
    shared: Row | FaultError
    try:
        shared = _order_fields(lines[0]) if lines else {}
    except FaultError as fault:
        shared = fault
    # A broken row may have been a line of this order: its share of the discount is then not known.
    discounts = _discounts(lines) if len(lines) == len(rows) else [line.get("Lineitem discount") for line in lines]
    remaining = iter(discounts)
    for number, row in enumerate(rows, start=1):
        if isinstance(row, FaultError):
            yield row
            continue
        discount = next(remaining)
        if isinstance(shared, FaultError):
            yield shared
            continue
        yield {
            **shared,
            "line_number": str(number),
            "sku": row.get("Lineitem sku"),
            "quantity": row.get("Lineitem quantity"),
            "unit_price": row.get("Lineitem price"),
            "discount_amount": discount,
        }


def _order_fields(first: _Fields) -> Row:
    if first.get("Created at") is None:
        message = "expected the order's first row, with its 'Created at', above the rows that continue it"
        raise FaultError("order_begins_with_its_first_row", message, "ordered_at")
    times = {name: _instant(first.get(name)) for name in _TIMES}
    consent = (first.get("Accepts Marketing") or "").lower()
    has_door = first.get("Shipping Zip") or first.get("Shipping Country") or first.get("Shipping Method")
    return {
        "order_id": first.get("Id") or first.get("Name"),
        "currency_code": first.get("Currency"),
        "channel": sales_channel(SYSTEM, first.get("Source")),
        "status": "placed" if first.get("Cancelled at") is None else "cancelled",
        "ordered_at": times["Created at"],
        "updated_at": latest(*times.values()),
        "buyer_email": first.get("Email"),
        "fulfilment": "delivery" if has_door else "pickup",
        "ship_postcode": (first.get("Shipping Zip") or "").lstrip("'") or None,
        "country_code": first.get("Shipping Country"),
        "marketing_consent": {"yes": "true", "no": "false"}.get(consent),
    }


def _instant(written: str | None) -> str | None:
    """`2026-11-27 10:00:00 -0500` with its offset as everybody writes it; anything else is left to the contract."""
    found = _TIME.match(written or "")
    return f"{found[1]}T{found[2]}{found[3]}:{found[4]}" if found else written


def _discounts(lines: list[_Fields]) -> list[str | None]:
    """Each line's discount: its own, and its share of what the order's subtotal is lower than its lines."""
    stated = [line.get("Lineitem discount") for line in lines]
    gross = [_gross(line) for line in lines]
    own = [amount(discount or "0") for discount in stated]
    subtotal = amount(lines[0].get("Subtotal")) if lines else None
    known_gross = [one for one in gross if one is not None]
    known_own = [one for one in own if one is not None]
    if subtotal is None or len(known_gross) < len(lines) or len(known_own) < len(lines):
        return stated
    left = [cost - discount for cost, discount in zip(known_gross, known_own, strict=True)]
    shared = sum(left, Decimal(0)) - subtotal
    if not Decimal(0) < shared <= sum(left, Decimal(0)):
        return stated
    return [plain(discount + share) for discount, share in zip(known_own, _shares(shared, left), strict=True)]


def _gross(line: _Fields) -> Decimal | None:
    price, units = amount(line.get("Lineitem price")), amount(line.get("Lineitem quantity"))
    return None if price is None or units is None else price * units


def _shares(amount_shared: Decimal, parts: list[Decimal]) -> list[Decimal]:
    """An amount in proportion to parts, in whole cents; the cents left over go to the largest remainders."""
    whole = sum(parts, Decimal(0))
    exact = [amount_shared * part / whole for part in parts]
    shares = [one.quantize(_CENT, ROUND_FLOOR, context=WIDE) for one in exact]
    left_over = amount_shared - sum(shares, Decimal(0))
    by_remainder = sorted(range(len(parts)), key=lambda place: (shares[place] - exact[place], place))
    for place in by_remainder:
        piece = min(_CENT, left_over)
        shares[place] += piece
        left_over -= piece
    return shares
