"""`report.json` and `manifest.json` of an audit report: stable interfaces.

Amounts are decimal text with every digit, instants are UTC; what cannot be known is null. A field, a table or a column
may be added; none is renamed or removed without a new `schema_version`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.price_bands import Instant

SCHEMA_VERSION: Literal[1] = 1

Cell = str | bool | int | float | None
Status = Literal["planned", "live", "settling", "final"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReportedMetric(_Part):
    """One of the four metrics as people read it; its numbers are in the table of the same `key`."""

    key: str
    title: str
    value: str
    state: Literal["known", "so far", "too few", "not yet"]
    basis: str
    interval: str
    sentence: str
    formula: str
    owner: str


class ReportedUplift(_Part):
    """The engine's hours less the hold-out hours, an hour, in one amount and over one set of drops."""

    amount: Literal["sales_amount", "earned_amount"]
    drops: Literal["this_drop", "all_drops_so_far"]
    drops_count: int
    engine_hours: int
    holdout_hours: int
    gap_hours: int
    engine_mean: float | None
    holdout_mean: float | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    smallest_visible: float | None


class ReportedTable(_Part):
    """One table: what a row is, its columns in order, and the rows."""

    sentence: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, Cell], ...]


class AuditReportFile(_Part):
    """A drop's audit, all of one snapshot."""

    schema_version: Literal[1] = SCHEMA_VERSION
    drop_id: str
    name: str
    status: Status
    starts_at: Instant
    ends_at: Instant
    timezone: str
    currency_code: str
    snapshot_id: str
    as_of: Instant
    is_simulated: bool
    metrics: tuple[ReportedMetric, ...]
    uplifts: tuple[ReportedUplift, ...]
    unsettled: tuple[str, ...]
    tables: dict[str, ReportedTable]


class ManifestEntry(_Part):
    """One file of the report."""

    name: str
    bytes: int
    sha256: str


class ReportManifest(_Part):
    """Every file of a report with its hash; itself it is not among them."""

    schema_version: Literal[1] = SCHEMA_VERSION
    drop_id: str
    status: Status
    snapshot_id: str
    as_of: Instant
    is_simulated: bool
    files: tuple[ManifestEntry, ...]
