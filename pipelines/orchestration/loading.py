"""The load stage of a tick as one function: every landed file is parsed, stored and put away; none stops the others.

It ties `ingest`, `privacy` and `warehouse` together and knows nothing of the orchestrator that calls it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Generator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

from pipelines.contracts.parsed_file import FileIdentity, ParsedBatch, ParsedFile, UnreadableFileError
from pipelines.ingest.archive import draft_path, drop_draft, is_archived, keep_draft
from pipelines.ingest.content import open_regular
from pipelines.ingest.landing import (
    Landing,
    WaitingFile,
    is_same_file,
    list_landing,
    prepare_landing,
    quarantine_file,
    share_file,
)
from pipelines.ingest.parse import identify
from pipelines.ingest.parser_process import ParserProcess, ReaderDiedError
from pipelines.ingest.settling import Settling, find_unsettled
from pipelines.privacy import Buyer, mask_emails, open_key, remember_buyers
from pipelines.settings import FUTURE_TOLERANCE, Settings
from pipelines.warehouse.connect import Connection, loading_memory
from pipelines.warehouse.load import (
    LoadedFile,
    ReconciliationError,
    has_loaded_anything,
    is_loaded,
    load_file,
    record_sighting,
    record_unreadable,
)


@dataclass(frozen=True)
class LoadReport:
    """What one load stage did.

    Attributes:
        loaded: New files, loaded or quarantined.
        known: Files whose content was known; only the sighting was recorded.
        left: Names that were left where they are, with the reason.
    """

    loaded: tuple[LoadedFile, ...]
    known: tuple[FileIdentity, ...]
    left: tuple[tuple[str, str], ...]

    def counts(self, feed: str) -> dict[str, int]:
        """Files and rows of one feed."""
        files = [loaded for loaded in self.loaded if loaded.identity.feed == feed]
        return {
            "files": sum(loaded.status == "loaded" for loaded in files),
            "files_known": sum(identity.feed == feed for identity in self.known),
            "files_quarantined": sum(loaded.status == "quarantined" for loaded in files),
            "rows_read": sum(loaded.rows_read for loaded in files),
            "accepted": sum(loaded.accepted for loaded in files),
            "rejected": sum(loaded.rejected for loaded in files),
            "duplicate": sum(loaded.duplicate for loaded in files),
            "conflicting": sum(loaded.conflicting for loaded in files),
        }


# What a file can do to the code that handles it. Anything else (the key, the lock, the disk) stops the stage.
_FAULTS_OF_A_FILE = (ArithmeticError, LookupError, ReconciliationError, TypeError, ValueError)


class _StillChangingError(Exception):
    """The file was written to while it was read, or another one took its name."""


@dataclass(frozen=True)
class _Load:
    """What loading each file of one tick needs."""

    connection: Connection
    settings: Settings
    parser: ParserProcess
    key: bytes
    as_of: datetime
    now: datetime
    shared: list[WaitingFile] = field(default_factory=list)


def load_landed(  # noqa: PLR0913, PLR0917 - the last two are swapped in tests
    connection: Connection,
    settings: Settings,
    as_of: datetime,
    now: datetime,
    parser: ParserProcess | None = None,
    settling: Settling | None = None,
) -> LoadReport:
    """Load whatever waits in the landing folder.

    Args:
        connection: The warehouse.
        settings: Where things are, and the key if the environment gives one.
        as_of: The tick's instant, for the ledger; loading itself does not look at it.
        now: The instant of loading.
        parser: The child that reads the files; None: one is started when the first file needs it, and ended.
        settling: How long a file must lie still before it is read.

    Raises:
        LandingError: The landing folder is missing or unreadable.
        PrivateKeyError: The key is missing or another one. In both cases nothing was stored.
    """
    is_new_folder = not has_loaded_anything(connection)
    key = open_key(settings, is_new_folder=is_new_folder)
    prepare_landing(settings.landing_dir, is_new_folder=is_new_folder)
    landing = _settled(list_landing(settings.landing_dir), settling or Settling())
    # A parser that was given is its owner's to end.
    with loading_memory(connection), nullcontext(parser) if parser is not None else ParserProcess() as reading:
        return _load_each(_Load(connection, settings, reading, key, as_of, now), landing)


def _settled(landing: Landing, settling: Settling) -> Landing:
    """The listing without the files that may still be growing."""
    unsettled = find_unsettled((waiting.path for waiting in landing.files), settling)
    return Landing(
        tuple(waiting for waiting in landing.files if waiting.path not in unsettled),
        landing.ignored
        + tuple(
            (waiting.landed_path, unsettled[waiting.path]) for waiting in landing.files if waiting.path in unsettled
        ),
    )


def _load_each(load: _Load, landing: Landing) -> LoadReport:
    loaded: list[LoadedFile] = []
    known: list[FileIdentity] = []
    left = list(landing.ignored)
    queue = deque(landing.files)
    while queue:
        waiting = queue.popleft()
        try:
            file = open_regular(waiting.path)
        except (UnreadableFileError, OSError) as error:
            left.append((waiting.landed_path, f"cannot be opened: {getattr(error, 'strerror', error)}"))
            continue
        try:
            with file:
                outcome = _load_waiting(load, waiting, file)
        except _StillChangingError:
            left.append((waiting.landed_path, "still being written; it is read when it has settled"))
            continue
        if isinstance(outcome, LoadedFile):
            loaded.append(outcome)
        else:
            known.append(outcome)
        queue.extend(load.shared)
        load.shared.clear()
    return LoadReport(tuple(loaded), tuple(known), tuple(left))


def _load_waiting(load: _Load, waiting: WaitingFile, file: BinaryIO) -> LoadedFile | FileIdentity:
    opened = os.fstat(file.fileno())
    identity = identify(file, waiting.feed, waiting.source, waiting.landed_path)
    if is_loaded(load.connection, identity.file_id):
        record_sighting(load.connection, identity, load.as_of, load.now)
        try:
            _archive_again(load, waiting, file, identity)
        except (UnreadableFileError, *_FAULTS_OF_A_FILE) as error:
            _quarantine(load, waiting, opened, identity, f"its rows are stored, its copy is not: {_reason(error)}")
        else:
            _take_away(waiting, opened)
        return identity
    try:
        outcome = _load_new(load, waiting, file, identity, opened)
    except (UnreadableFileError, *_FAULTS_OF_A_FILE) as error:
        if not is_same_file(waiting.path, opened):
            raise _StillChangingError from error
        outcome = record_unreadable(load.connection, identity, _reason(error), load.as_of, load.now)
    if outcome.status == "loaded":
        keep_draft(identity, load.settings.archive_dir)
        _take_away(waiting, opened)
    else:
        _quarantine(load, waiting, opened, identity, outcome.first_error or "quarantined")
    return outcome


def _quarantine(load: _Load, waiting: WaitingFile, opened: os.stat_result, identity: FileIdentity, reason: str) -> None:
    drop_draft(identity, load.settings.archive_dir)
    if quarantine_file(waiting.path, identity, reason, load.settings.quarantine_dir, load.now, opened) is None:
        raise _StillChangingError


def _reason(error: Exception) -> str:
    """Why a file cannot be loaded; of an error that we did not foresee only its kind, since its text may quote data."""
    if isinstance(error, UnreadableFileError | ReconciliationError):
        return mask_emails(str(error))
    return f"loading failed on it: {type(error).__name__}"


def _load_new(
    load: _Load, waiting: WaitingFile, file: BinaryIO, identity: FileIdentity, opened: os.stat_result
) -> LoadedFile:
    parsed = _parsed(load, waiting, file, identity)
    try:
        with closing(_remembered(load, parsed, waiting, opened)) as batches:
            return load_file(load.connection, replace(parsed, batches=batches), load.as_of, load.now)
    except ReaderDiedError as error:
        if error.was_fresh:
            raise
        # Nothing of the file was stored; a child that has read nothing before gives it a fair try.
        return _load_new(load, waiting, file, identity, opened)


def _parsed(load: _Load, waiting: WaitingFile, file: BinaryIO, identity: FileIdentity) -> ParsedFile:
    latest_at = load.now + FUTURE_TOLERANCE
    draft = draft_path(identity, load.settings.archive_dir)
    return load.parser.parse(file, identity, waiting.path.name, latest_at, load.key, draft)


def _archive_again(load: _Load, waiting: WaitingFile, file: BinaryIO, identity: FileIdentity) -> None:
    """Archive content whose rows were committed by a tick that ended before it could."""
    if is_archived(identity, load.settings.archive_dir):
        return
    try:
        for _ in _parsed(load, waiting, file, identity).batches:
            pass
    except ReaderDiedError as error:
        if error.was_fresh:
            raise
        _archive_again(load, waiting, file, identity)
        return
    keep_draft(identity, load.settings.archive_dir)


def _take_away(waiting: WaitingFile, opened: os.stat_result) -> None:
    """Remove a file from the landing folder, unless another one bears its name by now."""
    if is_same_file(waiting.path, opened):
        waiting.path.unlink()


def _remembered(
    load: _Load, parsed: ParsedFile, waiting: WaitingFile, opened: os.stat_result
) -> Generator[ParsedBatch]:
    """The batches, their buyers put into the private store before their rows are stored.

    A person in the private store without a row harms nobody; a key in the warehouse without its person would. For the
    same reason a file that holds rows of other feeds waits in their folders before its own rows are committed.
    """
    also_holds: set[str] = set()
    for batch in parsed.batches:
        remember_buyers(load.settings, (Buyer(*row) for row in batch.buyers.iter_rows()))
        also_holds |= batch.also_holds
        yield batch
    if not is_same_file(waiting.path, opened):
        raise _StillChangingError
    for feed in sorted(also_holds):
        identity = replace(parsed.identity, feed=feed)
        if not is_loaded(load.connection, identity.file_id):
            shared = share_file(waiting, feed, identity.sha256, load.settings.landing_dir)
            load.shared.extend([shared] if shared is not None else [])
