"""Broken files put through the tick's own code, and what became of each.

`python tests/support/fuzz_run.py CHUNK` is a process of its own that stands for the tick's: whether it lives, how long
it takes and how much memory it and its reading children need is for its parent to see. It prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from fuzzed_files import FuzzedFile, fuzzed_file
from generated_files import generated_files

from pipelines.contracts.feeds import FEED_NAMES
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.add import recognise
from pipelines.ingest.content import open_regular
from pipelines.ingest.parse import identify
from pipelines.ingest.parser_process import Limits, ParserProcess
from pipelines.ingest.settling import Settling
from pipelines.orchestration.loading import load_landed
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse

# After every instant in a valid file.
NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
KEY = b"a secret of more than 16 bytes"
SEED = 20261122
# A chunk's files, and how many more Hypothesis makes; one in four goes the whole way into a warehouse.
CHUNKS, CHUNK_MUTATED, CHUNK_GENERATED = 20, 1_000, 250
FIRST_GENERATED = CHUNKS * CHUNK_MUTATED
WHOLE_WAY = 4
# A small file that takes longer than this hangs.
LIMITS = Limits(seconds=60)


@dataclass
class Outcomes:
    """What became of files.

    Attributes:
        files: How many, by feed, source, ending, compression and verdict.
        counts: Rows by what became of them, and whatever must not be: sums that are wrong, readers that failed or died.
    """

    files: Counter[tuple[str, ...]] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add_file(self, file: FuzzedFile, verdict: str) -> None:
        """Count a file with what became of it."""
        self.files[file.kind.feed, file.kind.source, file.kind.ending, file.compression, verdict] += 1

    def add_rows(self, name: str, rows_read: int, **became: int) -> None:
        """Count rows; each must have become something."""
        self.counts.update(rows_read=rows_read, **became)
        if rows_read != sum(became.values()):
            self.counts["wrong_sums"] += 1
            sys.stderr.write(f"{name}: {rows_read} rows read, {became}\n")

    def add_reason(self, name: str, reason: str) -> None:
        """Count faults of our own readers: each is survived, and is one to mend."""
        for count, sentence in (("reader_faults", "failed on it"), ("reader_deaths", "so it was given up")):
            if sentence in reason:
                self.counts[count] += 1
                sys.stderr.write(f"{name}: {reason}\n")


def load_files(folder: Path, files: Sequence[FuzzedFile], parser: ParserProcess, outcomes: Outcomes) -> None:
    """Land these files, load them in one go, and hold every promise against what became of each."""
    settings = Settings(data_dir=folder, key=KEY.decode())
    for file in files:
        path = settings.landing_dir / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        if file.number % 8 == 0:
            with suppress(UnreadableFileError):  # nothing else may come out of a look at a file
                recognise(path, None, None)
    for feed in FEED_NAMES:
        (settings.landing_dir / feed).mkdir(parents=True, exist_ok=True)
    connection = connect_warehouse(settings.warehouse_path)
    report = load_landed(connection, settings, NOW, NOW, parser, Settling(seconds=0))
    assert not report.left, report.left
    verdicts = {_number_of(identity.path): "known" for identity in report.known}
    for loaded in sorted(report.loaded, key=lambda loaded: loaded.status, reverse=True):
        name = loaded.identity.path
        outcomes.add_rows(
            name, loaded.rows_read, accepted=loaded.accepted, rejected=loaded.rejected, duplicate=loaded.duplicate
        )
        assert loaded.status == "loaded" or loaded.first_error, name
        outcomes.add_reason(name, loaded.first_error or "")
        verdicts[_number_of(name)] = loaded.status
    for file in files:
        outcomes.add_file(file, verdicts.pop(file.number))
    assert not verdicts
    ((stored,),) = connection.execute(
        "SELECT " + " + ".join(f"(SELECT count(*) FROM raw.{feed})" for feed in FEED_NAMES)
    ).fetchall()
    assert stored == sum(file.accepted for file in report.loaded)
    connection.close()
    # A file that holds rows of several feeds is loaded once for each; none is loaded twice for one.
    identities = [loaded.identity for loaded in report.loaded] + list(report.known)
    assert set(Counter((identity.path, identity.feed) for identity in identities).values()) == {1}
    assert not [path for path in settings.landing_dir.rglob("*") if path.is_file()]
    for path in [settings.warehouse_path, *settings.archive_dir.rglob("*.parquet")]:
        assert b"@example.com" not in path.read_bytes(), path


def _number_of(landed_path: str) -> int:
    """The number in a landed file's name, where a file that bears it already may have put its hash before it."""
    return int(Path(landed_path).name.split(".")[0].rsplit("-", 1)[-1])


def read_files(folder: Path, files: Sequence[FuzzedFile], parser: ParserProcess, outcomes: Outcomes) -> None:
    """Read these files without storing anything; every row is accepted or rejected."""
    for file in files:
        path = folder / Path(file.path).name
        path.write_bytes(file.content)
        with open_regular(path) as opened:
            identity = identify(opened, file.kind.feed, file.kind.source, file.path)
            try:
                for batch in parser.parse(opened, identity, path.name, NOW, KEY, folder / "draft").batches:
                    outcomes.add_rows(
                        file.path, batch.rows_read, accepted=batch.accepted.height, rejected=batch.rejected.height
                    )
                    assert batch.rejected["message"].null_count() == 0, file.path
                outcomes.add_file(file, "read")
            except UnreadableFileError as error:
                outcomes.add_reason(file.path, str(error))
                outcomes.add_file(file, "unreadable")
        path.unlink()


def run_files(folder: Path, files: Sequence[FuzzedFile], outcomes: Outcomes) -> None:
    """One in four is loaded, the others are read."""
    with ParserProcess(LIMITS) as parser:
        load_files(folder / "shop", files[::WHOLE_WAY], parser, outcomes)
        read_files(folder, [file for place, file in enumerate(files) if place % WHOLE_WAY], parser, outcomes)


def chunk_files(chunk: int) -> list[FuzzedFile]:
    """The files of one chunk of the long run."""
    mutated = [fuzzed_file(SEED, number) for number in range(chunk * CHUNK_MUTATED, (chunk + 1) * CHUNK_MUTATED)]
    return mutated + generated_files(SEED + chunk, FIRST_GENERATED + chunk * CHUNK_GENERATED, CHUNK_GENERATED)


def main(chunk: int) -> None:
    """Run one chunk."""
    outcomes = Outcomes()
    with tempfile.TemporaryDirectory() as folder:
        run_files(Path(folder), chunk_files(chunk), outcomes)
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = {
        "files": [[*key, count] for key, count in outcomes.files.items()],
        "counts": outcomes.counts,
        "own_peak_kb": own,
        "reader_peak_kb": children,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
