"""The only room that opens DuckDB for writing: connect, tables, load, lock, publish."""
