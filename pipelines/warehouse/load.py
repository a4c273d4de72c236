"""One parsed file into `raw`, in one transaction: its rows, rejects, sums and ledger row together or not at all.

A feed's table holds each distinct row content once, whatever files it came in and in whatever order. What a row must
look like is decided before, by its contract; which of two versions of a key counts is decided after, by staging.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import duckdb
import polars as pl

from pipelines.contracts.feeds import DROPS, FEEDS
from pipelines.contracts.parsed_file import FileIdentity, ParsedBatch, ParsedFile, UnreadableFileError
from pipelines.warehouse.connect import Connection, naive, transaction
from pipelines.warehouse.load_plan import find_clash, store_plan
from pipelines.warehouse.tables import FEED_TABLES

# The instant of a row. Two rows of one content have the same, and tables grow in its order, so looking for a known row
# by its hash and its instant touches the blocks of that time alone.
_INSTANTS = {
    "orders": "updated_at",
    "returns": "returned_at",
    "scans": "scanned_at",
    "deliveries": "occurred_at",
    "shown_prices": "valid_from",
    "storefront": "occurred_at",
    "epcis_events": "occurred_at",
}

# The money that a row moves; feeds that are not named here move none.
_AMOUNTS = {
    "orders": "quantity * unit_price - coalesce(discount_amount, 0)",
    "returns": "refund_amount",
    "deliveries": "cost_amount",
}

# A batch has a number of rows, not of bytes: one whose rows hold kilobytes each is stored in parts, so that DuckDB's
# memory holds one several times over.
_MOST_BYTES_AT_ONCE = 32 * 2**20


def stored_money(files: str) -> str:
    """SQL for the money of the rows that are stored, by file and currency: reconciliation must find it again.

    Args:
        files: SQL for the files to look at, by `file_id`.
    """
    return " UNION ALL ".join(
        f"SELECT _file_id AS file_id, currency_code, CAST(sum({amount}) AS DECIMAL(38, 4)) AS amount"
        f" FROM raw.{feed} WHERE _file_id IN ({files}) GROUP BY ALL HAVING amount IS NOT NULL"
        for feed, amount in _AMOUNTS.items()
    )


@dataclass
class _Sums:
    """Rows and money of one file so far."""

    status: str = "loaded"
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicate: int = 0
    conflicting: int = 0
    first_error: str | None = None
    columns: set[str] = field(default_factory=set)
    reconciled: dict[tuple[str, str | None], tuple[int, Decimal | None]] = field(default_factory=dict)

    def reconcile(self, outcome: str, currency_code: str | None, rows: int, amount: Decimal | None) -> None:
        """Add rows of one outcome and currency."""
        rows_before, amount_before = self.reconciled.get((outcome, currency_code), (0, None))
        total = amount if amount_before is None else amount_before + (amount or 0)
        self.reconciled[outcome, currency_code] = (rows_before + rows, total)


@dataclass(frozen=True)
class LoadedFile:
    """The ledger's row of a file, as far as people ask for it."""

    identity: FileIdentity
    status: str
    rows_read: int
    accepted: int
    rejected: int
    duplicate: int
    conflicting: int
    extra_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    first_error: str | None
    is_name_reused: bool


class ReconciliationError(RuntimeError):
    """A file's rows do not add up: a fault of ours, never of the file. Nothing of it was stored."""


def has_loaded_anything(connection: Connection) -> bool:
    """Whether the ledger holds any file."""
    return bool(connection.execute("SELECT 1 FROM raw.landing_files LIMIT 1").fetchall())


def is_loaded(connection: Connection, file_id: str) -> bool:
    """Whether this content is in the warehouse; a quarantined one is not, and may be tried again."""
    query = "SELECT 1 FROM raw.landing_files WHERE file_id = ? AND status = 'loaded'"
    return bool(connection.execute(query, [file_id]).fetchall())


def record_sighting(connection: Connection, identity: FileIdentity, as_of: datetime, seen_at: datetime) -> None:
    """Record that known content was met again: no row changes, but its feed is alive."""
    connection.execute(
        "INSERT INTO raw.file_sightings VALUES (?, ?, ?, ?)",
        [identity.file_id, identity.path, naive(as_of), naive(seen_at)],
    )


def record_unreadable(
    connection: Connection, identity: FileIdentity, reason: str, as_of: datetime, loaded_at: datetime
) -> LoadedFile:
    """Record a file of which nothing could be stored."""
    sums = _Sums(status="quarantined", first_error=reason)
    with transaction(connection):
        _forget_earlier_try(connection, identity.file_id)
        return _write_ledger(connection, identity, sums, as_of, loaded_at)


def load_file(connection: Connection, parsed: ParsedFile, as_of: datetime, loaded_at: datetime) -> LoadedFile:
    """Store a file's rows in one transaction.

    A plan that breaks a rule is recorded as quarantined: nothing of it is stored, and it may be tried again.

    Raises:
        UnreadableFileError: The file turned out to be unreadable on the way, or its values fit no column; nothing of
            it was stored.
        ReconciliationError: Rows read are not rows accepted, rejected and duplicate.
    """
    try:
        return _load_whole(connection, parsed, as_of, loaded_at)
    except duckdb.DataError as error:
        message = f"the warehouse cannot hold its values: {type(error).__name__}"
        raise UnreadableFileError(message) from error


def _load_whole(connection: Connection, parsed: ParsedFile, as_of: datetime, loaded_at: datetime) -> LoadedFile:
    identity = parsed.identity
    sums = _Sums()
    with transaction(connection):
        _forget_earlier_try(connection, identity.file_id)
        for batch in parsed.batches:
            _store_batch(connection, identity, batch, sums, loaded_at)
        if sums.rows_read != sums.accepted + sums.rejected + sums.duplicate:
            message = (
                f"{identity.file_id}: {sums.rows_read} rows read, but {sums.accepted} accepted,"
                f" {sums.rejected} rejected and {sums.duplicate} duplicate"
            )
            raise ReconciliationError(message)
        if identity.feed in FEEDS and sums.accepted:
            sums.conflicting = _count_conflicts(connection, identity)
        if identity.feed == DROPS and sums.rejected:
            sums.status = "quarantined"
        return _write_ledger(connection, identity, sums, as_of, loaded_at)


def _store_batch(
    connection: Connection, identity: FileIdentity, batch: ParsedBatch, sums: _Sums, loaded_at: datetime
) -> None:
    sums.rows_read += batch.rows_read
    sums.columns |= batch.columns
    rejected = batch.rejected
    if batch.plan is not None:
        clash = find_clash(connection, batch.plan, batch.plan_lines)
        if clash is None:
            stored = store_plan(connection, identity.file_id, batch.plan, loaded_at)
            sums.accepted += stored.accepted
            sums.duplicate += stored.duplicate
            sums.conflicting += stored.conflicting
            outcome = "accepted" if stored.accepted else "duplicate"
            sums.reconcile(outcome, batch.plan.currency_code, 1, None)
        else:
            rejected = clash
    elif batch.accepted.height:
        at_once = max(1, batch.accepted.height * _MOST_BYTES_AT_ONCE // int(batch.accepted.estimated_size()))
        for rows in batch.accepted.iter_slices(at_once):
            _store_rows(connection, identity, rows, sums, loaded_at)
    if rejected.height:
        _store_rejects(connection, identity, rejected, batch.rejected_money, sums)


def _store_rejects(
    connection: Connection,
    identity: FileIdentity,
    rejected: pl.DataFrame,
    money: Mapping[str, tuple[int, Decimal]],
    sums: _Sums,
) -> None:
    connection.execute(
        "INSERT INTO raw.rejected_rows SELECT ?, row_number, field, rule, message, row_text FROM rejected",
        [identity.file_id],
    )
    sums.rejected += rejected.height
    sums.first_error = sums.first_error or f"row {rejected['row_number'][0]}: {rejected['message'][0]}"
    for currency_code, (rows, amount) in money.items():
        sums.reconcile("rejected", currency_code, rows, amount)
    unread = rejected.height - sum(rows for rows, _ in money.values())
    if unread:
        sums.reconcile("rejected", None, unread, None)


def _store_rows(
    connection: Connection, identity: FileIdentity, accepted: pl.DataFrame, sums: _Sums, loaded_at: datetime
) -> None:
    # DuckDB finds the frame by its name here. What is registered, and a temporary table that is replaced, it would hold
    # until the transaction ends, so that memory grew with the file.
    feed = identity.feed
    columns = list(FEED_TABLES[feed])
    instant = _INSTANTS.get(feed)
    same_row = "stored._row_hash = batch._row_hash" + (f" AND stored.{instant} = batch.{instant}" if instant else "")
    stored = connection.execute(
        f"""
        INSERT INTO raw.{feed} ({_names(columns)}, _file_id, _row_number, _loaded_at, _row_hash, _extra)
        WITH batch_rows AS MATERIALIZED (
            SELECT *, {row_hash(columns)} AS _row_hash FROM accepted
        ), known AS (
            SELECT DISTINCT batch._row_hash FROM batch_rows AS batch JOIN raw.{feed} AS stored ON {same_row}
        ), firsts AS (
            SELECT _row_hash, min(_row_number) AS _row_number FROM batch_rows GROUP BY _row_hash
        )
        SELECT {_names(columns)}, ?, _row_number, ?, _row_hash, _extra FROM batch_rows AS batch
        SEMI JOIN firsts ON firsts._row_hash = batch._row_hash AND firsts._row_number = batch._row_number
        ANTI JOIN known ON known._row_hash = batch._row_hash
        ORDER BY _row_number
        RETURNING _row_number
        """,
        [identity.file_id, naive(loaded_at)],
    ).fetchnumpy()
    fresh = accepted["_row_number"].is_in(pl.Series(stored["_row_number"]).implode())
    sums.accepted += len(stored["_row_number"])
    sums.duplicate += accepted.height - len(stored["_row_number"])
    for outcome, rows in (("accepted", accepted.filter(fresh)), ("duplicate", accepted.filter(~fresh))):
        _reconcile_rows(connection, feed, outcome, rows, sums)


def _reconcile_rows(connection: Connection, feed: str, outcome: str, rows: pl.DataFrame, sums: _Sums) -> None:
    currency = "currency_code" if "currency_code" in rows.columns else "NULL"
    amount = f"CAST(sum({_AMOUNTS[feed]}) AS DECIMAL(38, 4))" if feed in _AMOUNTS else "NULL"
    query = f"SELECT {currency}, count(*), {amount} FROM rows GROUP BY ALL ORDER BY ALL"
    for currency_code, count, total in connection.execute(query).fetchall():
        if count:
            sums.reconcile(outcome, currency_code, count, total)


def _count_conflicts(connection: Connection, identity: FileIdentity) -> int:
    """The file's rows whose key was there already, or earlier in the file, with other content.

    Counted once a file, over 64-bit hashes of the keys: a collision would add one to a count that is shown, no more.
    """
    table = f"raw.{identity.feed}"
    columns = list(FEEDS[identity.feed].key)
    key = f"hash({_names(columns)})"
    # Keys mostly grow with time, so by these two DuckDB skips what is older without a look at it.
    ((lowest, highest),) = connection.execute(
        f'SELECT min("{columns[0]}"), max("{columns[0]}") FROM {table} WHERE _file_id = ?', [identity.file_id]
    ).fetchall()
    ((conflicts,),) = connection.execute(
        f"""
        WITH new_rows AS (
            SELECT {key} AS key_hash FROM {table} WHERE _file_id = $file_id
        ), known AS (
            SELECT DISTINCT {key} AS key_hash FROM {table}
            WHERE _file_id <> $file_id AND "{columns[0]}" BETWEEN $lowest AND $highest
                AND {key} IN (SELECT key_hash FROM new_rows)
        )
        SELECT count(*) - count(DISTINCT key_hash) FILTER (key_hash NOT IN (SELECT key_hash FROM known)) FROM new_rows
        """,
        {"file_id": identity.file_id, "lowest": lowest, "highest": highest},
    ).fetchall()
    return int(conflicts)


def row_hash(columns: list[str]) -> str:
    """The hash of a row's content. Each value stands behind its length, so no two rows are written alike."""
    texts = [f'CAST("{name}" AS VARCHAR)' for name in (*columns, "_extra")]
    return "md5_number(concat(" + ", ".join(f"coalesce(length({text}) || ':' || {text}, '-')" for text in texts) + "))"


def _names(columns: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _forget_earlier_try(connection: Connection, file_id: str) -> None:
    """A quarantined file that is tried again gets new rejects; the ledger's row is replaced when it is written."""
    connection.execute("DELETE FROM raw.rejected_rows WHERE file_id = ?", [file_id])
    connection.execute("DELETE FROM raw.reconciliation WHERE file_id = ?", [file_id])


def _write_ledger(
    connection: Connection, identity: FileIdentity, sums: _Sums, as_of: datetime, loaded_at: datetime
) -> LoadedFile:
    known = set(FEEDS[identity.feed].columns()) if identity.feed in FEEDS else sums.columns
    extra = tuple(sorted(sums.columns - known))
    missing = tuple(sorted(known - sums.columns)) if sums.columns else ()
    reused = connection.execute(
        "SELECT 1 FROM raw.landing_files WHERE path = ? AND feed = ? AND sha256 <> ? LIMIT 1",
        [identity.path, identity.feed, identity.sha256],
    ).fetchall()
    loaded = LoadedFile(
        identity=identity,
        status=sums.status,
        rows_read=sums.rows_read,
        accepted=sums.accepted,
        rejected=sums.rejected,
        duplicate=sums.duplicate,
        conflicting=sums.conflicting,
        extra_columns=extra,
        missing_columns=missing,
        first_error=sums.first_error,
        is_name_reused=bool(reused),
    )
    row: dict[str, object] = {
        "file_id": identity.file_id,
        "sha256": identity.sha256,
        "feed": identity.feed,
        "source": identity.source,
        "path": identity.path,
        "bytes": identity.bytes,
        "rows_read": loaded.rows_read,
        "accepted": loaded.accepted,
        "rejected": loaded.rejected,
        "duplicate": loaded.duplicate,
        "conflicting": loaded.conflicting,
        "extra_columns": ", ".join(extra) or None,
        "missing_columns": ", ".join(missing) or None,
        "first_error": loaded.first_error,
        "status": sums.status,
        "is_name_reused": loaded.is_name_reused,
        "as_of": naive(as_of),
        "loaded_at": naive(loaded_at),
    }
    places = ", ".join("?" for _ in row)
    connection.execute(
        f"INSERT OR REPLACE INTO raw.landing_files ({_names(list(row))}) VALUES ({places})", list(row.values())
    )
    for (outcome, currency_code), (rows, amount) in sums.reconciled.items():
        connection.execute(
            "INSERT INTO raw.reconciliation VALUES (?, ?, ?, ?, ?)",
            [identity.file_id, outcome, currency_code, rows, amount],
        )
    return loaded
