"""Files that shops never meant to send: valid ones of each format and source, broken at random, the same for a seed.

Each file is a function of (seed, number), so a file that does harm can be made again by its number alone. Where no
broken byte leads, Hypothesis goes: `generated_files.py`.
"""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import zstandard
from valid_files import KINDS, Kind, valid_file

SHARED = Path(__file__).resolve().parents[3] / "shared/fixtures"
COMPRESSIONS = ("", ".gz", ".zst")

# What is repeated again and again would outgrow the memory of whoever writes it.
LONGEST_BYTES = 4_000_000


@dataclass(frozen=True)
class FuzzedFile:
    """A file for the landing folder.

    Attributes:
        number: Stands in its name.
        kind: What it was before it was broken; the ending of its name may be another.
        compression: The second ending of its name.
        path: Where it lands, below the landing folder.
        content: Its bytes.
    """

    number: int
    kind: Kind
    compression: str
    path: str
    content: bytes


# What has broken readers before: numbers at the edge, other people's quotes, marks, brackets, addresses, links.
TOKENS = (
    b"NaN", b"1e999", b"-0", b"1E5", b"9" * 30, b"0001-01-01T00:00:00Z", b"24:00:00", b'"', b'""', b"'", b",", b";",
    b"\0", b"\r", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\\ud800", b"\\u0000", b"[" * 200, b"{" * 200,
    b"]", b"}", b"null", b"true", b"{}", b"[]", b'{"a":1,"a":2}', b"<script>", b"=cmd()", b"\xe2\x80\xae", b"%ZZ",
    b"https://x.example/01/09506000134352/21/B", b"ada@example.com", b"&a", b"*a", b"!!python/object", b"<<:",
    b"x" * 3_000, b"PAR1", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"order_id", b"_row_number", b"-", b".", b"1.234,50",
)  # fmt: skip


def fuzzed_file(seed: int, number: int) -> FuzzedFile:
    """The file of this number; one in ten is left valid."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 (a repeatable shuffle, not a secret)
    kind = rng.choice(KINDS)
    real = _real_files(kind)
    content = rng.choice(real) if real and rng.random() < 0.5 else valid_file(kind, number, rng.choice((1, 3, 12)))
    if rng.random() < 0.9:
        for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 16))):
            content = rng.choice(_MUTATIONS)(rng, content)[:LONGEST_BYTES]
    compression = rng.choice(("", "", "", ".gz", ".zst"))
    content = compressed(content, compression)
    if compression and rng.random() < 0.15:
        content = rng.choice(_MUTATIONS)(rng, content)
    ending = kind.ending
    if rng.random() < 0.03:
        ending = rng.choice((".csv", ".json", ".ndjson", ".parquet", ".yaml", ".txt", ""))
    return FuzzedFile(number, kind, compression, f"{kind.folder}/{number}{ending}{compression}", content)


def compressed(content: bytes, compression: str) -> bytes:
    """The bytes as the ending of their name says."""
    if not compression:
        return content
    return gzip.compress(content, 1, mtime=0) if compression == ".gz" else zstandard.compress(content)


@cache
def _real_files(kind: Kind) -> tuple[bytes, ...]:
    """Others' files of a kind; none where the fixtures are not at hand."""
    patterns = {
        ("shopify", ".json"): ("shopify/go-shopify/*.json", "shopify/shopify_python_api/*.json"),
        ("shopify", ".csv"): ("shopify/ltv-cohort-kit/*_sample.csv",),
        ("easypost", ".json"): ("easypost/**/*.json",),
        ("shippo", ".json"): ("shippo/decoded/*.json",),
        ("epcis", ".json"): ("epcis/Documents/*.json",),
        ("canonical", ".csv"): ("csv/csvs/*.csv",),
        ("canonical", ".json"): ("json/test_parsing/*.json",),
    }.get((kind.source, kind.ending), ())
    if kind.source == "canonical" and kind.feed not in ("orders", "hubs"):
        return ()
    return tuple(path.read_bytes()[:100_000] for pattern in patterns for path in sorted(SHARED.glob(pattern)))


def _place(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def _flip(rng: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: _place(rng, content)]


def _remove(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + content[at + rng.randrange(1, 40) :]


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + rng.choice(TOKENS) + content[at:]


def _overwrite(rng: random.Random, content: bytes) -> bytes:
    at, token = _place(rng, content), rng.choice(TOKENS)
    return content[:at] + token + content[at + len(token) :]


def _repeat(rng: random.Random, content: bytes) -> bytes:
    one, other = sorted((_place(rng, content), _place(rng, content)))
    return content[:other] + content[one:other] * rng.choice((1, 2, 20)) + content[other:]


def _noise(rng: random.Random, content: bytes) -> bytes:
    at = _place(rng, content)
    return content[:at] + rng.randbytes(rng.randrange(1, 60)) + content[at:]


def _reverse_lines(rng: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    rng.shuffle(lines)
    return b"\n".join(lines)


_MUTATIONS = (_flip, _cut, _remove, _insert, _overwrite, _repeat, _noise, _reverse_lines)
