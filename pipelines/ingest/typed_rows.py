"""Text rows of a feed → typed rows that keep its contract, and rejected rows with field, rule and reason.

A row that fails by the shape of a text is reported by shape; only typed rows are held against the contract.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import polars as pl

from pipelines.contracts.columns import MONEY_SCALE
from pipelines.contracts.digital_link import DigitalLinkError, parse_label
from pipelines.contracts.feeds import MOST_UNITS, Feed
from pipelines.contracts.parsed_file import BUYERS_SCHEMA, REJECTS_SCHEMA, ParsedBatch, no_buyers, no_rejects
from pipelines.contracts.words import CURRENCY_CODES
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatch
from pipelines.ingest.text_kinds import KINDS, answers, type_columns
from pipelines.privacy import EMAIL_SHAPE, MASK, buyer_keys, is_personal, mask_emails, mask_names

# A rejected row is kept to be understood by a person; a megabyte in one field helps nobody.
LONGEST_ROW_TEXT = 2_000
LONGEST_VALUE_SHOWN = 100

# The money that a row moves, as `pipelines/warehouse/load.py` sums it for the accepted ones.
_AMOUNTS = {
    "orders": pl.col("quantity") * pl.col("unit_price") - pl.col("discount_amount").fill_null(Decimal(0)),
    "returns": pl.col("refund_amount"),
    "deliveries": pl.col("cost_amount"),
}
# Where somebody's door is. A hub has a place too, but it is nobody's home; a parcel's place may be the door.
_DOORS = frozenset({"ship_latitude", "ship_longitude", "ship_postcode", "latitude", "longitude"})


def check_batch(raw: RawBatch, feed: Feed, latest_at: datetime, key: bytes) -> ParsedBatch:
    """Type and check the rows of a batch.

    Args:
        raw: The rows as text.
        feed: Whose contract they must keep.
        latest_at: The latest instant (naive UTC) that a row may claim.
        key: The secret of `buyer_key`.
    """
    kinds = feed.columns()
    given = [name for name in raw.rows.columns if name != "_row_number"]
    text = _complete(raw.rows, kinds)
    typed, faults = _typed(text, kinds)
    if feed.name == "scans":
        typed, link_faults = _with_labels(typed)
        faults = pl.concat([faults, link_faults])
    every_row = typed
    typed = typed.filter(~pl.col("_row_number").is_in(faults["row_number"].implode())) if faults.height else typed
    accepted, broken_rules = _held_against_contract(typed, text, feed, latest_at)
    faults = pl.concat([faults, broken_rules])
    accepted, buyers = _without_people(accepted, feed, key)
    accepted = _with_extra(accepted, raw.rows, [name for name in given if name not in kinds])
    return ParsedBatch(
        rows_read=raw.rows_read,
        accepted=accepted,
        rejected=_rejects(faults, raw, feed),
        buyers=buyers,
        # A name may hold an address too: of a transposed file, or of one whose header line was lost.
        columns=frozenset(mask_names(given).values()),
        rejected_money=_money_of(every_row, faults["row_number"], feed),
        also_holds=raw.also_holds,
    )


def holds_people(name: str, feed: Feed) -> bool:
    """Whether a file's column holds people: of the feed's own columns its contract says so, of others their name."""
    kind = feed.columns().get(name)
    return is_personal(name) if kind is None else kind == "person"


def _money_of(typed: pl.DataFrame, rejected: pl.Series, feed: Feed) -> dict[str, tuple[int, Decimal]]:
    """Rows and amount by currency of the rejected rows whose money can be read: what an owner misses in the sums."""
    if feed.name not in _AMOUNTS or rejected.is_empty():
        return {}
    rows = typed.filter(pl.col("_row_number").is_in(rejected.unique().implode()))
    if "quantity" in rows.columns:
        # A quantity that cannot be is no money, and its product may be too large for any type.
        rows = rows.filter(pl.col("quantity").is_between(1, MOST_UNITS))
    sums = (
        rows.select("currency_code", amount=_AMOUNTS[feed.name].cast(pl.Decimal(38, MONEY_SCALE)))
        .filter(pl.col("currency_code").is_in(sorted(CURRENCY_CODES)) & pl.col("amount").is_not_null())
        .group_by("currency_code")
        .agg(pl.len().alias("rows"), pl.sum("amount"))
    )
    return {currency_code: (count, amount) for currency_code, count, amount in sums.sort("currency_code").iter_rows()}


def _complete(rows: pl.DataFrame, kinds: dict[str, str]) -> pl.DataFrame:
    """Every column of the feed, blank text made null: a blank field says nothing."""
    given = [name for name in kinds if name in rows.columns]
    # What begins with a printing character of ASCII is not blank, and comparing is ten times as fast as searching.
    may_be_blank = answers(rows, [((pl.col(name) < "!") | (pl.col(name) > "~")).any().alias(name) for name in given])
    columns = [
        pl.col(name)
        if may_be_blank.get(name) is False
        else pl.when(pl.col(name).str.contains(r"\S")).then(pl.col(name)).alias(name)
        if name in given
        else pl.lit(None, pl.String).alias(name)
        for name in kinds
    ]
    return rows.select("_row_number", *columns)


_FAULTS_SCHEMA = {name: kind for name, kind in REJECTS_SCHEMA.items() if name != "row_text"}


def _typed(text: pl.DataFrame, kinds: dict[str, str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    typed = type_columns(text, kinds)
    failing = [name for name in kinds if typed[name].null_count() > text[name].null_count()]
    faults = [
        text.filter(typed[name].is_null() & text[name].is_not_null()).select(
            row_number="_row_number",
            field=pl.lit(name),
            rule=pl.lit(f"{name}_{KINDS[kinds[name]].rule}"),
            message=pl.format("expected {}; found {}", pl.lit(KINDS[kinds[name]].expected), _shown(name, kinds[name])),
        )
        for name in failing
    ]
    return typed, pl.concat(faults) if faults else pl.DataFrame(schema=_FAULTS_SCHEMA)


def _shown(column: str, kind: str) -> pl.Expr:
    """A field as it may stand in a message: people masked, doors as their shape alone, and not too long."""
    if kind == "person":
        return pl.lit(MASK)
    text = pl.col(column).cast(pl.String).str.replace_all(EMAIL_SHAPE, MASK)
    if column in _DOORS:
        # Messages are published; what is wrong with a coordinate or a postcode shows in where its digits stand.
        text = text.str.replace_all(r"\d", "0").str.replace_all(r"\p{L}", "x")
    return text.str.slice(0, LONGEST_VALUE_SHOWN)


def _with_labels(typed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The product and the box that each scan's link names; a box that is also given must be the same."""
    links = typed["digital_link"].drop_nulls().unique(maintain_order=True).to_list()
    found = pl.DataFrame(
        [_label_row(link) for link in links],
        schema=dict.fromkeys(("digital_link", "gtin", "_link_box_id", "rule", "expected"), pl.String),
        orient="row",
    )
    joined = typed.join(found, on="digital_link", how="left", maintain_order="left")
    disagrees = pl.col("box_id").is_not_null() & (pl.col("box_id") != pl.col("_link_box_id"))
    joined = joined.with_columns(
        rule=pl.when(disagrees).then(pl.lit("box_id_agrees_with_digital_link")).otherwise(pl.col("rule")),
        expected=pl.when(disagrees).then(pl.lit("the box that the link names")).otherwise(pl.col("expected")),
    )
    faults = joined.filter(pl.col("rule").is_not_null()).select(
        row_number="_row_number",
        field=pl.when(disagrees).then(pl.lit("box_id")).otherwise(pl.lit("digital_link")),
        rule="rule",
        message=pl.format(
            "{}; found {}",
            "expected",
            pl.when(disagrees).then(_shown("box_id", "identifier")).otherwise(_shown("digital_link", "free_text")),
        ),
    )
    labelled = joined.with_columns(box_id=pl.coalesce("box_id", "_link_box_id"))
    return labelled.drop("_link_box_id", "rule", "expected"), faults


def _label_row(link: str) -> tuple[str, str | None, str | None, str | None, str | None]:
    try:
        label = parse_label(link)
    except DigitalLinkError as error:
        return link, None, None, error.rule, str(error)
    return link, label.gtin, label.box_id, None, None


def _held_against_contract(
    typed: pl.DataFrame, text: pl.DataFrame, feed: Feed, latest_at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    contract = feed.contract
    prepared = typed.with_columns(pl.lit(latest_at).cast(pl.Datetime("us")).alias("_latest_at")).select(
        contract.column_names()
    )
    # Numbers outside of 32 bits must not wrap or fail, but break their rule: the contract's own type comes last.
    in_bounds = {name: column.dtype for name, column in contract.columns().items() if prepared[name].dtype == pl.Int64}
    overflowing = [
        pl.col(name).clip(pl.Int32.min(), pl.Int32.max()) for name, dtype in in_bounds.items() if dtype == pl.Int32
    ]
    prepared = prepared.with_columns(overflowing).cast(
        {name: column.dtype for name, column in contract.columns().items()}
    )
    # Most batches are clean, and to learn only that takes half as long as to look for the rows that are not.
    if contract.is_valid(prepared):
        return prepared, pl.DataFrame(schema=_FAULTS_SCHEMA)
    accepted, failures = contract.filter(prepared)
    return accepted, _broken_rules(failures.details(), text, feed)


def _broken_rules(details: pl.DataFrame, text: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """One line for each broken rule of each row, in the order of the columns."""
    columns = feed.contract.column_names()
    kinds = feed.columns()
    rules = [name for name in details.columns if name not in columns]
    broken = (
        details.select("_row_number", pl.col(rules).cast(pl.String))
        .unpivot(index="_row_number", on=rules, variable_name="broken", value_name="verdict")
        .filter(pl.col("verdict") == "invalid")
    )
    faults = []
    for (broken_rule,), rows in broken.group_by("broken", maintain_order=True):
        rule = str(broken_rule).replace("|check__", "_").replace("|", "_is_")
        # The longest column's name that the rule begins with: `updated_at_…` speaks of `updated_at`.
        field = max((name for name in columns if rule.startswith(f"{name}_")), key=len)
        found = _shown(field, kinds[field]).fill_null("nothing") if field in kinds else pl.lit("nothing")
        requirement = rule.removeprefix(f"{field}_").replace("_", " ")
        faults.append(
            text.join(rows.select("_row_number"), on="_row_number", how="semi", maintain_order="left").select(
                row_number="_row_number",
                field=pl.lit(field),
                rule=pl.lit(rule),
                message=pl.format("expected: {} {}; found {}", pl.lit(field), pl.lit(requirement), found),
            )
        )
    return pl.concat(faults)


def _without_people(accepted: pl.DataFrame, feed: Feed, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Buyers become keys, and what looks like an address in free text is masked."""
    kinds = feed.columns()
    masked = accepted.drop("_latest_at").with_columns(
        pl.col(name).str.replace_all(EMAIL_SHAPE, MASK)
        for name, kind in kinds.items()
        if kind == "free_text" and accepted[name].str.contains("@", literal=True).any()
    )
    if "buyer_id" not in kinds:
        return masked, no_buyers()
    people, person = _people(masked.select("buyer_email", "buyer_id"), key)
    keyed = masked.with_columns(people["buyer_key"].gather(person), person.alias("_person"))
    # A buyer is told for each consent that the rows state: which counts depends on when it was stated.
    stated = (
        keyed.select("_person", "marketing_consent", "updated_at")
        .group_by("_person", "marketing_consent", maintain_order=True)
        .agg(pl.max("updated_at"))
    )
    buyers = people[stated["_person"]].hstack(stated.drop("_person")).filter(pl.col("buyer_key").is_not_null())
    return keyed.drop("buyer_email", "buyer_id", "_person"), buyers.select(BUYERS_SCHEMA.keys())


def _people(rows: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.Series]:
    """The different people of some rows, with their keys, and each row's place among them."""
    # The lines of an order stand together, so that few rows are looked up.
    run = pl.Series("run", rows.select(pl.struct("buyer_email", "buyer_id").rle_id()).to_series())
    firsts = rows.filter(run.ne_missing(run.shift()))
    people = firsts.unique(maintain_order=True)
    keys = buyer_keys(key, people.iter_rows())
    people = people.with_columns(pl.Series("buyer_key", keys, dtype=pl.String)).with_row_index("_person")
    found = firsts.join(people, on=["buyer_email", "buyer_id"], how="left", nulls_equal=True, maintain_order="left")
    return people.drop("_person"), found["_person"].gather(run)


def _with_extra(accepted: pl.DataFrame, rows: pl.DataFrame, extra: Sequence[str]) -> pl.DataFrame:
    """The columns that the feed does not know, as JSON with sorted names; people masked, absent values left out."""
    if not extra:
        return accepted.with_columns(pl.lit(None, pl.String).alias("_extra"))
    shown = mask_names(extra)
    members = [
        pl.when(pl.col(name).is_not_null() & (pl.col(name) != "")).then(
            pl.struct((pl.lit(MASK) if is_personal(name) else _masked(name)).alias(shown[name]))
            .struct.json_encode()
            .str.slice(1)
            .str.strip_suffix("}")
        )
        for name in sorted(extra)
    ]
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    content = rows.select(
        "_row_number", pl.when(joined != "").then(pl.concat_str(pl.lit("{"), joined, pl.lit("}"))).alias("_extra")
    )
    return accepted.join(content, on="_row_number", how="left", maintain_order="left")


def _masked(name: str) -> pl.Expr:
    return pl.col(name).str.replace_all(EMAIL_SHAPE, MASK)


def _rejects(faults: pl.DataFrame, raw: RawBatch, feed: Feed) -> pl.DataFrame:
    """One row a rejected row: its first fault, with the others named behind."""
    if not faults.height and not raw.broken:
        return no_rejects()
    texts = _row_texts(raw.rows.filter(pl.col("_row_number").is_in(faults["row_number"].implode())), feed)
    by_row: dict[int, list[tuple[str | None, str, str]]] = {}
    for row_number, field, rule, message in faults.select(_FAULTS_SCHEMA.keys()).iter_rows():
        by_row.setdefault(row_number, []).append((field, rule, message))
    found = [
        (row_number, field, rule, _with_others(message, others), texts[row_number])
        for row_number, ((field, rule, message), *others) in by_row.items()
    ]
    may_hold_people = "person" in feed.columns().values() or any(holds_people(name, feed) for name in raw.rows.columns)
    found += [_broken_row(broken, may_hold_people=may_hold_people) for broken in raw.broken]
    return pl.DataFrame(sorted(found), schema=REJECTS_SCHEMA, orient="row")


def _with_others(message: str, others: list[tuple[str | None, str, str]]) -> str:
    return message if not others else f"{message} (also broken: {', '.join(rule for _, rule, _ in others)})"


def _broken_row(broken: BrokenRow, *, may_hold_people: bool) -> tuple[int, str | None, str, str, str]:
    # The fields of such a row cannot be told apart, so where one of them may be a person's the whole row is masked.
    text = MASK if may_hold_people else mask_emails(broken.row_text)[:LONGEST_ROW_TEXT]
    field = None if broken.field is None else mask_emails(broken.field)
    return broken.row_number, field, broken.rule, mask_emails(broken.message), text


def _row_texts(rows: pl.DataFrame, feed: Feed) -> dict[int, str]:
    personal = {name for name in rows.columns if holds_people(name, feed)}
    texts = {}
    for row in rows.iter_rows(named=True):
        shown = {
            name: MASK if name in personal else value
            for name, value in row.items()
            if value is not None and name != "_row_number"
        }
        texts[row["_row_number"]] = mask_emails(json.dumps(shown, ensure_ascii=False))[:LONGEST_ROW_TEXT]
    return texts
