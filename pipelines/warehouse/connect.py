"""Opening the warehouse file. Every opener uses one configuration: DuckDB refuses two in one process."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.warehouse.tables import create_statements


def connect_warehouse(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the warehouse for writing, in UTC, without network, its tables made if they are not there.

    Only a process that holds the tick's lock may call this. The file must not be opened by any other means while the
    connection lives: closing it would drop DuckDB's own lock.

    Raises:
        duckdb.IOException: Another process holds the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(str(path))
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    for statement in create_statements():
        connection.execute(statement)
    return connection
