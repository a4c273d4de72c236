"""`sprint inspect --json`: what would become of files, before anything is stored. A stable interface."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["loads", "loads_in_part", "loads_no_row", "refused", "not_recognised"]


class BadRow(BaseModel):
    """A row that would be rejected, people masked."""

    model_config = ConfigDict(frozen=True)

    row_number: int
    field: str | None
    rule: str
    message: str
    row_text: str | None


class InspectedFile(BaseModel):
    """One file and its verdict.

    `reason` says why a file is `refused` or `not_recognised`, else it is null. `bad_rows` holds the first ten.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    feed: str | None
    source: str | None
    verdict: Verdict
    reason: str | None
    rows_read: int
    accepted: int
    rejected: int
    rejected_by_rule: dict[str, int]
    extra_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    bad_rows: tuple[BadRow, ...]


class InspectionReport(BaseModel):
    """Every file that was looked at, in the order given."""

    model_config = ConfigDict(frozen=True)

    files: tuple[InspectedFile, ...]
