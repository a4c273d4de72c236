"""`sprint inspect`: try files as the next tick would, store nothing, and say what would become of each row."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from pipelines.contracts.feeds import FEEDS
from pipelines.contracts.inspection_report import BadRow, InspectedFile, InspectionReport, Verdict
from pipelines.contracts.parsed_file import ParsedBatch, UnreadableFileError
from pipelines.ingest.add import Destination, files_below, recognise
from pipelines.ingest.content import open_regular
from pipelines.ingest.landing import is_regular, printable_name
from pipelines.ingest.parse import identify
from pipelines.ingest.parser_process import ParserProcess
from pipelines.privacy import mask_emails

BAD_ROWS_SHOWN = 10


def inspect_paths(
    paths: Iterable[Path],
    feed: str | None,
    latest_at: datetime,
    parser: ParserProcess,
    source: str | None = None,
) -> InspectionReport:
    """Try files without storing anything.

    Args:
        paths: Files, or folders whose files are tried.
        feed: The feed that all of them belong to; None: each is recognised.
        latest_at: The latest instant that a row may claim.
        parser: The child that reads them.
        source: The system that wrote all of them; None: each is recognised.
    """
    files = (path for given in paths for path in files_below(given))
    tried = (one for path in files for one in _inspect_file(path, feed, source, latest_at, parser))
    return InspectionReport(files=tuple(tried))


def _inspect_file(
    path: Path, feed: str | None, source: str | None, latest_at: datetime, parser: ParserProcess
) -> Iterator[InspectedFile]:
    """A file in each feed that it holds rows of."""
    tried = _Trial(printable_name(str(path)))
    try:
        if not is_regular(path):
            yield tried.verdict("not_recognised", "not a regular file")
            return
        destinations = recognise(path, feed, source)
    except UnreadableFileError as error:
        yield tried.verdict("not_recognised", str(error))
    except OSError as error:
        yield tried.verdict("not_recognised", error.strerror or str(error))
    else:
        for destination in destinations:
            yield _inspect_feed(path, destination, latest_at, parser)


def _inspect_feed(path: Path, destination: Destination, latest_at: datetime, parser: ParserProcess) -> InspectedFile:
    tried = _Trial(printable_name(str(path)), destination.feed, destination.source)
    try:
        with open_regular(path) as file:
            identity = identify(file, destination.feed, destination.source, tried.path)
            # Pseudonyms are thrown away with the rows, so any key will do; the shop's own is not needed to look.
            parsed = parser.parse(file, identity, path.name, latest_at, secrets.token_bytes(32))
            for batch in parsed.batches:
                tried.count(batch)
    except UnreadableFileError as error:
        return tried.verdict("refused", str(error))
    except OSError as error:
        return tried.verdict("refused", error.strerror or str(error))
    return tried.verdict(tried.outcome(), None)


class _Trial:
    """What is known of one file so far."""

    def __init__(self, path: str, feed: str | None = None, source: str | None = None) -> None:
        self.path = path
        self.feed = feed
        self.source = source
        self._rows_read = self._accepted = self._rejected = 0
        self._rules: Counter[str] = Counter()
        self._columns: set[str] = set()
        self._bad_rows: list[BadRow] = []

    def count(self, batch: ParsedBatch) -> None:
        """Add some rows."""
        self._rows_read += batch.rows_read
        self._accepted += batch.accepted.height
        self._rejected += batch.rejected.height
        self._columns |= batch.columns
        self._rules.update(batch.rejected["rule"].to_list())
        shown = batch.rejected.head(BAD_ROWS_SHOWN - len(self._bad_rows))
        self._bad_rows += [BadRow(**row) for row in shown.iter_rows(named=True)]

    def outcome(self) -> Verdict:
        """The verdict on a file that could be read to its end."""
        if not self._rows_read:
            return "loads_no_row"
        if not self._rejected:
            return "loads"
        # A plan that breaks a rule is refused whole: there is no half of a drop.
        return "loads_in_part" if self._accepted else "refused"

    def verdict(self, verdict: Verdict, reason: str | None) -> InspectedFile:
        """The file with its verdict; of one that was refused on the way no row counts, as nothing would be stored."""
        if verdict == "refused" and reason is None:
            rows = (
                "its one row does not keep" if self._rows_read == 1 else f"none of its {self._rows_read:,} rows keeps"
            )
            reason = f"{rows} the rules of {self.feed}"
        known = set(FEEDS[self.feed].columns()) if self.feed in FEEDS else self._columns
        return InspectedFile(
            path=self.path,
            feed=self.feed,
            source=self.source,
            verdict=verdict,
            reason=None if reason is None else mask_emails(reason),
            rows_read=self._rows_read,
            accepted=self._accepted,
            rejected=self._rejected,
            rejected_by_rule=dict(self._rules.most_common()),
            extra_columns=tuple(sorted(self._columns - known)),
            missing_columns=tuple(sorted(known - self._columns)) if self._columns else (),
            bad_rows=tuple(self._bad_rows),
        )
