"""The kinds of column that feeds are made of: each is a dataframely column whose rules are named as what must hold.

The `kind` in a column's metadata says how its text is typed (see `pipelines/ingest/typed_rows.py`); rules about the
value are here. What belongs to one feed alone is in `feeds.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

MONEY_PRECISION = 18
MONEY_SCALE = 4

# Sellers' systems write 0001-01-01 and 1970-01-01 for "never"; no shop of ours has rows from before 2000.
EARLIEST = datetime(2000, 1, 1)  # noqa: DTZ001 (timestamps are naive UTC in every frame)
# A promise or an end may lie ahead, but a year like 9999 is a placeholder, not an instant.
LATEST = datetime(2100, 1, 1)  # noqa: DTZ001
# No natural key of a shop, carrier or label is longer; a longer one is a field that has swallowed its neighbours.
LONGEST_IDENTIFIER = 255

_Checks = dict[str, Callable[[pl.Expr], pl.Expr]]

_LENGTH: _Checks = {
    f"is_at_most_{LONGEST_IDENTIFIER}_characters": lambda column: column.str.len_chars() <= LONGEST_IDENTIFIER
}


def identifier(*, required: bool = False) -> Any:
    """Text that names something, kept as it is: `007` and `1E5` are names."""
    return dy.String(**_options("identifier", required=required, checks=_LENGTH))


def person() -> Any:
    """Text that names a person: it becomes the buyer's key and goes no further."""
    return dy.String(**_options("person", required=False, checks=_LENGTH))


def free_text(*, required: bool = False) -> Any:
    """Text for people, in which anything shaped like an e-mail address is masked."""
    return dy.String(**_options("free_text", required=required, checks={}))


def choice(values: Collection[str], called: str, *, required: bool = False) -> Any:
    """One of a closed list of words; `called` completes the rule's name: `channel_is_<called>`."""
    words = sorted(values)
    checks: _Checks = {f"is_{called}": lambda column: column.is_in(words)}
    return dy.String(**_options("choice", required=required, checks=checks))


def whole_number(low: int, high: int, *, required: bool = False, wide: bool = False) -> Any:
    """A whole number from `low` to `high`, both included; `wide` ones need 64 bits."""
    column_type = dy.Int64 if wide else dy.Int32
    checks: _Checks = {f"is_from_{low}_to_{high}": lambda column: column.is_between(low, high)}
    return column_type(**_options("whole_number", required=required, checks=checks))


def number(low: float, high: float, *, required: bool = False) -> Any:
    """A measured number (a coordinate), from `low` to `high`, both included."""
    checks: _Checks = {f"is_from_{low:g}_to_{high:g}": lambda column: column.is_between(low, high)}
    return dy.Float64(**_options("number", required=required, checks=checks))


def money(*, required: bool = False) -> Any:
    """An amount of at least 0, exact to a hundredth of a cent."""
    checks: _Checks = {"is_not_negative": lambda column: column >= pl.lit(Decimal(0))}
    return dy.Decimal(MONEY_PRECISION, MONEY_SCALE, **_options("money", required=required, checks=checks))


def instant(*, required: bool = False) -> Any:
    """An instant in UTC (naive in the frame). That it is not ahead of the clock is a rule of the feed."""
    checks: _Checks = {
        "is_not_before_2000": lambda column: column >= pl.lit(EARLIEST),
        "is_before_2100": lambda column: column < pl.lit(LATEST),
    }
    return dy.Datetime(time_unit="us", **_options("instant", required=required, checks=checks))


def truth() -> Any:
    """Yes or no; absent means not known."""
    return dy.Bool(**_options("truth", required=False, checks={}))


def _options(kind: str, *, required: bool, checks: _Checks) -> dict[str, Any]:
    # Columns are nullable to dataframely, so that absence is reported by a rule named like the others.
    presence: _Checks = {"is_present": lambda column: column.is_not_null()} if required else {}
    options: dict[str, Any] = {"nullable": True, "metadata": {"kind": kind, "is_required": required}}
    if presence or checks:
        options["check"] = presence | checks
    return options
