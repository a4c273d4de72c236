"""What one hour's decision of one drop is made from, and its canonical text.

A `DropProblem` holds everything that a decision may look at, so that the decision can be made again from its text
alone. How it is fetched from a warehouse is not here (`assemble.py` takes rows), nor what is decided (`decide.py`).
All instants are aware and in UTC; money is `Decimal`, per unit, tax included unless it says otherwise.
"""

from __future__ import annotations

import hashlib
import json
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar

Band = Literal["low", "mid", "high"]
BANDS: tuple[Band, Band, Band] = ("low", "mid", "high")

HOUR = timedelta(hours=1)

# Numbers are stored and hashed with this many significant digits: double arithmetic of one machine differs from
# another's in the last ones.
SIGNIFICANT_DIGITS = 12

# A drop repeats a few prices and rates over all its hours: the texts of so many are kept. Equal numbers have one text.
_KEPT_TEXTS = 1024

# What the first row of a drop's chain names as the row before it.
CHAIN_START = "0" * 64

T = TypeVar("T")


class NotANumberError(ValueError):
    """A number that may not be stored (NaN or infinite)."""


@dataclass(frozen=True)
class SkuState:
    """One SKU of the drop: its plan and its stock at `as_of`.

    Attributes:
        sku: The SKU.
        low_price: Price of band `low`.
        mid_price: Price of band `mid`, the list price.
        high_price: Price of band `high`.
        unit_cost: Cost of a unit, without tax.
        salvage_amount: What a unit left at the end is worth, without tax.
        min_margin_rate: Least (price without tax and fee - cost) / price without tax.
        forecast_units: Units that the plan expects to sell at list over the drop; None: not said.
        staged_units: Units staged up to `as_of`.
        units_left: `staged_units` less what was sold, never below 0.
    """

    sku: str
    low_price: Decimal
    mid_price: Decimal
    high_price: Decimal
    unit_cost: Decimal
    salvage_amount: Decimal
    min_margin_rate: Decimal
    forecast_units: int | None
    staged_units: int
    units_left: int

    @property
    def prices(self) -> tuple[Decimal, Decimal, Decimal]:
        """Prices in the order of `BANDS`."""
        return (self.low_price, self.mid_price, self.high_price)

    def price_of(self, band: Band) -> Decimal:
        """The price of one band."""
        return self.prices[BANDS.index(band)]


@dataclass(frozen=True)
class ChannelPlan:
    """One channel of the drop and the share of the price without tax that it keeps."""

    channel: str
    fee_rate: Decimal


@dataclass(frozen=True)
class CellHistory:
    """What is known of one (SKU, channel) up to `as_of`.

    Attributes:
        sku: The SKU.
        channel: The channel.
        last_band: The band shown last (a missed hour shows `mid`); None: nothing was decided yet.
        last_price: Its price at that time.
        lowest_30d: The lowest price shown in the 30 days before `as_of`; None: none is known.
        sold_units: Units sold in each hour from the drop's first hour to `as_of`.
        shown_prices: Price shown the longest in each of those hours; None: not known.
        shown_rates: Share of each of those hours in which the SKU could be bought at that price; None: not known.
        shown_units: Units sold meanwhile.
    """

    sku: str
    channel: str
    last_band: Band | None
    last_price: Decimal | None
    lowest_30d: Decimal | None
    sold_units: tuple[int, ...]
    shown_prices: tuple[Decimal | None, ...]
    shown_rates: tuple[float | None, ...]
    shown_units: tuple[int, ...]


@dataclass(frozen=True)
class OperatorAction:
    """What a person ordered; without `sku` or `channel` it is for all of them."""

    action_id: str
    action: Literal["hold", "resume", "override", "kill"]
    sku: str | None
    channel: str | None
    band: Band | None
    who: str
    why: str
    acted_at: datetime


@dataclass(frozen=True)
class ShopPrior:
    """What earlier drops taught about a shop's buyers: a Gaussian over elasticities.

    Attributes:
        channels: Channels that were sold in.
        mean: Elasticity of the shop, then what each channel adds to it.
        covariance: Of these, as rows.
        channel_weights: Share of units that each channel sold at list.
        drops_count: Drops it was learned from.
    """

    channels: tuple[str, ...]
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    channel_weights: tuple[float, ...]
    drops_count: int


@dataclass(frozen=True)
class DropProblem:
    """One drop at `as_of`, whose bands for `[as_of, as_of + 1 h)` are to be decided.

    Attributes:
        drop_id: The drop.
        version: Version of its plan.
        as_of: The instant up to which everything here is known; a full hour.
        starts_at: The window's start.
        ends_at: The window's end, itself outside.
        start_hour: Local hour of the day at which the window starts, 0 to 23.
        currency_code: Currency of all money here.
        tax_rate: Tax included in prices.
        max_staleness_hours: Age of the orders feed above which no price moves.
        holdout_rate: Share of hours that sell at list, to measure against.
        taper_hours: Length of the last part in which a price never rises.
        seed: The plan's seed.
        skus: In order of `sku`.
        channels: In order of `channel`.
        cells: In order of (sku, channel).
        actions: Operator's actions known, in the order in which they were taken.
        orders_met_at: `as_of` of the last tick that met an orders file; None: no tick ever did.
        undecided_from: The first hour of the drop without a decision; not after `as_of` + 1 h.
        previous_sha256: Hash of the last row of the drop's chain of decisions.
        shop_prior: What the shop's earlier drops taught; None: nothing did.
    """

    drop_id: str
    version: int
    as_of: datetime
    starts_at: datetime
    ends_at: datetime
    start_hour: int
    currency_code: str
    tax_rate: Decimal
    max_staleness_hours: int
    holdout_rate: Decimal
    taper_hours: int
    seed: int
    skus: tuple[SkuState, ...]
    channels: tuple[ChannelPlan, ...]
    cells: tuple[CellHistory, ...]
    actions: tuple[OperatorAction, ...]
    orders_met_at: datetime | None
    undecided_from: datetime
    previous_sha256: str
    shop_prior: ShopPrior | None = None

    @property
    def first_hour(self) -> datetime:
        """The full hour in which the drop starts."""
        return floor_hour(self.starts_at)

    @property
    def hours_count(self) -> int:
        """How many full hours overlap the drop's window."""
        return -((self.first_hour - self.ends_at) // HOUR)

    @property
    def is_live(self) -> bool:
        """Whether the hour to decide overlaps the drop's window."""
        return self.starts_at < self.as_of + HOUR and self.ends_at > self.as_of


def floor_hour(instant: datetime) -> datetime:
    """The full hour that holds the instant."""
    return instant.replace(minute=0, second=0, microsecond=0)


@lru_cache(maxsize=_KEPT_TEXTS)
def round_significant(number: float) -> float:
    """The number with 12 significant digits.

    Raises:
        NotANumberError: It is NaN or infinite.
    """
    if not math.isfinite(number):
        message = f"{number} cannot be stored"
        raise NotANumberError(message)
    # Adding 0.0 turns -0.0 into 0.0: the two are equal and must have one text.
    return float(f"{number:.{SIGNIFICANT_DIGITS}g}") + 0.0


def canonical_json(value: object) -> str:
    """The one text of a value: sorted keys, no spaces, rounded floats, decimals without trailing zeros.

    Raises:
        NotANumberError: A float or decimal in it is NaN or infinite.
        TypeError: It holds something that has no canonical text.
    """
    return json.dumps(_encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_of(text: str) -> str:
    """The hex digest of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def frame_json(problem: DropProblem) -> str:
    """The canonical text of a problem, from which its decision can be made again."""
    return canonical_json(problem)


def problem_from_json(text: str) -> DropProblem:
    """The problem of a canonical text; `frame_json` of it is that text again.

    Raises:
        ValueError: The text is not that of a problem.
    """
    try:
        return _decode(DropProblem, json.loads(text))
    except (KeyError, TypeError, AttributeError) as error:
        message = f"not a pricing problem: {error!r}"
        raise ValueError(message) from error


def format_instant(instant: datetime) -> str:
    """An aware instant as ISO 8601 text in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=_KEPT_TEXTS)
def format_decimal(number: Decimal) -> str:
    """A decimal without exponent and trailing zeros.

    Raises:
        NotANumberError: It is NaN or infinite.
    """
    if not number.is_finite():
        message = f"{number} cannot be stored"
        raise NotANumberError(message)
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _as_is(value: object) -> object:
    return value


_TEXTS: dict[type, Callable[[Any], object]] = {
    type(None): _as_is,
    bool: _as_is,
    int: _as_is,
    str: _as_is,
    float: round_significant,
    Decimal: format_decimal,
    datetime: format_instant,
}


def _encode(value: object) -> object:
    # By exact type first: frames are long, and most of what they hold is one of these.
    if type(value) in _TEXTS:
        return _TEXTS[type(value)](value)
    for kind, text_of in _TEXTS.items():
        if isinstance(value, kind):
            return text_of(value)
    if is_dataclass(value):
        return {field.name: _encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        # Histories are long, and mostly of one type.
        kinds = set(map(type, value))
        item_of = _TEXTS.get(kinds.pop(), _encode) if len(kinds) == 1 else _encode
        return list(value) if item_of is _as_is else list(map(item_of, value))
    message = f"{type(value).__name__} has no canonical text"
    raise TypeError(message)


def _decode(kind: type[T], value: object) -> T:
    """Build a value of an annotated type from what `json.loads` gives; knows the types used in this module."""
    return typing.cast("T", _decode_any(kind, value))


def _decode_any(kind: Any, value: Any) -> object:
    if kind in _SCALARS:
        return _SCALARS[kind](value)
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(part for part in typing.get_args(kind) if part is not type(None))
        return None if value is None else _decode_any(inner, value)
    if origin is tuple:
        inner = typing.get_args(kind)[0]
        # Histories are long: their items are decoded without asking again what they are.
        item_of = _SCALARS.get(inner) or _OPTIONAL_SCALARS.get(inner) or partial(_decode_any, inner)
        return tuple(map(item_of, value))
    if origin is Literal:
        if value not in typing.get_args(kind):
            message = f"{value!r} is none of {typing.get_args(kind)}"
            raise TypeError(message)
        return value
    if is_dataclass(kind):
        hints = _hints(kind)
        return typing.cast("Any", kind)(**{field.name: _decode_any(hints[field.name], value[field.name])
                                           for field in fields(kind)})  # fmt: skip
    message = f"{kind} cannot be read"
    raise TypeError(message)


def _read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _optional(read: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: None if value is None else read(value)


_SCALARS: dict[Any, Callable[[Any], object]] = {
    int: int,
    float: float,
    str: str,
    Decimal: lru_cache(maxsize=_KEPT_TEXTS)(Decimal),
    datetime: _read_instant,
}
_OPTIONAL_SCALARS: dict[Any, Callable[[Any], object]] = {
    float | None: _optional(float),
    Decimal | None: _optional(_SCALARS[Decimal]),
}


_HINTS: dict[object, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    """The resolved annotations of a dataclass; resolving them takes longer than all the rest, so once a class."""
    if kind not in _HINTS:
        _HINTS[kind] = typing.get_type_hints(kind)
    return _HINTS[kind]
