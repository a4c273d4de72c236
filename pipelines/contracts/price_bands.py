"""`price_bands.json`: the published feed that a storefront reads. Its schema and version, and how it is built.

A storefront shows `price_amount` from `valid_from` on, keeps it until `fallback_after` when nothing newer comes, and
shows `list_amount` afterwards. No price (`price_amount` null) means that nothing is left to sell.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, PlainSerializer

SCHEMA_VERSION: Literal[1] = 1

# A storefront that hears nothing keeps the last price this long past its hour: a tick and its retry fit into it.
FALLBACK_GRACE = timedelta(minutes=15)


def plain_amount(amount: Decimal) -> str:
    """Decimal text with at least two places and no exponent: `12.5000` is `12.50`, `0.1250` is `0.125`."""
    units, _, decimals = f"{amount:.4f}".partition(".")
    return f"{units}.{decimals.rstrip('0').ljust(2, '0')}"


Instant = Annotated[
    AwareDatetime, PlainSerializer(lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str)
]
Amount = Annotated[Decimal, PlainSerializer(plain_amount, return_type=str)]


class BandEntry(BaseModel):
    """The price of one SKU in one channel for one hour."""

    model_config = ConfigDict(frozen=True)

    drop_id: str
    sku: str
    channel: str
    band: Literal["low", "mid", "high"] | None
    price_amount: Amount | None
    list_amount: Amount
    currency_code: str
    valid_from: Instant
    valid_to: Instant
    fallback_after: Instant
    reason: str
    decision_id: str


class PriceBands(BaseModel):
    """The whole feed: for each SKU and channel of a live drop the hour decided last and the one before it."""

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    snapshot_id: str
    as_of: Instant
    status: Literal["live", "killed"]
    entries: tuple[BandEntry, ...]

    def with_list_prices(self, drop_ids: frozenset[str]) -> PriceBands:
        """The same feed with every price of these drops at list; what is sold out stays so."""
        entries = tuple(
            entry.model_copy(update={"band": "mid", "price_amount": entry.list_amount, "reason": "operator"})
            if entry.drop_id in drop_ids and entry.price_amount is not None
            else entry
            for entry in self.entries
        )
        is_killed = any(entry.drop_id in drop_ids for entry in self.entries)
        return self.model_copy(update={"entries": entries, "status": "killed" if is_killed else self.status})

    def to_json(self) -> str:
        """The feed's text: keys in the order of the schema, two spaces deep, one newline at its end."""
        return self.model_dump_json(indent=2) + "\n"


def fallback_after(valid_to: datetime) -> datetime:
    """When a storefront that has heard nothing newer goes back to the list price."""
    return valid_to + FALLBACK_GRACE
