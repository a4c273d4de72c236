"""`sprint reconcile --json`: rows and money of every file and feed, read against stored. A stable interface.

`rows_read = accepted + rejected + duplicate`, to the row. Money is told by currency and never summed across them; of
rejected rows only the money that could be read is in it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pipelines.contracts.price_bands import Amount, Instant


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Money(_Part):
    """Amounts in one currency: orders are net of discounts, returns what was refunded, deliveries what they cost."""

    currency_code: str
    accepted_amount: Amount
    rejected_amount: Amount
    duplicate_amount: Amount


class Counts(_Part):
    """Rows of one file or feed."""

    rows_read: int
    accepted: int
    rejected: int
    duplicate: int
    conflicting: int
    is_reconciled: bool
    money: tuple[Money, ...]


class ReconciledFile(Counts):
    """One file of the ledger. Columns that its feed does not know are kept; missing ones are named."""

    file_id: str
    path: str
    feed: str
    source: str
    status: str
    first_error: str | None
    extra_columns: tuple[str, ...]
    missing_columns: tuple[str, ...]
    new_columns: tuple[str, ...]
    vanished_columns: tuple[str, ...]
    is_name_reused: bool
    loaded_at: Instant


class ReconciledFeed(Counts):
    """All files of a feed."""

    feed: str
    files: int
    quarantined_files: int


class FailedCheck(_Part):
    """A check of the last tick that did not hold."""

    check: str
    is_blocking: bool
    observed: str


class ReconciliationReport(_Part):
    """The ledger of one published snapshot."""

    snapshot_id: str
    as_of: Instant
    is_reconciled: bool
    feeds: tuple[ReconciledFeed, ...]
    files: tuple[ReconciledFile, ...]
    failed_checks: tuple[FailedCheck, ...]
