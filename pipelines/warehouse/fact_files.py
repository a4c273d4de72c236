"""Facts too large to copy each hour, published as immutable files that later snapshots share by hard links.

A fact has one row for each scope in which it counts. The rows of a drop are one part; those of the shop are parts by
the week of the row's own instant, and one for all rows that as_of alone still moves. A part is written anew when one of
its rows may be another than in the snapshot before, which the build's lists of changed keys tell; else its file is
linked. What the snapshot as a whole is made of is for `publish.py`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.contracts.snapshot_manifest import fact_path
from pipelines.warehouse.builds import adds_to
from pipelines.warehouse.connect import Connection

Parts = list[dict[str, Any]]

# A smaller fact is copied in a tenth of a second, and one file is easier to keep than hundreds.
LEAST_ROWS = 250_000

_OPEN = "open"


@dataclass(frozen=True)
class _Fact:
    """How one fact is cut.

    Attributes:
        instant: The row's own instant; its week is the part of the shop's rows.
        is_open: True for rows of the shop that the next hour may change without any news.
        changed: The key, and the table of its changed values, of the last build.
    """

    instant: str
    is_open: str
    changed: tuple[tuple[str, str], ...]

    @property
    def part(self) -> str:
        """SQL for the part of a row within its scope."""
        return _part(self.is_open, self.week)

    @property
    def week(self) -> str:
        """SQL for the week of a row."""
        return f"date_trunc('week', {self.instant})"


def _part(is_open: str, week: str) -> str:
    name = f"coalesce(strftime({week}, '%Y-%m-%d'), 'unknown')"
    return f"CASE WHEN scope <> 'shop' THEN 'all' WHEN {is_open} THEN '{_OPEN}' ELSE {name} END"


_FACTS = {
    "fct_parcel_lead_times": _Fact(
        "ordered_at",
        "state IN ('under_way', 'not_handed_over')",
        (
            ("order_id", "(SELECT order_id FROM staging.stg_changes__orders WHERE is_changed)"),
            ("parcel_key", "(SELECT parcel_id FROM staging.stg_changes__parcels)"),
        ),
    ),
    "fct_boxes": _Fact("delivered_at", "false", (("box_id", "(SELECT box_id FROM intermediate.int_changes__boxes)"),)),
    "fct_drop_buyers": _Fact(
        "index_ordered_at", "is_pending", (("buyer_key", "(SELECT buyer_key FROM staging.stg_changes__buyers)"),)
    ),
}


def large_facts(connection: Connection, least_rows: int) -> list[str]:
    """The facts of this warehouse that are published as files."""
    sizes = connection.execute(
        "SELECT table_name, estimated_size FROM duckdb_tables()"
        " WHERE database_name = current_catalog() AND schema_name = 'marts' AND table_name IN ? ORDER BY ALL",
        [list(_FACTS)],
    )
    return [table for table, rows in sizes.fetchall() if rows >= max(least_rows, 1)]


def write_fact(
    connection: Connection, table: str, folder: Path, previous: tuple[Path, Mapping[str, Any]] | None
) -> Parts:
    """Write or link every part of a fact into the snapshot's `folder`; return what the manifest says of them.

    Args:
        connection: The warehouse, built.
        table: One of `large_facts`.
        folder: The new snapshot's folder.
        previous: The folder and manifest of the snapshot that is current.
    """
    fact = _FACTS[table]
    # A name is made for each week, not for each row.
    counted = f"""
        SELECT scope, {_part("is_open", "week")} AS part, sum(weekly_rows)::BIGINT FROM (
            SELECT scope, scope = 'shop' AND {fact.is_open} AS is_open,
                CASE WHEN scope = 'shop' THEN {fact.week} END AS week, count(*) AS weekly_rows
            FROM marts.{table} GROUP BY ALL
        ) GROUP BY ALL ORDER BY ALL
    """
    counts = {(scope, part): rows for scope, part, rows in connection.execute(counted).fetchall()}
    kept = _unchanged_parts(connection, table, fact, previous) if previous is not None else {}
    kept = {key: parts for key, parts in kept.items() if counts.get(key) == sum(part["rows"] for part in parts)}
    linked = [part for parts in kept.values() for part in parts]
    if previous is not None:
        link_facts(previous[0], folder, {"facts": {table: linked}})
    before = previous[0] if previous is not None else None
    written = _write_parts(connection, table, folder, counts.keys() - kept.keys(), before)
    return sorted(linked + written, key=lambda part: str(part["name"]))


def link_facts(source: Path, target: Path, manifest: Mapping[str, Any]) -> None:
    """Link every part that the manifest names from one snapshot's folder into another's."""
    for parts in manifest.get("facts", {}).values():
        for part in parts:
            _link(fact_path(source, part["name"]), fact_path(target, part["name"]))


def _unchanged_parts(
    connection: Connection, table: str, fact: _Fact, previous: tuple[Path, Mapping[str, Any]]
) -> dict[tuple[str, str], Parts]:
    """The parts of the snapshot before whose rows are what they were."""
    folder, manifest = previous
    found: dict[tuple[str, str], Parts] = {}
    for part in manifest.get("facts", {}).get(table, []):
        found.setdefault((part["scope"], part["part"]), []).append(part)
    files = {part["name"]: fact_path(folder, part["name"]) for parts in found.values() for part in parts}
    if not adds_to(connection, manifest.get("build_id")) or not all(file.is_file() for file in files.values()):
        return {}
    shop_files = [str(file) for file in files.values() if file.parent.name == "scope=shop"]
    changed = _changed_parts(connection, table, fact, shop_files)
    return {key: parts for key, parts in found.items() if key not in changed}


def _changed_parts(connection: Connection, table: str, fact: _Fact, shop_files: list[str]) -> set[tuple[str, str]]:
    """Parts of drops that the build looked at, and of the shop those in which a row of a changed key is another."""
    scopes = connection.execute("SELECT scope FROM intermediate.int_changes__scopes").fetchall()
    changed = {("shop", _OPEN), *((scope, "all") for (scope,) in scopes)}
    for key, keys in fact.changed if shop_files else ():
        touched = f"scope = 'shop' AND NOT ({fact.is_open}) AND {key} IN {keys}"
        now = f"SELECT {fact.part} AS part, * FROM marts.{table} WHERE {touched}"
        # The key's column alone says which files have a row of a changed key; most have none.
        holding = connection.execute(
            f"SELECT DISTINCT filename FROM read_parquet($files, filename = true) WHERE {key} IN {keys}",
            {"files": shop_files},
        )
        files = [file for (file,) in holding.fetchall()]
        if files:
            before = (
                f"SELECT {fact.part} AS part, * FROM (SELECT scope, * EXCLUDE (scope) FROM read_parquet($files,"
                f" hive_partitioning = true, hive_types = {{'scope': VARCHAR}})) WHERE {touched}"
            )
            compared = f"""
                WITH now AS MATERIALIZED ({now}), before AS MATERIALIZED ({before})
                SELECT DISTINCT part
                FROM ((FROM now EXCEPT ALL FROM before) UNION ALL (FROM before EXCEPT ALL FROM now))
            """
            parts = connection.execute(compared, {"files": files})
        else:
            parts = connection.execute(f"SELECT DISTINCT part FROM ({now})")
        changed |= {("shop", part) for (part,) in parts.fetchall()}
    return changed


def _write_parts(
    connection: Connection, table: str, folder: Path, wanted: set[tuple[str, str]], before: Path | None
) -> Parts:
    """Write parts of a fact; one that turns out as it was in the snapshot `before` is that file."""
    if not wanted:
        return []
    draft = folder / f".{table}"
    connection.execute("CREATE OR REPLACE TEMP TABLE wanted_parts (scope VARCHAR, part VARCHAR)")
    connection.executemany("INSERT INTO wanted_parts VALUES (?, ?)", sorted(wanted))
    quoted = str(draft).replace("'", "''")
    fact = _FACTS[table]
    # What cannot be wanted is left out before its part is named.
    weeks = "SELECT try_cast(part AS TIMESTAMP) FROM wanted_parts WHERE scope = 'shop'"
    may_be_wanted = f"scope <> 'shop' OR {fact.is_open} OR {fact.instant} IS NULL OR {fact.week} IN ({weeks})"
    connection.execute(
        f"""
        COPY (
            SELECT cut.* FROM (
                SELECT *, {fact.part} AS part FROM marts.{table}
                WHERE scope IN (SELECT scope FROM wanted_parts) AND ({may_be_wanted})
            ) AS cut
            SEMI JOIN wanted_parts ON cut.scope = wanted_parts.scope AND cut.part = wanted_parts.part
        ) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (scope, part))
        """
    )
    parts = []
    for file in sorted(draft.glob("scope=*/part=*/*.parquet")):
        (rows,) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchone() or (0,)
        digest = _digest(file)
        scope, part = file.parent.parent.name.partition("=")[2], file.parent.name.partition("=")[2]
        name = f"{table}/scope={scope}/{part}-{digest[:16]}.parquet"
        is_known = before is not None and fact_path(before, name).is_file()
        _link(fact_path(before, name) if before is not None and is_known else file, fact_path(folder, name))
        parts.append({"name": name, "scope": scope, "part": part, "rows": rows, "sha256": digest})
    shutil.rmtree(draft)
    return parts


def _digest(file: Path) -> str:
    """The file's sha256, once it is on disk."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)
