"""Write, audit, publish: a finished snapshot in a folder of its own, made current by one rename.

Readers see the old snapshot or the new one, never a mix. What is published is listed in `PUBLISHED_RAW` and by schema;
no raw row and nothing of a person is among it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.contracts.operator_action import killed_drops
from pipelines.contracts.price_bands import BandEntry, PriceBands, fallback_after
from pipelines.contracts.snapshot_manifest import MANIFEST_VERSION
from pipelines.warehouse.builds import build_id
from pipelines.warehouse.connect import Connection, naive
from pipelines.warehouse.control import read_actions
from pipelines.warehouse.fact_files import LEAST_ROWS, large_facts, link_facts, write_fact
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.ticks import Tick

WAREHOUSE_FILE = "warehouse.duckdb"
BANDS_FILE = "price_bands.json"
MANIFEST_FILE = "manifest.json"

# Two days of hourly snapshots: a link that was shared yesterday still opens.
KEPT_SNAPSHOTS = 48

PUBLISHED_SCHEMAS = ("marts", "pricing", "allocation")

# Bookkeeping that holds no person's data, and of the plans only channels and stock of the version that counts.
PUBLISHED_RAW: dict[str, str] = {
    "as_of": "SELECT * FROM raw.as_of",
    "landing_files": "SELECT * FROM raw.landing_files",
    "file_sightings": "SELECT * FROM raw.file_sightings",
    "reconciliation": "SELECT * FROM raw.reconciliation",
    "checks": "SELECT * FROM raw.checks",
    "rejects_by_rule": """
        SELECT f.feed, r.file_id, r.rule, r.field, count(*) AS rows
        FROM raw.rejected_rows AS r JOIN raw.landing_files AS f USING (file_id)
        GROUP BY ALL ORDER BY ALL
    """,
    "drop_channels": "SELECT * EXCLUDE (_row_hash) FROM raw.drop_channels SEMI JOIN current_plans USING (_row_hash)",
    "drop_stock": "SELECT * EXCLUDE (_row_hash) FROM raw.drop_stock SEMI JOIN current_plans USING (_row_hash)",
}

# Of a drop the highest version counts; of two plans under one version the one with the smallest hash.
_CURRENT_PLANS = """
    CREATE OR REPLACE TEMP VIEW current_plans AS
    SELECT _row_hash FROM raw.drops
    QUALIFY row_number() OVER (PARTITION BY drop_id ORDER BY version DESC, _row_hash) = 1
"""

# The hour decided last and the one before it: what is shown now and what comes next.
_FEED_ROWS = """
    SELECT d.drop_id, d.sku, d.channel, d.band, d.price_amount, d.list_amount, d.currency_code, d.valid_from,
        d.valid_to, d.reason, d.decision_id
    FROM pricing.decisions AS d JOIN marts.dim_drops AS p USING (drop_id)
    WHERE d.valid_to > $as_of - INTERVAL 1 HOUR AND p.ends_at > $as_of - INTERVAL 1 HOUR
    ORDER BY d.drop_id, d.sku, d.channel, d.valid_from
"""


def snapshot_name(tick: Tick) -> str:
    """The snapshot's id: its instant and the tick that made it, so that names sort as time does."""
    return f"{tick.as_of:%Y%m%dT%H%MZ}-{tick.number:06d}"


def publish_snapshot(  # noqa: PLR0913, PLR0917  the size from which a fact is files is swapped in tests
    connection: Connection,
    published_dir: Path,
    control_dir: Path,
    tick: Tick,
    finished_at: datetime,
    least_rows: int = LEAST_ROWS,
) -> str:
    """Write the snapshot of `tick` and make it current; return its id.

    The folder is complete and on disk before the one rename that readers notice. What a killed process left half
    made is removed first. The operator's files are looked at under the publish lock: a kill given while the tick ran
    is in the feed, or comes right after it.
    """
    snapshot_id = snapshot_name(tick)
    with _publishing(published_dir, f"the publication of {snapshot_id}", finished_at) as snapshots:
        folder = snapshots / f".new-{snapshot_id}"
        folder.mkdir()
        large = large_facts(connection, least_rows)
        tables = _copy_tables(connection, folder / WAREHOUSE_FILE, tick, snapshot_id, finished_at, leave_out=large)
        _sync(folder / WAREHOUSE_FILE)
        previous = _current(published_dir)
        manifest = _manifest(connection, tick, snapshot_id, finished_at)
        if large:
            facts = {table: write_fact(connection, table, folder, previous) for table in large}
            manifest |= {"tables": tables, "facts": facts, "build_id": build_id(connection)}
        bands = _price_bands(connection, tick, snapshot_id).with_list_prices(killed_drops(read_actions(control_dir)))
        _finish(published_dir, folder, bands, manifest)
    return snapshot_id


def publish_list_prices(published_dir: Path, control_dir: Path, at: datetime) -> str | None:
    """Publish the current snapshot anew with list prices for every killed drop; return the new id, None without one.

    The tables are the same files, linked; the warehouse is not opened.
    """
    with _publishing(published_dir, "a kill", at) as snapshots:
        found = _current(published_dir)
        if found is None:
            return None
        current, manifest = found
        snapshot_id = _next_kill(snapshots, current.name)
        folder = snapshots / f".new-{snapshot_id}"
        folder.mkdir()
        for entry in manifest["files"]:
            os.link(current / entry["name"], folder / entry["name"])
        link_facts(current, folder, manifest)
        bands = PriceBands.model_validate_json((current / BANDS_FILE).read_text())
        bands = bands.model_copy(update={"snapshot_id": snapshot_id})
        killed = killed_drops(read_actions(control_dir))
        _finish(published_dir, folder, bands.with_list_prices(killed), manifest | {"snapshot_id": snapshot_id})
    return snapshot_id


def _current(published_dir: Path) -> tuple[Path, dict[str, Any]] | None:
    """The folder and manifest of the snapshot that is current; None when nothing is published."""
    if not (published_dir / "current").is_symlink():
        return None
    folder = (published_dir / "current").resolve(strict=True)
    return folder, json.loads((folder / MANIFEST_FILE).read_text("utf-8"))


@contextmanager
def _publishing(published_dir: Path, purpose: str, at: datetime) -> Iterator[Path]:
    """Hold the publish lock, remove what a killed publication left, and give the folder of snapshots."""
    snapshots = published_dir / "snapshots"
    snapshots.mkdir(parents=True, exist_ok=True)
    with hold_lock(published_dir / ".lock", purpose, at, wait=True):
        for leftover in (*snapshots.glob(".new-*"), *snapshots.glob(".old-*"), *published_dir.glob(".current-*")):
            shutil.rmtree(leftover) if leftover.is_dir() and not leftover.is_symlink() else leftover.unlink()
        yield snapshots


def _finish(published_dir: Path, folder: Path, bands: PriceBands, manifest: dict[str, object]) -> None:
    """Write the small files, give the folder its name, and make it current."""
    _write_text(folder / BANDS_FILE, bands.to_json())
    _write_text(folder / MANIFEST_FILE, json.dumps(manifest, indent=2) + "\n")
    _sync(folder)
    folder.rename(folder.with_name(bands.snapshot_id))
    _sync(folder.parent)
    make_current(published_dir, bands.snapshot_id)


def _next_kill(snapshots: Path, name: str) -> str:
    base = name.partition("-kill")[0]
    return f"{base}-kill{sum(1 for _ in snapshots.glob(f'{base}-kill*')) + 1}"


def make_current(published_dir: Path, snapshot_id: str) -> None:
    """Point `current` to the snapshot by one rename."""
    link = published_dir / f".current-{snapshot_id}"
    link.symlink_to(Path("snapshots") / snapshot_id)
    link.rename(published_dir / "current")
    _sync(published_dir)


def _copy_tables(  # noqa: PLR0913, PLR0917
    connection: Connection, path: Path, tick: Tick, snapshot_id: str, finished_at: datetime, leave_out: list[str]
) -> list[str]:
    """Copy what is published but for some marts; return the names of the copies."""
    connection.execute(_CURRENT_PLANS)
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS snapshot")
    try:
        source = connection.execute("SELECT current_catalog()").fetchone()[0]  # type: ignore[index]
        connection.execute("CREATE SCHEMA snapshot.raw")
        for table, query in PUBLISHED_RAW.items():
            connection.execute(f"CREATE TABLE snapshot.raw.{table} AS {query}")
        connection.execute("CREATE TABLE snapshot.raw.ticks AS SELECT * FROM raw.ticks")
        connection.execute(
            "UPDATE snapshot.raw.ticks SET status = 'published', snapshot_id = ?, finished_at = ?"
            " WHERE tick_number = ?",
            [snapshot_id, naive(finished_at), tick.number],
        )
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            " WHERE table_catalog = ? AND table_schema IN ? ORDER BY ALL",
            [source, list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        tables = [(schema, table) for schema, table in tables if table not in leave_out]
        for schema in sorted({schema for schema, _ in tables}):
            connection.execute(f"CREATE SCHEMA snapshot.{schema}")
        for schema, table in tables:
            connection.execute(f'CREATE TABLE snapshot.{schema}."{table}" AS SELECT * FROM {schema}."{table}"')
    finally:
        connection.execute("DETACH snapshot")
    copied = [("raw", table) for table in (*PUBLISHED_RAW, "ticks")] + tables
    return sorted(f"{schema}.{table}" for schema, table in copied)


def _price_bands(connection: Connection, tick: Tick, snapshot_id: str) -> PriceBands:
    cursor = connection.execute(_FEED_ROWS, {"as_of": naive(tick.as_of)})
    names = [column[0] for column in cursor.description]
    entries = []
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        for column in ("valid_from", "valid_to"):
            row[column] = row[column].replace(tzinfo=UTC)
        entries.append(BandEntry(**row, fallback_after=fallback_after(row["valid_to"])))
    return PriceBands(snapshot_id=snapshot_id, as_of=tick.as_of, status="live", entries=tuple(entries))


def _manifest(connection: Connection, tick: Tick, snapshot_id: str, finished_at: datetime) -> dict[str, object]:
    final = connection.execute("SELECT drop_id FROM marts.dim_drops WHERE status = 'final' ORDER BY drop_id").fetchall()
    return {
        "schema_version": MANIFEST_VERSION,
        "snapshot_id": snapshot_id,
        "as_of": f"{tick.as_of:%Y-%m-%dT%H:%M:%SZ}",
        "tick_number": tick.number,
        "published_at": finished_at.isoformat(),
        "files": [{"name": WAREHOUSE_FILE, "alias": "warehouse"}],
        "final_drops": [drop_id for (drop_id,) in final],
    }


def remove_old_snapshots(published_dir: Path, at: datetime) -> None:
    """Remove all but the newest, the current, and for each final drop the first snapshot that shows it final.

    A folder loses its name before its files, so that a reader finds a snapshot whole or not at all, and a process
    killed half-way leaves what the next publication sweeps.
    """
    with _publishing(published_dir, "the removal of old snapshots", at) as snapshots:
        manifests = _manifests(snapshots)
        by_age = sorted(manifests, key=lambda name: (manifests[name]["as_of"], manifests[name]["tick_number"], name))
        kept = {*by_age[-KEPT_SNAPSHOTS:], (published_dir / "current").resolve().name}
        seen: set[str] = set()
        for name in by_age:
            final = set(manifests[name]["final_drops"])
            if final - seen:
                kept.add(name)
            seen |= final
        for folder in [folder for folder in snapshots.iterdir() if folder.name not in kept]:
            doomed = folder.rename(folder.with_name(f".old-{folder.name}"))
            shutil.rmtree(doomed)


def newest_tick(published_dir: Path) -> dict[str, Any] | None:
    """The manifest with the highest tick number; None when nothing is published."""
    manifests = _manifests(published_dir / "snapshots").values()
    return max(manifests, key=lambda manifest: manifest["tick_number"], default=None)


def _manifests(snapshots: Path) -> dict[str, dict[str, Any]]:
    """Snapshot to manifest; a folder without one is no snapshot."""
    return {path.parent.name: json.loads(path.read_text("utf-8")) for path in snapshots.glob(f"[!.]*/{MANIFEST_FILE}")}


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
