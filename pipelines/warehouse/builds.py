"""What a build has to look at: everything, or what came into view since the last build that ended well.

The models read `raw.build_state` and `raw.new_files`; what they make of them is theirs. A build that did not end leaves
its state `building`, and the next one then makes everything anew: no half-built table is ever added to.
"""

from __future__ import annotations

from datetime import datetime

from pipelines.warehouse.connect import Connection, transaction

# Before any instant that a row may have: contracts refuse what is earlier than the year 2000.
_EVER = datetime(1, 1, 1)  # noqa: DTZ001  naive, as everything in the warehouse

# What dbt makes.
_BUILT_SCHEMAS = ("staging", "intermediate", "marts")

# Settings that the models use: with another window every row may be another.
_WINDOWS = "concat_ws('|', lead_time_radius_km, velocity_window_hours, repeat_window_days, settling_days)"


def begin_build(connection: Connection, project_digest: str, must_be_full: bool = False) -> bool:
    """Write down what this build has to look at; return whether that is everything.

    Everything, if there is no build to add to: none yet, one that did not end, one by other models or windows, or one
    that looked further than this.

    Args:
        connection: The warehouse, with its `raw.as_of`.
        project_digest: A hash of the models.
        must_be_full: Look at everything in any case.
    """
    now = connection.execute(f"SELECT as_of, {_WINDOWS} FROM raw.as_of").fetchone()
    if now is None:
        message = "raw.as_of is empty: a build needs the instant up to which it looks"
        raise LookupError(message)
    as_of, windows = now
    state = connection.execute("SELECT status, as_of, project_digest, windows FROM raw.build_state").fetchone()
    can_add = state is not None and state[0] == "built" and state[1] <= as_of and state[2:] == (project_digest, windows)
    is_full = must_be_full or not can_add
    changed_since = _EVER if is_full or state is None else state[1]
    with transaction(connection):
        connection.execute("DELETE FROM raw.build_state")
        previous = build_id(connection)
        connection.execute("DELETE FROM raw.build_ids")
        connection.execute("INSERT INTO raw.build_ids VALUES (uuid(), ?)", [previous])
        connection.execute(
            "INSERT INTO raw.build_state VALUES ('building', ?, ?, ?, ?, ?)",
            [as_of, changed_since, is_full, project_digest, windows],
        )
        if is_full:
            connection.execute("DELETE FROM raw.built_files")
        connection.execute("DELETE FROM raw.new_files")
        connection.execute(
            "INSERT INTO raw.new_files SELECT file_id FROM raw.landing_files"
            " WHERE status = 'loaded' AND file_id NOT IN (SELECT file_id FROM raw.built_files)"
        )
    return is_full


def slice_history(connection: Connection, most_lines: int) -> list[datetime]:
    """Instants that cut the order lines before as_of into about equal slices; none if `most_lines` holds them all."""
    past = "FROM raw.orders WHERE ordered_at < (SELECT as_of FROM raw.as_of)"
    ((lines,),) = connection.execute(f"SELECT count(*) {past}").fetchall()
    count = -(-int(lines) // most_lines)
    if count < 2:  # noqa: PLR2004  one slice is the whole
        return []
    shares = [number / count for number in range(1, count)]
    ((cuts,),) = connection.execute(f"SELECT quantile_disc(ordered_at, $1) {past}", [shares]).fetchall()
    return sorted(set(cuts))


def begin_slice(connection: Connection, until: datetime | None) -> None:
    """Have a full build look at what came into view since its slice before, as a tick does since the tick before it.

    What earlier builds made is dropped before the first slice: what its models find, they take for their own.

    Args:
        connection: The warehouse, in which a full build has begun.
        until: The slice's as_of; None for that of the tick, which the last slice has.
    """
    ((as_of, changed_since, is_first),) = connection.execute(
        "SELECT clock.as_of, build.as_of, is_full FROM raw.build_state AS build, raw.as_of AS clock"
    ).fetchall()
    if is_first:
        for schema in _BUILT_SCHEMAS:
            connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    with transaction(connection):
        if is_first:
            # Every row is in one of the slices, so no file is news.
            connection.execute("INSERT INTO raw.built_files SELECT file_id FROM raw.new_files")
            connection.execute("DELETE FROM raw.new_files")
        connection.execute(
            "UPDATE raw.build_state SET as_of = ?, changed_since = ?, is_full = false",
            [until or as_of, _EVER if is_first else changed_since],
        )


def finish_build(connection: Connection, was_sliced: bool = False) -> None:
    """Write down that the build ended well, and one in slices as the full one that it was: the next may add to it."""
    with transaction(connection):
        connection.execute("INSERT INTO raw.built_files SELECT file_id FROM raw.new_files")
        connection.execute("UPDATE raw.build_state SET status = 'built', is_full = is_full OR ?", [was_sliced])


def is_built_by(connection: Connection, project_digest: str) -> bool:
    """Whether the kept marts are those of these models: only then can they be compared with what these would build."""
    state = connection.execute("SELECT status, project_digest FROM raw.build_state").fetchone()
    return state == ("built", project_digest)


def forget_build(connection: Connection) -> None:
    """Have the next build make everything anew: rows that were built before are about to change in place."""
    connection.execute("DELETE FROM raw.build_state")


def build_id(connection: Connection) -> str | None:
    """The last build that has begun in this warehouse; None before the first."""
    row = connection.execute("SELECT build_id FROM raw.build_ids").fetchone()
    return str(row[0]) if row else None


def adds_to(connection: Connection, published_id: str | None) -> bool:
    """Whether the last build's lists of changed keys name all that may differ from the marts of another build.

    They do if that is the build directly before, or the last one itself. Builds have names that no two share: a number
    would come again in a warehouse that was made anew or taken from a backup.
    """
    state = connection.execute("SELECT status, is_full FROM raw.build_state").fetchone()
    known = connection.execute("SELECT build_id, previous_id FROM raw.build_ids").fetchone() or ()
    return state == ("built", False) and published_id is not None and published_id in known
