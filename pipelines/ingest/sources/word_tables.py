"""What other systems call a parcel's status or a sales channel, in our words: two tables beside this file.

A word that is not in its table is a fault that names it; nothing is guessed from how a word sounds.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from pipelines.ingest.sources.mapped_rows import FaultError

_STATUSES = Path(__file__).with_name("carrier_statuses.csv")
_CHANNELS = Path(__file__).with_name("sales_channels.csv")
# A word of a system's vocabulary is short; what is longer is something else, and not for a message.
_LONGEST_SHOWN = 60


def parcel_status(system: str, status: str | None, detail: str | None = None) -> str:
    """Our word for a system's status of a parcel.

    Args:
        system: The system, as the table calls it.
        status: What it says.
        detail: What it says more closely; a row of the table for both goes before one for the status alone.

    Raises:
        FaultError: The status is not in the table.
    """
    table = _status_table()
    key = (system, (status or "").lower())
    found = table.get((*key, (detail or "").lower())) or table.get((*key, ""))
    if found is None:
        message = f"expected a status in the table of carrier statuses; {system} says {(status or 'nothing')!r}"
        raise FaultError("status_is_mapped", message[: _LONGEST_SHOWN * 3], "status")
    return found


def sales_channel(system: str, name: str | None) -> str | None:
    """Our word for where a system says that an order was placed; None when it does not say.

    Raises:
        FaultError: The name is not in the table.
    """
    if name is None:
        return None
    found = _channel_table().get((system, name.lower()))
    if found is None:
        shown = name[:_LONGEST_SHOWN]
        raise FaultError(
            "channel_is_mapped", f"expected a place of sale in the table; {system} says {shown!r}", "channel"
        )
    return found


def is_mapped_status(system: str, status: str | None) -> bool:
    """Whether the table has this status of a system."""
    return (system, (status or "").lower(), "") in _status_table()


@cache
def _status_table() -> dict[tuple[str, str, str], str]:
    with _STATUSES.open(encoding="utf-8", newline="") as file:
        return {(row["system"], row["status"], row["detail"]): row["parcel_status"] for row in csv.DictReader(file)}


@cache
def _channel_table() -> dict[tuple[str, str], str]:
    with _CHANNELS.open(encoding="utf-8", newline="") as file:
        return {(row["system"], row["name"]): row["channel"] for row in csv.DictReader(file)}
