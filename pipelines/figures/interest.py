"""Who cared for a drop beyond buying in it: ranked, with each one's points in words, and the owner's file of addresses.

Frames and values in, frames and text out. Points are given by the mart `rpt_interested_buyers`; here they are said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from pipelines.figures.spreadsheet import csv_text

# The rows that `rank_interested` takes; one parameter, the drop.
INTERESTED_BUYERS = "select * from marts.rpt_interested_buyers where scope = ?"

_RANKED = {
    "rank": pl.Int64,
    "buyer_key": pl.Utf8,
    "interest_points": pl.Int64,
    "why": pl.Utf8,
    "scans_count": pl.Int64,
    "shares_count": pl.Int64,
}


def rank_interested(rows: pl.DataFrame, consenting: Collection[str]) -> pl.DataFrame:
    """A drop's interested buyers who agreed to be written to, those with most points first.

    Args:
        rows: What `INTERESTED_BUYERS` gives for one drop.
        consenting: The keys of buyers whose latest word on marketing was yes.

    Returns:
        rank (from 1), buyer_key, interest_points, why, scans_count, shares_count. Of equal points more shares come
        first, then more scans, then the smaller key.
    """
    agreed = rows.filter(pl.col("buyer_key").is_in(list(consenting))).sort(
        ["interest_points", "shares_count", "scans_count", "buyer_key"], descending=[True, True, True, False]
    )
    lines = [
        (rank, row["buyer_key"], row["interest_points"], why(row), row["scans_count"], row["shares_count"])
        for rank, row in enumerate(agreed.iter_rows(named=True), start=1)
    ]
    return pl.DataFrame(lines, schema=_RANKED, orient="row")


def why(row: Mapping[str, Any]) -> str:
    """What a buyer did, each act with its points: `ordered again (3); scanned 2 times (2)`."""
    acts = {
        "returned_points": "ordered again",
        "bought_before_points": "had bought before",
        "shares_points": _times("shared", row["shares_count"]),
        "scans_points": _times("scanned", row["scans_count"]),
    }
    return "; ".join(f"{words} ({row[points]})" for points, words in acts.items() if row[points])


def followups_header(drop_id: str, snapshot_id: str, as_of: datetime, *, is_simulated: bool) -> list[str]:
    """What the file says of itself."""
    return [
        f"Flash-Sprints: buyers of {drop_id} who may be glad to hear from you",
        f"Snapshot {snapshot_id}, as of {as_of:%Y-%m-%dT%H:%MZ}; consent as known when this file was made",
        "Personal data, for the shop's owner alone. Make it anew before each use: consent may be withdrawn",
        *(["Simulated data"] if is_simulated else []),
    ]


def followups_csv(ranked: pl.DataFrame, addresses: Mapping[str, str | None], header: Sequence[str]) -> str:
    """The owner's file: address, points and reasons, the best first. Who gave no address cannot be written to.

    The buyer's key stays out: beside the address it would give away who stands behind it everywhere else.
    """
    listed = ranked.with_columns(
        email=pl.col("buyer_key").replace_strict(addresses, default=None, return_dtype=pl.Utf8)
    ).filter(pl.col("email").is_not_null())
    without = ranked.height - listed.height
    more = [f"{without} more have no e-mail address and are left out"] if without else []
    return csv_text(listed.select("email", "interest_points", "why", "scans_count", "shares_count"), [*header, *more])


def _times(verb: str, times: int) -> str:
    return f"{verb} once" if times == 1 else f"{verb} {times:,} times"
