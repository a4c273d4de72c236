"""Broken files in great number: the tick's process never dies or hangs, and no row is lost in silence.

The small run is part of `make test`. `make soak-ingest` runs 25,000 files, one in five made by Hypothesis, in chunks:
each in a process of its own, so that one which dies or hangs is counted as such. One file in four goes the whole way
into a warehouse, the others through the reading child, where all that is unknown about a file is met.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import fuzz_run
import pytest
from fuzz_run import CHUNK_GENERATED, CHUNK_MUTATED, CHUNKS, SEED, Outcomes, run_files
from fuzzed_files import COMPRESSIONS, FuzzedFile, fuzzed_file
from generated_files import generated_files
from valid_files import KINDS, valid_file

from pipelines.contracts.feeds import FEED_NAMES
from pipelines.ingest.sources.systems import SYSTEMS

MOST_MEMORY_KB = 2**20
# A chunk takes under a minute of an idle machine; whatever takes this long hangs.
CHUNK_SECONDS = 900
VERDICTS = ("loaded", "quarantined", "known", "read", "unreadable")
NEVER = ("wrong_sums", "reader_faults", "reader_deaths")


@dataclass(frozen=True)
class Chunk:
    """How one chunk's process ended, and what it told."""

    ended: str
    outcomes: Outcomes
    own_peak_kb: int = 0
    reader_peak_kb: int = 0


def test_a_valid_file_of_each_feed_source_and_format_loads_whole(tmp_path: Path) -> None:
    files = [
        FuzzedFile(number, kind, "", f"{kind.folder}/{number}{kind.ending}", valid_file(kind, number))
        for number, kind in enumerate(KINDS)
    ]
    outcomes = Outcomes()
    with fuzz_run.ParserProcess(fuzz_run.LIMITS) as parser:
        fuzz_run.load_files(tmp_path / "shop", files, parser, outcomes)
    assert {verdict for *_, verdict in outcomes.files} == {"loaded"}
    assert outcomes.counts["rejected"] == 0 < outcomes.counts["accepted"]
    assert {kind.feed for kind in KINDS} == set(FEED_NAMES)
    assert {kind.source for kind in KINDS} == {"canonical", *SYSTEMS}


def test_a_few_hundred_broken_files_do_no_harm(tmp_path: Path) -> None:
    files = [fuzzed_file(SEED, number) for number in range(240)] + generated_files(SEED, 240, 80)
    outcomes = Outcomes()
    run_files(tmp_path, files, outcomes)
    assert outcomes.files.total() == len(files)
    by_verdict = Counter[str]()
    for (*_, verdict), count in outcomes.files.items():
        by_verdict[verdict] += count
    assert min(by_verdict["loaded"], by_verdict["quarantined"], by_verdict["read"], by_verdict["unreadable"]) > 15
    assert [outcomes.counts[name] for name in NEVER] == [0, 0, 0]


@pytest.mark.soak
def test_twenty_thousand_broken_files_do_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        chunks = list(pool.map(_run_chunk, range(CHUNKS)))
    total = Outcomes()
    for chunk in chunks:
        total.files.update(chunk.outcomes.files)
        total.counts.update(chunk.outcomes.counts)
    peak = max(chunk.own_peak_kb + chunk.reader_peak_kb for chunk in chunks)
    with capsys.disabled():
        sys.stdout.write(_told(total, chunks, (time.monotonic() - began) / 60))
    assert [chunk.ended for chunk in chunks] == ["well"] * CHUNKS
    assert total.files.total() == CHUNKS * (CHUNK_MUTATED + CHUNK_GENERATED) >= 20_000
    assert [total.counts[name] for name in NEVER] == [0, 0, 0]
    assert 0 < peak <= MOST_MEMORY_KB
    assert {key[:-1] for key in total.files} == {
        (kind.feed, kind.source, kind.ending, compression) for kind in KINDS for compression in COMPRESSIONS
    }


def _run_chunk(chunk: int) -> Chunk:
    command = [sys.executable, fuzz_run.__file__, str(chunk)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=CHUNK_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        return Chunk(f"chunk {chunk} hangs: {error.stderr!r}", Outcomes())
    if run.returncode:
        return Chunk(f"chunk {chunk} ended with {run.returncode}: {run.stderr[-2_000:]}", Outcomes())
    sys.stderr.write(run.stderr)
    told = json.loads(run.stdout)
    files = Counter({tuple(key): count for *key, count in told["files"]})
    return Chunk("well", Outcomes(files, Counter(told["counts"])), told["own_peak_kb"], told["reader_peak_kb"])


def _told(total: Outcomes, chunks: list[Chunk], minutes: float) -> str:
    """One table: files by source and format, by compression, and by what became of them."""
    columns = ("files", "plain", "gzip", "zstd", *VERDICTS)
    lines: dict[str, Counter[str]] = {}
    feeds: Counter[str] = Counter()
    for (feed, source, ending, compression, verdict), count in sorted(total.files.items()):
        feeds[feed] += count
        for name in (f"{source} {ending[1:]}", "all"):
            line = lines.setdefault(name, Counter())
            for column in ("files", {"": "plain", ".gz": "gzip", ".zst": "zstd"}[compression], verdict):
                line[column] += count
    table = ["", " " * 20 + "".join(f"{column:>12}" for column in columns)]
    table += [
        f"{name:20}" + "".join(f"{lines[name][column]:12,}" for column in columns)
        for name in sorted(lines, key=lambda name: (name == "all", name))
    ]
    hangs = sum("hangs" in chunk.ended for chunk in chunks)
    crashes = sum(chunk.ended != "well" for chunk in chunks) - hangs
    own = max(chunk.own_peak_kb for chunk in chunks) // 1024
    reader = max(chunk.reader_peak_kb for chunk in chunks) // 1024
    both = max(chunk.own_peak_kb + chunk.reader_peak_kb for chunk in chunks) // 1024
    table += [
        f"made by Hypothesis: {CHUNKS * CHUNK_GENERATED:,}; by feed: {_listed(feeds)}",
        f"rows: {_listed(total.counts)}",
        f"main process: {crashes} crashes, {hangs} hangs; "
        + ", ".join(f"{total.counts[name]} {name.replace('_', ' ')}" for name in NEVER),
        f"peak MB: main process {own:,}, reading child {reader:,}, both together {both:,}; {minutes:.1f} minutes",
    ]
    return "\n".join(table) + "\n"


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
