"""The frames that an audit is made from. The caller brings what runs a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.audit.tables import SHOP_TABLES, TABLES
from pipelines.figures.interest import INTERESTED_BUYERS

# Runs a query with one `?` for each parameter on one published snapshot.
Read = Callable[[str, Sequence[object]], pl.DataFrame]

_WINDOWS = "select lead_time_radius_km, velocity_window_hours, repeat_window_days, settling_days from raw.as_of"
_DROP = "select * from marts.dim_drops where drop_id = ?"
_KNOWN = "select drop_id from marts.dim_drops order by starts_at, drop_id"


@dataclass(frozen=True)
class DropFrames:
    """One drop's frames, all of one snapshot.

    Attributes:
        windows: One row: what the models counted within.
        drop: One row: the drop.
        interested: The buyers who did more for the drop than buy once, whether they may be written to or not.
        tables: The audit's tables by name, in the order of `audit.tables`.
    """

    windows: pl.DataFrame
    drop: pl.DataFrame
    interested: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]


def read_drop_frames(read: Read, drop_id: str) -> DropFrames:
    """Every frame of one drop.

    Raises:
        LookupError: The snapshot has no such drop; the message names those it has.
    """
    known = read(_KNOWN, [])["drop_id"].to_list()
    if drop_id not in known:
        message = f"there is no drop {drop_id!r}; the snapshot has: {', '.join(known) or 'none yet'}"
        raise LookupError(message)
    queries = {name: table.sql for name, table in (TABLES | SHOP_TABLES).items()}
    tables = {name: read(sql, [drop_id] * sql.count("?")) for name, sql in queries.items()}
    return DropFrames(
        windows=read(_WINDOWS, []),
        drop=read(_DROP, [drop_id]),
        interested=read(INTERESTED_BUYERS, [drop_id]),
        tables=tables,
    )
