"""Giving buyers other pseudonyms in every table of a DuckDB file: the warehouse, and each published copy.

Which pseudonym becomes which is for `privacy.py`; here are the tables that bear one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts.snapshot_manifest import fact_path
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
    """Replace each published copy by one with the new pseudonyms; readers see the old file or the new, whole.

    A part of a fact that many snapshots share is one file, and stays one.
    """
    snapshots = published_dir / "snapshots"
    files = sorted(snapshots.glob("*/*.duckdb"))
    for file in files:
        temporary = file.with_name(f".{file.name}.rekeyed")
        shutil.copyfile(file, temporary)
        connection = duckdb.connect(str(temporary))
        try:
            rekey_buyers(connection, moved)
        finally:
            connection.close()
        _sync(temporary)
        temporary.replace(file)
    links: dict[int, list[Path]] = {}
    for part in sorted(snapshots.glob("*/*/**/*.parquet")):
        links.setdefault(part.stat().st_ino, []).append(part)
    rekeyed = [paths for paths in links.values() if _rekey_part(paths, moved)]
    _restate_digests(snapshots, [path for paths in rekeyed for path in paths])
    return len(files) + len(rekeyed)


def _restate_digests(snapshots: Path, rekeyed: list[Path]) -> None:
    """Let each manifest state the sha256 that its parts have now."""
    digests: dict[int, str] = {}
    for path in rekeyed:
        if path.stat().st_ino not in digests:
            with path.open("rb") as part:
                digests[path.stat().st_ino] = hashlib.file_digest(part, "sha256").hexdigest()
    for folder in sorted({snapshots / path.relative_to(snapshots).parts[0] for path in rekeyed}):
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        for part in (part for parts in manifest["facts"].values() for part in parts):
            part["sha256"] = digests.get(fact_path(folder, part["name"]).stat().st_ino, part["sha256"])
        temporary = folder / ".manifest.rekeyed"
        temporary.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        _sync(temporary)
        temporary.replace(folder / "manifest.json")


def _rekey_part(paths: list[Path], moved: Mapping[str, str]) -> bool:
    """Replace one part under each of its names; False if it bears no pseudonyms."""
    temporary = paths[0].with_name(f".{paths[0].name}.rekeyed")
    mapping = pl.DataFrame({"old_key": list(moved), "new_key": list(moved.values())}, schema_overrides=_MAPPING)
    with closing(duckdb.connect()) as connection:
        columns = connection.execute("DESCRIBE FROM read_parquet(?, hive_partitioning = false)", [str(paths[0])])
        if "buyer_key" not in {row[0] for row in columns.fetchall()}:
            return False
        connection.register("moved_buyers", mapping)
        quoted = str(temporary).replace("'", "''")
        connection.execute(
            f"""
            COPY (
                SELECT part.* REPLACE (coalesce(moved.new_key, part.buyer_key) AS buyer_key)
                FROM read_parquet(?, hive_partitioning = false) AS part
                LEFT JOIN moved_buyers AS moved ON part.buyer_key = moved.old_key
            ) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)
            """,
            [str(paths[0])],
        )
    _sync(temporary)
    for path in paths[1:]:
        beside = path.with_name(f".{path.name}.rekeyed")
        beside.unlink(missing_ok=True)
        os.link(temporary, beside)
        beside.replace(path)
    temporary.replace(paths[0])
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
