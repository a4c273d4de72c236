"""`sprint erase --json`: what was removed of a person, and the proof. The address itself is not repeated in it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ErasureReport(BaseModel):
    """An erasure.

    `removed_files` held the address, or could not be looked into, and lay where files wait, are quarantined or are
    kept as backups: rows of other people in them were removed too and have to be added again. `files_searched` were
    looked into afterwards, unpacked; the address was found in `files_holding`, which must be empty.
    """

    model_config = ConfigDict(frozen=True)

    buyers_removed: int
    removed_files: tuple[str, ...]
    files_searched: int
    files_holding: tuple[str, ...]
    files_not_searched: tuple[str, ...]
    is_proven: bool
