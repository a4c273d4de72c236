"""Numbers, instants and codes in the words that pages and reports show. Escaping is the medium's business."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NONE = "–"
MINUS = "\N{MINUS SIGN}"
_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "BRL": "R$"}

STATUSES = {"planned": "Planned", "live": "Live", "settling": "Settling", "final": "Final"}
FEEDS = {
    "drops": "Drop plans",
    "orders": "Orders",
    "returns": "Returns",
    "scans": "Scans and shares",
    "deliveries": "Deliveries",
    "hubs": "Hubs",
    "shown_prices": "Shown prices",
    "storefront": "Storefront visits",
    "epcis_events": "Supply chain events",
}
CHANNELS = {"web": "Web", "mobile": "Mobile", "marketplace": "Marketplace", "popup": "Pop-up"}
BANDS = {"low": "Low", "mid": "List", "high": "High"}
REASONS = {
    "list": "List price",
    "optimise": "Best expected worth",
    "explore": "Trying a band to learn",
    "holdout": "Hold-out hour, at list",
    "hold": "Held by the operator",
    "stale": "Orders are late: held",
    "sold_out": "Sold out",
    "operator": "Set by the operator",
    "missed": "No tick in time: list",
}
GUARDRAILS = {
    "stock": "Nothing left to sell",
    "operator": "The operator's word",
    "staleness": "Orders came late",
    "holdout": "Held out at list price",
    "floor": "Margin floor",
    "taper": "Never up in the last hours",
    "step": "One band an hour",
}
METRICS = {
    "median_hours": "Order to door, median",
    "sell_through_rate": "Sold of staged, 48 h",
    "conversion_rate": "Came back within 30 days",
    "engagement_per_box": "Scans and shares a box",
    "net_sales_amount": "Net sales",
}
COMPARISONS = {"previous_drop": "The drop before", "last_year": "The season before", "shop": "The whole shop"}

# Zero-width and direction-changing characters make two names look alike or turn a line round: shown as a mark.
_HIDDEN = [*range(0x20), 0x7F, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]
_VISIBLE = dict.fromkeys(_HIDDEN, "\N{REPLACEMENT CHARACTER}") | dict.fromkeys(map(ord, "\t\n\r"), " ")


def visible(value: object) -> str:
    """Any value as one line of text without characters that cannot be seen."""
    return str(value).translate(_VISIBLE)


def named(words: dict[str, str], code: str | None) -> str:
    """The word of a code; a code that has none is shown as it is, without underscores."""
    return NONE if code is None else words.get(code, code.replace("_", " "))


def count(value: int | None, one: str = "", many: str = "") -> str:
    """A count with its noun: `1 box`, `1,204 boxes`."""
    if value is None:
        return NONE
    noun = one if value == 1 else many
    return f"{value:,} {noun}".rstrip()


def rate(value: float | None) -> str:
    """A share as per cent with one decimal."""
    return NONE if value is None else f"{value * 100:.1f}%".replace("-", MINUS)


def ratio(value: float | None) -> str:
    """A number per unit."""
    return NONE if value is None else f"{value:.2f}".replace("-", MINUS)


def hours(value: float | None) -> str:
    """Hours with one decimal; from four days on with the days as well, which nobody divides in the head."""
    if value is None:
        return NONE
    shown = f"{value:.1f} h" if value < 96 else f"{value:.0f} h ({value / 24:.1f} days)"  # noqa: PLR2004
    return shown.replace("-", MINUS)


def money(amount: Decimal | float | str | None, currency_code: str | None) -> str:
    """An amount in its currency, exact to the minor unit."""
    if amount is None:
        return NONE
    exact = Decimal(str(amount))
    sign = MINUS if exact < 0 else ""
    if currency_code is None:
        return f"{sign}{abs(exact):,.2f}"
    symbol = _SYMBOLS.get(currency_code, f"{currency_code} ")
    return f"{sign}{symbol}{abs(exact):,.2f}"


def metric(name: str, value: float | None, currency_code: str | None) -> str:
    """A value of one of `METRICS` in its unit."""
    if name.endswith("_amount"):
        return money(None if value is None else round(value, 2), currency_code)
    return {"median_hours": hours, "engagement_per_box": ratio}.get(name, rate)(value)


def signed(text: str) -> str:
    """A difference in words with its sign: `+1.3 h`, `−€4.00`."""
    return text if text.startswith((MINUS, NONE)) else f"+{text}"


def metric_difference(name: str, value: float | None, currency_code: str | None) -> str:
    """The difference of two values of a metric, with its sign; that of two shares is in percentage points."""
    return signed(metric(name, value, currency_code)).replace("%", " points")


def metric_interval(name: str, low: float | None, high: float | None, currency_code: str | None) -> str:
    """The interval of such a difference."""
    return span(*(metric_difference(name, end, currency_code) for end in (low, high)))


def span(low: str, high: str) -> str:
    """Two bounds as one text; a bound that is not known leaves the interval open."""
    if low == NONE:
        return NONE if high == NONE else f"up to {high}"
    return f"from {low}" if high == NONE else f"{low} to {high}"


def zone(name: str | None) -> ZoneInfo:
    """A time zone by name; UTC where it is missing or unknown to this machine."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def instant(moment: datetime | None, where: ZoneInfo) -> str:
    """An instant in local time with its zone: `Sat 5 Dec 2026, 15:00 GMT`."""
    if moment is None:
        return NONE
    local = moment.astimezone(where)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {_zone_name(local)}"


def day(moment: datetime | None, where: ZoneInfo) -> str:
    """A day in local time: `Sat 5 Dec 2026`."""
    if moment is None:
        return NONE
    local = moment.astimezone(where)
    return f"{local:%a} {local.day} {local:%b %Y}"


def hour_of(moment: datetime | None, where: ZoneInfo) -> str:
    """A day and hour without the year, for axes and narrow columns: `Sat 15:00`."""
    return NONE if moment is None else f"{moment.astimezone(where):%a %H:%M}"


def age(span: timedelta) -> str:
    """How long ago, in the unit one would say."""
    total_hours = span.total_seconds() / 3600
    if total_hours < 1:
        return "within the hour"
    if total_hours < 48:  # noqa: PLR2004
        return f"{total_hours:.0f} h ago"
    return f"{total_hours / 24:.0f} days ago"


def _zone_name(local: datetime) -> str:
    name, offset = local.tzname() or "", f"{local:%z}"
    # Zones without an abbreviation report their offset (`-03`): spell it so that it reads as one.
    return f"UTC{offset[:3]}:{offset[3:]}" if name[:1] in "+-" else name
