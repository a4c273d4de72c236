"""Broken files in great number: the tick's process never dies or hangs, and no row is lost in silence.

The small run is part of `make test`. `make soak-ingest` runs 20,000 files in chunks: one in four goes the whole way
into a warehouse, the others through the reading child, where all that is unknown about a file is met.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fuzzed_files import fuzzed_file

from pipelines.contracts.feeds import FEED_NAMES
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.add import recognise
from pipelines.ingest.content import open_regular
from pipelines.ingest.parse import CANONICAL, identify
from pipelines.ingest.parser_process import Limits, ParserProcess
from pipelines.ingest.settling import Settling
from pipelines.orchestration.loading import load_landed
from pipelines.settings import Settings
from pipelines.warehouse.connect import connect_warehouse

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"a secret of more than 16 bytes"
SEED = 20261122
CHUNKS, CHUNK_FILES = 20, 1_000
MOST_MEMORY_KB = 2**20
# A small file that takes longer than this hangs.
LIMITS = Limits(seconds=60)


def load_fuzzed(folder: Path, numbers: Sequence[int], parser: ParserProcess) -> Counter[str]:
    """Land the files of these numbers, load them in one go, and hold every promise against what became of each."""
    settings = Settings(data_dir=folder, key=KEY.decode())
    for number in numbers:
        landed_path, content = fuzzed_file(SEED, number)
        path = settings.landing_dir / landed_path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if number % 8 == 0:
            with suppress(UnreadableFileError):  # nothing else may come out of a look at a file
                recognise(path, None, None)
    for feed in FEED_NAMES:
        (settings.landing_dir / feed).mkdir(parents=True, exist_ok=True)
    connection = connect_warehouse(settings.warehouse_path)
    report = load_landed(connection, settings, NOW, NOW, parser, Settling(seconds=0))
    outcomes: Counter[str] = Counter(known=len(report.known), left=len(report.left))
    for file in report.loaded:
        outcomes[file.status] += 1
        assert file.rows_read == file.accepted + file.rejected + file.duplicate, file
        assert file.status == "loaded" or file.first_error, file
        outcomes["rows"] += file.rows_read
        count_faults(outcomes, file.first_error or "")
    ((stored,),) = connection.execute(
        "SELECT " + " + ".join(f"(SELECT count(*) FROM raw.{feed})" for feed in FEED_NAMES)
    ).fetchall()
    assert stored == sum(file.accepted for file in report.loaded)
    connection.close()
    assert not report.left
    # A file that holds rows of several feeds is loaded once for each; none is loaded twice for one, and none is lost.
    outcomes_of = Counter((file.identity.path, file.identity.feed) for file in report.loaded)
    outcomes_of.update((identity.path, identity.feed) for identity in report.known)
    assert set(outcomes_of.values()) == {1}
    assert {_number_of(path) for path, _ in outcomes_of} == set(numbers)
    assert not [path for path in settings.landing_dir.rglob("*") if path.is_file()]
    for path in [settings.warehouse_path, *settings.archive_dir.rglob("*.parquet")]:
        assert b"@example.com" not in path.read_bytes(), path
    return outcomes


def _number_of(landed_path: str) -> int:
    """The number in a landed file's name, where a file that bears it already may have put its hash before it."""
    return int(Path(landed_path).name.split(".")[0].rsplit("-", 1)[-1])


def parse_fuzzed(folder: Path, numbers: Iterable[int], parser: ParserProcess) -> Counter[str]:
    """Read the files of these numbers without storing anything; every row is accepted or rejected."""
    outcomes: Counter[str] = Counter()
    for number in numbers:
        landed_path, content = fuzzed_file(SEED, number)
        path = folder / Path(landed_path).name
        path.write_bytes(content)
        feed, source, *_ = (*landed_path.split("/")[:-1], CANONICAL)
        with open_regular(path) as file:
            identity = identify(file, feed, source, landed_path)
            try:
                for batch in parser.parse(file, identity, path.name, NOW, KEY, folder / "draft").batches:
                    assert batch.rows_read == batch.accepted.height + batch.rejected.height, landed_path
                    assert batch.rejected["message"].null_count() == 0, landed_path
                    outcomes["rows"] += batch.rows_read
                outcomes["loaded"] += 1
            except UnreadableFileError as error:
                count_faults(outcomes, str(error))
                outcomes["quarantined"] += 1
        path.unlink()
    return outcomes


def count_faults(outcomes: Counter[str], reason: str) -> None:
    """Faults of our own readers are survived, but each is one to mend."""
    outcomes["reader_faults"] += "the reader failed on it" in reason
    outcomes["reader_deaths"] += "so it was given up" in reason


def test_a_few_hundred_broken_files_do_no_harm(tmp_path: Path) -> None:
    with ParserProcess(LIMITS) as parser:
        outcomes = load_fuzzed(tmp_path / "shop", range(60), parser)
        outcomes += parse_fuzzed(tmp_path, range(60, 300), parser)
    assert min(outcomes["loaded"], outcomes["quarantined"]) > 50
    assert not outcomes["reader_faults"] + outcomes["reader_deaths"]


@pytest.fixture(scope="module")
def soaked() -> Counter[str]:
    """What became of all files of the long run so far."""
    return Counter()


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_twenty_thousand_broken_files_do_no_harm(
    tmp_path: Path, chunk: int, soaked: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    with ParserProcess(LIMITS) as parser:
        numbers = range(chunk * CHUNK_FILES, (chunk + 1) * CHUNK_FILES)
        soaked += load_fuzzed(tmp_path / "shop", numbers[::4], parser)
        soaked += parse_fuzzed(tmp_path, [number for number in numbers if number % 4], parser)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    soaked["seconds"] += round(time.monotonic() - began)
    with capsys.disabled():
        counts = ", ".join(f"{name} {count:,}" for name, count in sorted(soaked.items()))
        files = (chunk + 1) * CHUNK_FILES
        sys.stdout.write(f"\n{files:,} files: {counts}; peak MB {own // 1024:,} + {child // 1024:,}")
    assert own + child <= MOST_MEMORY_KB
