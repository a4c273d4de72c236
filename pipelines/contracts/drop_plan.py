"""The plan of a drop, and what must hold in it.

A plan is read from text (`plan_text.py`), so that no amount is ever a float and no instant loses its offset. Rules
that need other plans (no SKU in two drops at once) are checked where plans are stored.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, NoReturn, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from pipelines.contracts.columns import EARLIEST, LATEST, LONGEST_IDENTIFIER, MONEY_PRECISION, MONEY_SCALE
from pipelines.contracts.plan_text import Path, PlanText
from pipelines.contracts.words import CHANNELS, CURRENCY_CODES

DROP_LENGTH = timedelta(hours=72)
# Settling takes 30 days; a "drop" as long as that is a season with a typing error in its end.
LONGEST_DROP = timedelta(days=30)
FEWEST_SKUS = 2
MOST_SKUS = 4
LARGEST_SEED = 2**63 - 1

_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_WHOLE = re.compile(r"-?\d{1,19}")
# Beside each drop's own numbers stand those of the whole shop, under this scope.
_RESERVED_IDS = ("shop", "all")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})")


def _fail(rule: str, expected: str) -> NoReturn:
    # A custom error's type is the rule's name; its message says what was expected. Braces would be read as fields.
    raise PydanticCustomError(rule, "{expected}", {"expected": expected})


def _parse_text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        _fail("is_text", "expected text")
    return value


def _parse_identifier(value: object) -> str:
    text = _parse_text(value)
    if len(text) > LONGEST_IDENTIFIER:
        _fail("is_at_most_255_characters", f"expected at most {LONGEST_IDENTIFIER} characters")
    return text


def _parse_drop_id(value: object) -> str:
    text = _parse_identifier(value)
    # It names folders of reports and stands in links.
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", text):
        _fail("is_letters_digits_dots_and_dashes", "expected up to 100 letters, digits, dots, dashes and underscores")
    if text.lower() in _RESERVED_IDS:
        _fail("is_no_reserved_word", f"expected another name than {' and '.join(_RESERVED_IDS)}: they mean every drop")
    return text


def _decimal(value: object, digits: int, scale: int) -> Decimal:
    text = str(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        _fail("is_decimal_text", "expected a decimal number such as 12.50")
    number = Decimal(text)
    sign, figures, exponent = number.normalize().as_tuple()
    if sign and not any(figures):
        _fail("is_decimal_text", "expected 0, not -0")
    if isinstance(exponent, int) and -exponent > scale:
        _fail(f"has_at_most_{scale}_decimals", f"expected at most {scale} decimals")
    if abs(number) >= 10 ** (digits - scale):
        _fail("is_not_too_large", f"expected less than 1 and {digits - scale} zeros")
    return number.quantize(Decimal(1).scaleb(-scale))


def _parse_amount(value: object) -> Decimal:
    amount = _decimal(value, MONEY_PRECISION, MONEY_SCALE)
    if amount < 0:
        _fail("is_not_negative", "expected an amount of at least 0")
    return amount


def _parse_price(value: object) -> Decimal:
    amount = _parse_amount(value)
    if amount == 0:
        _fail("is_above_0", "expected an amount above 0")
    return amount


def _rate_parser(*, most: str) -> Callable[[object], Decimal]:
    def parse(value: object) -> Decimal:
        rate = _decimal(value, 9, 6)
        if not 0 <= rate <= Decimal(most):
            _fail(f"is_from_0_to_{most}", f"expected a share from 0 to {most} (0.20 is 20 %)")
        return rate

    return parse


def _whole_parser(low: int, high: int) -> Callable[[object], int]:
    def parse(value: object) -> int:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str) or not _WHOLE.fullmatch(text):
            _fail("is_a_whole_number", "expected a whole number")
        number = int(text)
        if not low <= number <= high:
            _fail(f"is_from_{low}_to_{high}", f"expected a whole number from {low} to {high}")
        return number

    return parse


def _parse_plan_instant(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        _fail("is_an_instant_with_offset", "expected an instant with its offset such as 2026-11-27T18:00:00+01:00")
    try:
        instant = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        _fail("is_an_instant_with_offset", "expected a day and a time that exist")
    if not EARLIEST <= instant.replace(tzinfo=None) < LATEST:
        _fail("is_from_2000_to_2099", "expected an instant from 2000 to 2099")
    return instant


def _parse_timezone(value: object) -> str:
    text = _parse_text(value)
    try:
        ZoneInfo(text)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError that bears this as its cause
        _fail("is_a_time_zone", "expected a time zone such as Europe/London")
    except KeyError:
        _fail("is_a_time_zone", "expected a time zone such as Europe/London")
    return text


def _parse_currency(value: object) -> str:
    if value not in CURRENCY_CODES:
        _fail("is_an_iso_4217_code", "expected an ISO 4217 code such as GBP")
    return str(value)


def _parse_gtin(value: object) -> str:
    text = _parse_text(value)
    if not re.fullmatch(r"\d{8}|\d{12,14}", text) or gtin_check_digit(text[:-1]) != text[-1]:
        _fail("is_a_gtin", "expected 8, 12, 13 or 14 digits, the last one the right check digit")
    return text.zfill(14)


def gtin_check_digit(digits: str) -> str:
    """GS1's check digit: weights 3 and 1 in turn from the right, up to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def _parse_channels(value: object) -> object:
    if isinstance(value, list):
        if len(value) != len({str(channel) for channel in value}):
            _fail("channels_are_written_once", "expected each channel once")
        value = {str(channel): {} for channel in value}
    if not isinstance(value, dict) or not value:
        _fail("is_a_list_of_channels", "expected [web] or {web: {fee_rate: 0.03}}")
    unknown = sorted(set(value) - set(CHANNELS))
    if unknown:
        _fail("is_web_mobile_marketplace_or_popup", f"expected {', '.join(CHANNELS)}; found {', '.join(unknown)}")
    return {channel: {} if terms is None else terms for channel, terms in value.items()}


Text = Annotated[str, BeforeValidator(_parse_text)]
Identifier = Annotated[str, BeforeValidator(_parse_identifier)]
Amount = Annotated[Decimal, BeforeValidator(_parse_amount)]
Price = Annotated[Decimal, BeforeValidator(_parse_price)]
Instant = Annotated[datetime, BeforeValidator(_parse_plan_instant)]
Units = Annotated[int, BeforeValidator(_whole_parser(0, 10_000_000))]
# A margin or a fee of the whole price leaves nothing to sell for.
Share = Annotated[Decimal, BeforeValidator(_rate_parser(most="0.95"))]


class _PlanPart(BaseModel):
    # An unknown field is a typing error in a known one: `holdout_rat: 0.1` must not mean "no hold-out".
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Bands(_PlanPart):
    """The three price points of a sku."""

    low: Price
    mid: Price
    high: Price

    @model_validator(mode="after")
    def _low_is_below_mid_is_below_high(self) -> Self:
        if not self.low < self.mid < self.high:
            _fail("bands_rise_from_low_over_mid_to_high", "expected low < mid < high")
        return self


class Restock(_PlanPart):
    """Units that reach a hub while the drop runs."""

    at: Instant
    hub_id: Identifier
    units: Units


class PlannedSku(_PlanPart):
    """One sku of a drop. Amounts are of one unit, tax included."""

    sku: Identifier
    gtin: Annotated[str, BeforeValidator(_parse_gtin)] | None = None
    title: Text
    list_price: Price
    unit_cost: Amount
    salvage_amount: Amount = Decimal("0.0000")
    min_margin_rate: Share
    bands: Bands
    stock: dict[Identifier, Units] = Field(min_length=1)
    forecast_units: Units | None = None
    restocks: tuple[Restock, ...] = ()

    @model_validator(mode="after")
    def _mid_is_the_list_price(self) -> Self:
        if self.bands.mid != self.list_price:
            _fail(
                "bands_mid_is_the_list_price", f"expected bands.mid {self.bands.mid} to be list_price {self.list_price}"
            )
        return self


class ChannelTerms(_PlanPart):
    """What selling through a channel costs: a share of the price."""

    fee_rate: Share = Decimal("0.000000")


class DropPlan(_PlanPart):
    """One selling window with its skus, as its owner wrote it."""

    drop_id: Annotated[str, BeforeValidator(_parse_drop_id)]
    version: Annotated[int, BeforeValidator(_whole_parser(1, 1_000_000))] = 1
    name: Text
    starts_at: Instant
    ends_at: Instant
    timezone: Annotated[str, BeforeValidator(_parse_timezone)]
    currency_code: Annotated[str, BeforeValidator(_parse_currency)]
    channels: Annotated[dict[str, ChannelTerms], BeforeValidator(_parse_channels)]
    tax_rate: Annotated[Decimal, BeforeValidator(_rate_parser(most="1"))] = Decimal("0.000000")
    max_staleness_hours: Annotated[int, BeforeValidator(_whole_parser(1, 72))]
    holdout_rate: Annotated[Decimal, BeforeValidator(_rate_parser(most="0.5"))]
    taper_hours: Annotated[int, BeforeValidator(_whole_parser(0, 24))]
    seed: Annotated[int, BeforeValidator(_whole_parser(0, LARGEST_SEED))]
    skus: tuple[PlannedSku, ...]

    @model_validator(mode="before")
    @classmethod
    def _fill_what_follows_from_the_rest(cls, plan: object) -> object:
        if not isinstance(plan, dict):
            return plan
        filled = dict(plan)
        if filled.get("ends_at") is None and "starts_at" in filled:
            filled["ends_at"] = _end_by_default(filled["starts_at"])
        if filled.get("seed") is None:
            filled["seed"] = default_seed(str(filled.get("drop_id")))
        return filled

    @model_validator(mode="after")
    def _window_is_a_window(self) -> Self:
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST_DROP:
            _fail("ends_at_is_after_starts_at", f"expected an end after the start, at most {LONGEST_DROP.days} days on")
        if self.taper_hours not in (0, 24):
            _fail("taper_hours_is_0_or_24", "expected 0 or 24")
        return self

    @model_validator(mode="after")
    def _skus_are_two_to_four_different_ones(self) -> Self:
        if not FEWEST_SKUS <= len(self.skus) <= MOST_SKUS:
            _fail("skus_are_2_to_4", f"expected {FEWEST_SKUS} to {MOST_SKUS} skus, found {len(self.skus)}")
        if len({planned.sku for planned in self.skus}) < len(self.skus):
            _fail("skus_are_written_once", "expected each sku once")
        return self

    @model_validator(mode="after")
    def _restocks_arrive_while_the_drop_runs(self) -> Self:
        for planned in self.skus:
            for restock in planned.restocks:
                if not self.starts_at < restock.at < self.ends_at:
                    _fail(
                        "restocks_arrive_while_the_drop_runs",
                        f"expected the restock of {planned.sku} between starts_at and ends_at; found {restock.at}",
                    )
        return self

    def canonical_json(self) -> str:
        """The whole plan, defaults filled in: equal for two plans that say the same in other words or another order."""
        content = self.model_dump(mode="json")
        content["skus"] = sorted(content["skus"], key=lambda planned: str(planned["sku"]))
        for planned in content["skus"]:
            planned["restocks"] = sorted(planned["restocks"], key=lambda restock: json.dumps(restock, sort_keys=True))
        return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _end_by_default(starts_at: object) -> object:
    try:
        return _parse_plan_instant(starts_at) + DROP_LENGTH
    except PydanticCustomError:
        # The same fault is then found at starts_at, where it is written.
        return starts_at


def default_seed(drop_id: str) -> int:
    """The seed of a plan that names none: fixed by the drop's name."""
    return int.from_bytes(hashlib.sha256(drop_id.encode()).digest()[:8], "big") % (LARGEST_SEED + 1)


@dataclass(frozen=True)
class BrokenPlanRule:
    """One rule that a plan breaks: its name, where and what was written, and what was expected."""

    rule: str
    field: str
    value: str
    line: int
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}: {self.expected}; found {self.value} (rule {self.rule})"


class DropPlanError(ValueError):
    """A plan that breaks rules."""

    def __init__(self, broken: list[BrokenPlanRule]) -> None:
        super().__init__("\n".join(map(str, broken)))
        self.broken = broken


def parse_drop_plan(text: PlanText) -> DropPlan:
    """The plan that a text says.

    Raises:
        DropPlanError: Every rule that it breaks, with value and line.
    """
    if not isinstance(text.content, dict):
        raise DropPlanError([BrokenPlanRule("plan_is_a_mapping", "plan", "", 1, "expected drop_id, name, … on top")])
    try:
        # The text's own nulls are fields left empty, which a default may fill.
        return DropPlan.model_validate(_without_nulls(text.content))
    except ValidationError as error:
        found = [_broken(details, text) for details in error.errors(include_url=False)]
        # An end worked out from a bad start is not written, and the start is reported already.
        raise DropPlanError(
            [broken for broken in found if broken.field != "ends_at" or "ends_at" in text.content]
        ) from error


# Mappings whose keys are the shop's own words: a hub without units is a fault there, not a field left empty.
_NAMED_BY_THE_SHOP = ("channels", "stock")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: item if key in _NAMED_BY_THE_SHOP else _without_nulls(item)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


_PYDANTIC_RULES = {
    "missing": ("is_present", "expected a value"),
    "extra_forbidden": ("is_a_known_field", "no such field in a plan"),
    "too_short": ("is_not_empty", "expected at least one"),
}


def _broken(details: ErrorDetails, text: PlanText) -> BrokenPlanRule:
    location: Path = tuple(part for part in details["loc"] if part != "[key]")
    rule, expected = _PYDANTIC_RULES.get(details["type"], (details["type"], details["msg"]))
    field = ".".join(map(str, location)) or "plan"
    return BrokenPlanRule(rule, field, _shown(details, location, text), text.line_of(location), expected)


# Long enough for a set of bands, short enough for a table on a screen.
_LONGEST_SHOWN = 120


def _shown(details: ErrorDetails, location: Path, text: PlanText) -> str:
    if details["type"] == "missing":
        return "nothing"
    value = text.content
    for part in location:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int):
            value = value[part]
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"
