"""A second warehouse of the same rows, and how the marts of two warehouses differ.

What is copied is what Python wrote: raw rows, bookkeeping and the ledger. The marts of the copy are built by its owner.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pipelines.warehouse.connect import Connection, connect_warehouse

_COPIED_SCHEMAS = ("raw", "pricing")


@dataclass(frozen=True)
class TableDifference:
    """How many rows of one mart stand in one warehouse alone.

    Attributes:
        table: The mart.
        kept_rows: Rows that only the kept warehouse has.
        rebuilt_rows: Rows that only the rebuilt one has.
    """

    table: str
    kept_rows: int
    rebuilt_rows: int


def copy_written_tables(warehouse_path: Path, copy_path: Path) -> None:
    """Make a new warehouse with every table of `warehouse_path` that Python writes, row for row."""
    connect_warehouse(copy_path).close()
    with closing(connect_warehouse(warehouse_path)) as connection:
        _attach(connection, copy_path)
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables()"
            " WHERE database_name = current_catalog() AND schema_name IN ? ORDER BY ALL",
            [list(_COPIED_SCHEMAS)],
        ).fetchall()
        for schema, table in tables:
            name = f'{schema}."{table}"'
            connection.execute(f"DELETE FROM other.{name}")
            connection.execute(f"INSERT INTO other.{name} BY NAME SELECT * FROM {name}")
        connection.execute("DETACH other")


def compare_marts(warehouse_path: Path, rebuilt_path: Path) -> tuple[int, list[TableDifference]]:
    """Compare the marts of two warehouses row for row; return how many there are and those that differ."""
    with closing(connect_warehouse(warehouse_path)) as connection:
        _attach(connection, rebuilt_path)
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables()"
            " WHERE database_name = current_catalog() AND schema_name = 'marts' ORDER BY ALL"
        ).fetchall()
        differences = []
        for (table,) in tables:
            kept, rebuilt = f'marts."{table}"', f'other.marts."{table}"'
            counts = [
                _count(connection, f"SELECT * FROM {left} EXCEPT ALL SELECT * FROM {right}")
                for left, right in ((kept, rebuilt), (rebuilt, kept))
            ]
            if any(counts):
                differences.append(TableDifference(table, *counts))
        connection.execute("DETACH other")
    return len(tables), differences


def _attach(connection: Connection, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS other")


def _count(connection: Connection, query: str) -> int:
    ((count,),) = connection.execute(f"SELECT count(*) FROM ({query})").fetchall()
    return int(count)
