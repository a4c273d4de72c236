"""The checks that stand between a build and its publication. Each is one query that finds what is wrong.

A check's row in `raw.checks` says what was looked at and what was seen. A blocking one that fails stops the tick
before anything is published; readers keep the last good snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipelines.warehouse.connect import Connection, naive, transaction
from pipelines.warehouse.load import stored_money
from pipelines.warehouse.tables import FEED_TABLES


class ChecksFailedError(RuntimeError):
    """At least one blocking check failed; the message names each with what it saw."""


@dataclass(frozen=True)
class Check:
    """A sentence that must hold, and the query that counts (or names) what breaks it: no row means it holds."""

    name: str
    query: str


# Rows do not change once they are stored, so files that a published tick has checked are not counted again: counting
# every row each hour would cost what history holds. A full build looks at all of them.
_UNCHECKED = """
    SELECT file_id FROM raw.landing_files
    WHERE as_of >= (SELECT coalesce(max(as_of), '-infinity') FROM raw.ticks WHERE status = 'published')
        OR (SELECT count(*) FROM raw.build_state WHERE NOT is_full) = 0
"""
_STORED_ROWS = " UNION ALL ".join(
    f"SELECT _file_id AS file_id FROM raw.{feed} WHERE _file_id IN ({_UNCHECKED})" for feed in FEED_TABLES
)

# Files are told apart by their content, never by their names: a shop may send `hubs.csv` every day.
BLOCKING_CHECKS = (
    Check(
        "every_row_read_is_accepted_rejected_or_duplicate",
        "SELECT path, rows_read, accepted, rejected, duplicate FROM raw.landing_files"
        " WHERE rows_read <> accepted + rejected + duplicate",
    ),
    Check(
        "every_accepted_row_is_stored",
        f"""
        SELECT f.path, f.accepted, coalesce(s.stored, 0) AS stored FROM raw.landing_files AS f
        LEFT JOIN (SELECT file_id, count(*) AS stored FROM ({_STORED_ROWS}) GROUP BY file_id) AS s USING (file_id)
        WHERE f.accepted <> coalesce(s.stored, 0) AND f.file_id IN ({_UNCHECKED})
        """,
    ),
    Check(
        "every_rejected_row_has_its_reason",
        """
        SELECT f.path, f.rejected, count(DISTINCT r.row_number) AS reasons FROM raw.landing_files AS f
        LEFT JOIN raw.rejected_rows AS r USING (file_id) WHERE f.status = 'loaded'
        GROUP BY f.file_id, f.path, f.rejected HAVING f.rejected <> count(DISTINCT r.row_number)
        """,
    ),
    Check(
        "reconciliation_has_every_row",
        """
        SELECT f.path, f.rows_read, sum(r.rows) AS reconciled FROM raw.landing_files AS f
        LEFT JOIN raw.reconciliation AS r USING (file_id)
        GROUP BY f.file_id, f.path, f.rows_read HAVING f.rows_read <> coalesce(sum(r.rows), 0)
        """,
    ),
    Check(
        "every_accepted_amount_is_stored",
        f"""
        SELECT f.path, currency_code, r.amount, s.amount AS stored
        FROM (
            SELECT * FROM raw.reconciliation
            WHERE outcome = 'accepted' AND amount IS NOT NULL AND file_id IN ({_UNCHECKED})
        ) AS r
        FULL JOIN ({stored_money(_UNCHECKED)}) AS s USING (file_id, currency_code)
        LEFT JOIN raw.landing_files AS f USING (file_id)
        WHERE r.amount IS DISTINCT FROM s.amount
        """,
    ),
    Check(
        "no_price_below_its_floor",
        "SELECT decision_id, price_amount, floor_amount FROM pricing.decisions WHERE price_amount < floor_amount",
    ),
    # Against the cells that were decided, not the plan: a new version's channel waits for the next hour.
    Check(
        "a_decided_hour_has_every_cell",
        """
        SELECT p.drop_id, count(*) AS cells FROM pricing.decisions AS p
        JOIN raw.as_of AS a ON p.valid_from = a.as_of
        GROUP BY p.drop_id HAVING count(*) <> count(DISTINCT p.sku) * count(DISTINCT p.channel)
        """,
    ),
)


# Shown, but no reason to hold the other drops back: storefronts fall back to list by themselves.
WARNING_CHECKS = (
    Check(
        "every_live_drop_is_decided",
        """
        SELECT d.drop_id FROM marts.dim_drops AS d CROSS JOIN raw.as_of AS a
        WHERE d.starts_at < a.as_of + INTERVAL 1 HOUR AND a.as_of < d.ends_at
            AND d.drop_id NOT IN (SELECT p.drop_id FROM pricing.decisions AS p WHERE p.valid_from = a.as_of)
        """,
    ),
    # The export numbers an order's lines from 1, the interface by its own identifiers: an order from both counts twice.
    Check(
        "no_shopify_order_came_as_export_and_by_interface",
        r"""
        SELECT o.order_id FROM raw.orders AS o JOIN raw.landing_files AS f ON o._file_id = f.file_id
        WHERE f.source = 'shopify'
        GROUP BY o.order_id
        HAVING count(DISTINCT regexp_matches(lower(f.path), '\.csv(\.|$)')) = 2
        """,
    ),
    Check("every_file_could_be_read", "SELECT path FROM raw.landing_files WHERE status = 'quarantined'"),
)


def run_checks(connection: Connection, as_of: datetime) -> None:
    """Run every check and record it in `raw.checks`.

    Raises:
        ChecksFailedError: A blocking check found something.
    """
    broken = []
    with transaction(connection):
        connection.execute("DELETE FROM raw.checks WHERE as_of = ?", [naive(as_of)])
        for check in (*BLOCKING_CHECKS, *WARNING_CHECKS):
            is_blocking = check in BLOCKING_CHECKS
            found = connection.execute(check.query).fetchmany(5)
            observed = f"broken by {found}" if found else "holds"
            broken += [f"{check.name}: {observed}"] if found and is_blocking else []
            connection.execute(
                "INSERT INTO raw.checks VALUES (?, ?, ?, ?, ?)",
                [naive(as_of), check.name, is_blocking, not found, observed],
            )
    if broken:
        raise ChecksFailedError("; ".join(broken))
