"""Giving buyers other pseudonyms in every table of a DuckDB file: the warehouse, and each published copy.

Which pseudonym becomes which is for `privacy.py`; here are the tables that bear one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from pipelines.warehouse.connect import Connection, transaction
from pipelines.warehouse.load import row_hash
from pipelines.warehouse.tables import FEED_TABLES

_BEARING = """
    SELECT columns.table_schema, columns.table_name
    FROM information_schema.columns AS columns
    JOIN information_schema.tables AS tables USING (table_catalog, table_schema, table_name)
    WHERE columns.column_name = 'buyer_key' AND tables.table_type = 'BASE TABLE'
        AND columns.table_catalog = current_catalog()
    ORDER BY ALL
"""


def buyer_keys(connection: Connection) -> set[str]:
    """Every pseudonym in the file."""
    found: set[str] = set()
    for schema, table in connection.execute(_BEARING).fetchall():
        rows = connection.execute(f'SELECT DISTINCT buyer_key FROM "{schema}"."{table}" WHERE buyer_key IS NOT NULL')
        found |= {key for (key,) in rows.fetchall()}
    return found


def rekey_buyers(connection: Connection, moved: Mapping[str, str]) -> None:
    """Replace pseudonyms in every table, in one transaction; doing it twice changes nothing.

    A row's hash covers its pseudonym, so it is computed anew: the same row landing again must still be a duplicate.
    """
    mapping = pl.DataFrame({"old_key": list(moved), "new_key": list(moved.values())}, schema_overrides=_MAPPING)
    connection.register("moved_buyers", mapping)
    try:
        with transaction(connection):
            for schema, table in connection.execute(_BEARING).fetchall():
                connection.execute(
                    f'UPDATE "{schema}"."{table}" SET buyer_key = moved.new_key FROM moved_buyers AS moved'
                    f" WHERE buyer_key = moved.old_key"
                )
                if (schema, table) == ("raw", "orders"):
                    hashed = row_hash(list(FEED_TABLES["orders"]))
                    connection.execute(f"UPDATE raw.orders SET _row_hash = {hashed} WHERE _row_hash <> {hashed}")
    finally:
        connection.unregister("moved_buyers")
    connection.execute("CHECKPOINT")


_MAPPING = {"old_key": pl.String, "new_key": pl.String}


def rekey_published(published_dir: Path, moved: Mapping[str, str]) -> int:
    """Replace each published copy by one with the new pseudonyms; readers see the old file or the new, whole."""
    files = sorted((published_dir / "snapshots").glob("*/*.duckdb"))
    for file in files:
        temporary = file.with_name(f".{file.name}.rekeyed")
        shutil.copyfile(file, temporary)
        connection = duckdb.connect(str(temporary))
        try:
            rekey_buyers(connection, moved)
        finally:
            connection.close()
        descriptor = os.open(temporary, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        temporary.replace(file)
    return len(files)
