"""The text of a column → values of its kind: money, an instant, an identifier; null where it is none.

A text is typed only if its whole shape is what the kind expects: no decimal comma, no missing offset and no float is
guessed at. What a value must be beyond its type is for the contracts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl
import pyarrow as pa

from pipelines.contracts.columns import MONEY_PRECISION, MONEY_SCALE
from pipelines.privacy import EMAIL_SHAPE

_MONEY_SHAPE = rf"^-?\d{{1,{MONEY_PRECISION - MONEY_SCALE}}}(\.\d{{1,{MONEY_SCALE}}})?$"
_NEGATIVE_ZERO = r"^-0+(\.0+)?$"
_WHOLE_SHAPE = r"^-?\d{1,18}$"
_NUMBER_SHAPE = r"^[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?$"
_INSTANT_SHAPE = r"^\d{4}-\d{2}-\d{2}[T ][0-2]\d:[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)$"
_TRUE, _FALSE = ("true", "1"), ("false", "0")

_MONEY = pl.Decimal(MONEY_PRECISION, MONEY_SCALE)


@dataclass(frozen=True)
class Kind:
    """How a kind of column is typed.

    Attributes:
        parse: The typed value; null where the text is not of the kind.
        rule: What must hold of the text; it completes the column's name.
        expected: The same for a person, with an example.
        is_plain: Whether every text is of the kind and `parse_plain` may be used. This is looked at first, because
            nearly every column of nearly every batch is plain, and a question about all of them costs the least.
        parse_plain: What `parse` gives, for such a column.
    """

    parse: Callable[[pl.Expr], pl.Expr]
    rule: str
    expected: str
    is_plain: Callable[[pl.Expr], pl.Expr] | None = None
    parse_plain: Callable[[pl.Expr], pl.Expr] | None = None


def type_columns(text: pl.DataFrame, kinds: dict[str, str]) -> pl.DataFrame:
    """The columns typed, each by its kind, behind `_row_number`; a text that is not of its kind becomes null."""
    checks = [
        check(pl.col(name)).alias(name)
        for name, kind in kinds.items()
        if (check := KINDS[kind].is_plain) is not None and text[name].null_count() < text.height
    ]
    plain = answers(text, checks)
    return text.select(
        "_row_number", *(_parse(KINDS[kind], name, plain.get(name)).alias(name) for name, kind in kinds.items())
    )


def answers(rows: pl.DataFrame, questions: Sequence[pl.Expr]) -> dict[str, bool | None]:
    """What each question says of the rows as a whole, by its name."""
    return rows.select(questions).row(0, named=True) if questions else {}


def _parse(kind: Kind, name: str, is_plain: bool | None) -> pl.Expr:
    parse = kind.parse_plain if is_plain and kind.parse_plain is not None else kind.parse
    return parse(pl.col(name))


def _parse_money(text: pl.Expr) -> pl.Expr:
    has_shape = text.str.contains(_MONEY_SHAPE) & ~text.str.contains(_NEGATIVE_ZERO)
    return pl.when(has_shape).then(text).cast(_MONEY, strict=False)


def _is_plain_money(text: pl.Expr) -> pl.Expr:
    return (text.str.contains(_MONEY_SHAPE) & (text >= "0")).all()


def _parse_whole_number(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(_WHOLE_SHAPE)).then(text).cast(pl.Int64, strict=False)


def _parse_number(text: pl.Expr) -> pl.Expr:
    # Adding 0 makes -0.0 the same value, and so the same row, as 0.0.
    return pl.when(text.str.contains(_NUMBER_SHAPE)).then(text).cast(pl.Float64, strict=False) + 0.0


def _parse_instant(text: pl.Expr) -> pl.Expr:
    return text.map_batches(_read_instants, return_dtype=pl.Datetime("us"))


def _read_instants(text: pl.Series) -> pl.Series:
    """Arrow reads instants of the right shape in a sixth of the time, but refuses a column for a single bad one."""
    is_shaped = _is_plainly_utc(text) or text.str.contains(_INSTANT_SHAPE).all()
    try:
        instants = text.to_arrow().cast(pa.timestamp("us", "UTC")) if is_shaped else None
    except pa.ArrowInvalid:
        instants = None
    if instants is None:
        return text.to_frame().select(_parse_any_instant(pl.col(text.name))).to_series()
    return pl.Series(text.name, instants).dt.replace_time_zone(None)


def _is_plainly_utc(text: pl.Series) -> bool:
    """Whether all texts may be `2026-11-27T18:00:00Z`: nothing else of that length that ends so is an instant."""
    lengths = text.str.len_bytes()
    return lengths.min() == lengths.max() == len("2026-11-27T18:00:00Z") and bool(text.str.ends_with("Z").all())


def _parse_any_instant(text: pl.Expr) -> pl.Expr:
    shaped = pl.when(text.str.contains(_INSTANT_SHAPE)).then(text)
    offset = shaped.str.replace(r"Z$", "+00:00").str.replace(r"^(.{10}) ", "${1}T")
    timed = offset.str.replace(r"^(.{16})([+-])", "${1}:00${2}")
    instants = timed.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit="us", time_zone="UTC", strict=False)
    return instants.dt.replace_time_zone(None)


def _parse_truth(text: pl.Expr) -> pl.Expr:
    lowered = text.str.to_lowercase()
    return pl.when(lowered.is_in(_TRUE)).then(pl.lit(value=True)).when(lowered.is_in(_FALSE)).then(pl.lit(value=False))


def _keep_text(text: pl.Expr) -> pl.Expr:
    return text


def _keep_identifier(text: pl.Expr) -> pl.Expr:
    # An address used as an identifier would put a person into every table: masking it would join strangers.
    return pl.when(~text.str.contains(EMAIL_SHAPE)).then(text)


KINDS: dict[str, Kind] = {
    "money": Kind(
        _parse_money,
        "is_decimal_text",
        "decimal text with at most 4 decimals such as 12.50",
        _is_plain_money,
        lambda text: text.cast(_MONEY, strict=False),
    ),
    "whole_number": Kind(
        _parse_whole_number,
        "is_a_whole_number",
        "a whole number such as 3",
        lambda text: text.str.contains(_WHOLE_SHAPE).all(),
        lambda text: text.cast(pl.Int64, strict=False),
    ),
    "number": Kind(
        _parse_number,
        "is_a_number",
        "a number with a decimal point such as 51.5155",
        lambda text: text.str.contains(_NUMBER_SHAPE).all(),
        lambda text: text.cast(pl.Float64, strict=False) + 0.0,
    ),
    "instant": Kind(
        _parse_instant,
        "is_an_instant_with_offset",
        "an instant with its offset such as 2026-11-27T18:00:00+01:00",
    ),
    "truth": Kind(_parse_truth, "is_true_or_false", "true or false"),
    "identifier": Kind(
        _keep_identifier,
        "is_no_email_address",
        "an identifier that is no e-mail address",
        lambda text: ~text.str.contains(EMAIL_SHAPE).any(),
        _keep_text,
    ),
    "choice": Kind(_keep_text, "is_text", "text"),
    "free_text": Kind(_keep_text, "is_text", "text"),
    "person": Kind(_keep_text, "is_text", "text"),
}
