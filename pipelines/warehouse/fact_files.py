"""Marts too large to copy each hour, published as immutable files that later snapshots share by hard links.

Most have one row for each scope in which something counts. The rows of a scope that as_of alone still moves are one
part; the others of a drop are one, and those of the shop are parts by the week of the row's own instant. A part is
written anew when one of its rows is another than in the snapshot before; the build's lists of changed keys tell which
rows to look at. The other parts' files are linked. What the snapshot as a whole is made of is for `publish.py`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.contracts.snapshot_manifest import fact_path, read_parts
from pipelines.warehouse.builds import adds_to
from pipelines.warehouse.connect import Connection

Parts = list[dict[str, Any]]

# A smaller mart is copied in a tenth of a second, and one file is easier to keep than hundreds.
LEAST_ROWS = 100_000

_ALL, _OPEN, _UNKNOWN = "all", "open", "unknown"


@dataclass(frozen=True)
class _Fact:
    """How one mart is cut.

    Attributes:
        changed: SQL for the rows of changed keys: those that the last build made anew, but for what as_of alone moved.
            One of the conditions holds; each asks a narrow column.
        instant: The row's own instant; its week is the part of the shop's rows.
        is_open: True for rows that the next hour may change without any news.
        is_closed_by_age: True where such a row is no longer open when its instant is some time ago, without any news.
        has_scope: False where all rows are the shop's.
        is_news: True where a row that the last build made anew is mostly another than before, in the part where it was.
            The parts that hold one are then written without asking what they held; the count tells if a row has left
            another part.
    """

    changed: tuple[str, ...]
    instant: str = "NULL::TIMESTAMP"
    is_open: str = "false"
    is_closed_by_age: bool = False
    has_scope: bool = True
    is_news: bool = False

    @property
    def scope(self) -> str:
        """SQL for the scope of a row."""
        return "scope" if self.has_scope else "'shop'"

    @property
    def part(self) -> str:
        """SQL for the part of a row within its scope."""
        week = f"coalesce(strftime(date_trunc('week', {self.instant}), '%Y-%m-%d'), '{_UNKNOWN}')"
        return f"CASE WHEN {self.is_open} THEN '{_OPEN}' WHEN {self.scope} <> 'shop' THEN '{_ALL}' ELSE {week} END"

    def is_of(self, part: str, scopes: Collection[str]) -> str:
        """SQL for the rows of one part of some scopes, simple enough to skip stretches of a table by."""
        is_in_scopes = f"{self.scope} IN ({', '.join(map(_text, sorted(scopes)))})"
        if part == _OPEN:
            return f"{is_in_scopes} AND {self.is_open}"
        is_in_part = {_ALL: "true", _UNKNOWN: f"{self.instant} IS NULL"}.get(part) or (
            f"{self.instant} >= TIMESTAMP {_text(part)} AND {self.instant} < TIMESTAMP {_text(part)} + INTERVAL 7 DAY"
        )
        return f"{is_in_scopes} AND ({self.is_open}) IS NOT TRUE AND {is_in_part}"


_OF_CHANGED_ORDERS = "order_id IN (SELECT order_id FROM staging.stg_changes__orders)"
_OF_CHANGED_BUYERS = "buyer_key IN (SELECT buyer_key FROM staging.stg_changes__order_versions)"
_FACTS = {
    "fct_parcel_lead_times": _Fact(
        changed=(
            _OF_CHANGED_ORDERS,
            # The orders that a changed parcel names are changed ones.
            "order_id IS NULL AND parcel_key IN (SELECT parcel_id FROM staging.stg_changes__parcels)",
        ),
        instant="ordered_at",
        is_open="state IN ('under_way', 'not_handed_over')",
        is_news=True,
    ),
    "fct_boxes": _Fact(
        changed=("box_id IN (SELECT box_id FROM intermediate.int_changes__boxes)",),
        instant="delivered_at",
        is_news=True,
    ),
    "fct_drop_buyers": _Fact(
        changed=(_OF_CHANGED_BUYERS,), instant="index_ordered_at", is_open="is_pending", is_closed_by_age=True
    ),
    "fct_returns": _Fact(changed=(_OF_CHANGED_ORDERS,), instant="returned_at", has_scope=False),
    # Who orders again has mostly ordered of late, so by the last order most weeks stand still.
    "dim_buyers": _Fact(changed=(_OF_CHANGED_BUYERS,), instant="last_ordered_at", has_scope=False),
    "rpt_interested_buyers": _Fact(changed=("scope IN (SELECT scope FROM intermediate.int_changes__scopes)",)),
}


def large_facts(connection: Connection, least_rows: int) -> list[str]:
    """The marts of this warehouse that are published as files."""
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
    before = previous[0] if previous is not None else None
    known = _known_parts(connection, table, *previous) if previous is not None else []
    if before is None or not known:
        return _write_parts(connection, table, folder, before)
    # A row that came or went without being listed shows in the count: then less is relied upon, and last nothing.
    for is_compared in (False, True) if _FACTS[table].is_news else (True,):
        changed = _changed_parts(connection, table, before, known, is_compared)
        kept = [part for part in known if _key(part) not in changed]
        parts = kept + _write_parts(connection, table, folder, before, changed)
        if connection.execute(f"SELECT count(*) FROM marts.{table}").fetchone() == (_rows(parts),):
            link_facts(before, folder, {"facts": {table: kept}})
            return sorted(parts, key=lambda part: str(part["name"]))
        _remove(folder / table)
    return _write_parts(connection, table, folder, before)


def link_facts(source: Path, target: Path, manifest: Mapping[str, Any]) -> None:
    """Link every part that the manifest names from one snapshot's folder into another's."""
    for parts in manifest.get("facts", {}).values():
        for part in parts:
            _link(fact_path(source, part["name"]), fact_path(target, part["name"]))


def _known_parts(connection: Connection, table: str, before: Path, manifest: Mapping[str, Any]) -> Parts:
    """The parts of the snapshot before, if the lists of changed keys lead to all that is another since; else none."""
    parts: Parts = manifest.get("facts", {}).get(table, [])
    can_add = adds_to(connection, manifest.get("build_id"))
    return parts if can_add and all(fact_path(before, part["name"]).is_file() for part in parts) else []


def _changed_parts(
    connection: Connection, table: str, before: Path, known: Parts, is_compared: bool
) -> set[tuple[str, str]]:
    """Of the scopes that the build or as_of alone may have moved: the open parts, and each with another row.

    Where rows are not compared with those of before: each part with a row that was made anew.
    """
    fact = _FACTS[table]
    looked_at = connection.execute("SELECT scope FROM intermediate.int_changes__scopes").fetchall()
    scopes = {"shop", *(scope for (scope,) in looked_at)}
    if fact.is_closed_by_age:
        scopes |= {_key(part)[0] for part in known if part["part"] == _OPEN}
    opened = [fact_path(before, part["name"]) for part in known if _key(part)[0] in scopes and part["part"] == _OPEN]
    closed = [fact_path(before, part["name"]) for part in known if _key(part)[0] in scopes and part["part"] != _OPEN]
    conditions = list(fact.changed)
    if fact.is_closed_by_age and opened:
        # What has left the open parts since is not older than the oldest that was in them.
        ((oldest,),) = connection.execute(
            f"SELECT min({fact.instant}) FROM {read_parts(opened, fact.has_scope)}"
        ).fetchall()
        conditions.append(f"{fact.instant} >= TIMESTAMP {_text(oldest)}")
    is_looked_at = f"{fact.scope} IN ({', '.join(map(_text, sorted(scopes)))}) AND ({fact.is_open}) IS NOT TRUE"
    now = _rows_where(table, [f"{condition} AND {is_looked_at}" for condition in conditions])
    opened_keys = {(scope, _OPEN) for scope in scopes}
    if not is_compared:
        anew = connection.execute(f"SELECT DISTINCT {fact.scope} AS scope, {fact.part} AS part FROM {now}")
        return {*opened_keys, *anew.fetchall()}
    sides = [f"SELECT *, 1 AS side FROM {now}"]
    # Narrow columns alone say which files have a row to look at; most have none.
    holding: set[tuple[Any, ...]] = set()
    for condition in conditions if closed else ():
        rows = read_parts(closed, fact.has_scope)
        holding |= set(connection.execute(f"SELECT DISTINCT filename FROM {rows} WHERE {condition}").fetchall())
    if holding:
        rows = read_parts([Path(file) for (file,) in sorted(holding)], fact.has_scope)
        sides.append(f"SELECT *, -1 AS side FROM {rows} WHERE {' OR '.join(conditions)}")
    differing = connection.execute(
        f"""
        SELECT DISTINCT {fact.scope} AS scope, {fact.part} AS part
        FROM (SELECT * EXCLUDE (side), sum(side) AS surplus FROM ({" UNION ALL BY NAME ".join(sides)}) GROUP BY ALL)
        WHERE surplus <> 0
        """
    )
    return {*opened_keys, *differing.fetchall()}


def _write_parts(
    connection: Connection,
    table: str,
    folder: Path,
    before: Path | None,
    wanted: Collection[tuple[str, str]] | None = None,
) -> Parts:
    """Write parts of a fact, all if not told which; one that turns out as it was `before` is that file."""
    fact = _FACTS[table]
    draft = folder / f".{table}"
    scopes_of: dict[str, set[str]] = {}
    for scope, part in wanted or ():
        scopes_of.setdefault(part, set()).add(scope)
    wanted_rows = [fact.is_of(part, scopes) for part, scopes in sorted(scopes_of.items())]
    rows = f"marts.{table}" if wanted is None else _rows_where(table, wanted_rows)
    folders = "scope, part" if fact.has_scope else "part"
    connection.execute(
        f"COPY (SELECT *, {fact.part} AS part FROM {rows}) TO {_text(draft)}"
        f" (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({folders}))"
    )
    parts = []
    for file in sorted(draft.rglob("*.parquet")):
        (count,) = connection.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchone() or (0,)
        digest = _digest(file)
        *scope_folder, part_folder = file.relative_to(draft).parts[:-1]
        part = part_folder.partition("=")[2]
        name = "/".join([table, *scope_folder, f"{part}-{digest[:16]}.parquet"])
        is_known = before is not None and fact_path(before, name).is_file()
        _link(fact_path(before, name) if before is not None and is_known else file, fact_path(folder, name))
        of_scope = scope_folder[0].partition("=")[2] if scope_folder else None
        parts.append({"name": name, "scope": of_scope, "part": part, "rows": count, "sha256": digest})
    _remove(draft)
    return parts


def _rows_where(table: str, conditions: Collection[str]) -> str:
    """The rows of a mart for which one condition holds: found by narrow columns, then fetched by their place."""
    places = " UNION ALL ".join(f"SELECT rowid FROM marts.{table} WHERE {condition}" for condition in conditions)
    return (
        f"(FROM marts.{table} WHERE rowid IN"
        f" (SELECT unnest(places) FROM (SELECT list(rowid) AS places FROM ({places}))))"
    )


def _remove(folder: Path) -> None:
    """Remove a folder that is there if anything was written."""
    if folder.is_dir():
        shutil.rmtree(folder)


def _key(part: Mapping[str, Any]) -> tuple[str, str]:
    return part["scope"] or "shop", part["part"]


def _rows(parts: Parts) -> int:
    return sum(part["rows"] for part in parts)


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _digest(file: Path) -> str:
    """The file's sha256, once it is on disk."""
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)
