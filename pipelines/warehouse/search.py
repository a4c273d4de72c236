"""Looking for a text in every text column of a DuckDB file: its blocks are compressed, so bytes alone prove nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb

_TEXT_COLUMNS = """
    SELECT columns.table_schema, columns.table_name, columns.column_name
    FROM information_schema.columns AS columns
    JOIN information_schema.tables AS tables USING (table_catalog, table_schema, table_name)
    WHERE columns.table_catalog = 'searched' AND tables.table_type = 'BASE TABLE'
        AND (columns.data_type LIKE '%VARCHAR%' OR columns.data_type IN ('JSON', 'BLOB'))
    ORDER BY ALL
"""


def find_text(path: Path, text: str) -> list[str]:
    """The columns, as `schema.table.column`, in which `text` occurs in any case."""
    connection = duckdb.connect()
    quoted = str(path).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS searched (READ_ONLY)")
        found = []
        for schema, table, column in connection.execute(_TEXT_COLUMNS).fetchall():
            ((hits,),) = connection.execute(
                f'SELECT count(*) FROM searched."{schema}"."{table}" WHERE contains(lower("{column}"::VARCHAR), ?)',
                [text.lower()],
            ).fetchall()
            if hits:
                found.append(f"{schema}.{table}.{column}")
        return found
    finally:
        connection.close()
