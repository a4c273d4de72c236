"""Opening the warehouse file. Every opener uses one configuration: DuckDB refuses two in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.warehouse.tables import create_statements

# What is larger is put down beside the warehouse, inside the data folder (DuckDB's own choice): with Python and its
# libraries a tick stays within two gigabytes at any size of history. dbt's profile says the same.
MEMORY_LIMIT = "1GB"

# While files are loaded: a batch is all that DuckDB then works on, and with more it keeps what it has written already
# (33 MB a million orders), so that memory grew with the file. Ten million keys are counted within it, beside the disk.
LOADING_MEMORY_LIMIT = "192MB"

# The rooms above name the connection by this: only this room knows the driver.
Connection = duckdb.DuckDBPyConnection


def connect_warehouse(path: Path) -> Connection:
    """Open the warehouse for writing, in UTC, without network, its tables made if they are not there.

    Only a process that holds the tick's lock may call this. The file must not be opened by any other means while the
    connection lives: closing it would drop DuckDB's own lock.

    Raises:
        duckdb.IOException: Another process holds the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path))
    _remove_leftovers(path)
    path.chmod(0o600)  # it holds doors' coordinates; readers have the published copy
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    for statement in create_statements():
        connection.execute(statement)
    return connection


def _remove_leftovers(path: Path) -> None:
    """Remove what a process that was killed had put down beside the warehouse: DuckDB never looks at it again.

    Whoever is not us cannot be at work: we hold the warehouse.
    """
    ours = f"duckdb_temp_{os.getpid()}_"
    for leftover in path.with_name(f"{path.name}.tmp").glob("duckdb_temp_*"):
        if not leftover.name.startswith(ours):
            leftover.unlink()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit what the body did, or undo all of it when the body raises."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def loading_memory(connection: Connection) -> Iterator[None]:
    """Give DuckDB the memory that loading needs, and no more, while the body runs."""
    connection.execute(f"SET memory_limit = '{LOADING_MEMORY_LIMIT}'")
    try:
        yield
    finally:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")


def naive(instant: datetime) -> datetime:
    """The instant as the warehouse stores it: UTC without an offset."""
    return instant.astimezone(UTC).replace(tzinfo=None)
