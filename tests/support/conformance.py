"""How the files that others publish fare with our readers, as counts; run it to print the table of the docs."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from system_payloads import ReadFile, read_file

from pipelines.contracts.digital_link import DigitalLinkError, parse_elements
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.readers.csv_rows import read_csv
from pipelines.ingest.readers.json_rows import check_keys, read_value

FIXTURES = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"

# An element string separates values of free length, but not those whose length the first two digits tell.
_FIXED_LENGTH = re.compile(r"0[0-4]|1[1-9]|20|3[1-6]|41")


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        files: What was read.
        held_to: What the file's authors, or the issue, say must become of each.
        cases: How many there are.
        as_held: How many became just that.
        otherwise: The names of those that did not.
    """

    files: str
    held_to: str
    cases: int
    as_held: int
    otherwise: tuple[str, ...]


def measure(fixtures: Path) -> list[Line]:
    """Read every fixture."""
    return [
        *_digital_links(fixtures / "digital_link"),
        *_epcis(fixtures / "epcis"),
        *_shops(fixtures / "shopify"),
        *_carriers(fixtures),
        *_json(fixtures / "json/test_parsing"),
        _csv(fixtures / "csv"),
    ]


def table(lines: Iterable[Line]) -> str:
    """The table in Markdown."""
    rows = ["| files | each must be | cases | are |", "|---|---|--:|--:|"]
    rows += [f"| {line.files} | {line.held_to} | {line.cases} | {line.as_held} |" for line in lines]
    return "\n".join(rows) + "\n"


def _line(files: str, held_to: str, outcomes: Iterable[tuple[str, bool]]) -> Line:
    told = list(outcomes)
    return Line(files, held_to, len(told), sum(is_held for _, is_held in told), tuple(n for n, ok in told if not ok))


def element_string(elements: dict[str, str]) -> str:
    """Elements as a scanner gives them, `^` for the separator."""
    written = "^"
    for place, (identifier, value) in enumerate(elements.items(), start=1):
        is_free = not _FIXED_LENGTH.match(identifier) and place < len(elements)
        written += identifier + value + ("^" if is_free else "")
    return written


def _digital_links(folder: Path) -> Iterable[Line]:
    vectors = json.loads((folder / "gs1_syntax_engine_parse_vectors.json").read_text(encoding="utf-8"))
    verdicts: dict[str, set[bool]] = defaultdict(set)
    for vector in vectors:
        verdicts[vector["uri"]].add(vector["valid"])
    strict = {"has_names": False, "has_short_gtins": False, "has_unknown": False}
    lenient = dict.fromkeys(strict, True)
    # GS1 tests some links twice, once with a leniency (names, short GTINs, unknown identifiers) and once without.
    valid = [(v["uri"], _elements(v["uri"], lenient) == v["element_string"]) for v in vectors if v["valid"]]
    invalid = [
        (v["uri"], _elements(v["uri"], strict if True in verdicts[v["uri"]] else lenient) is None)
        for v in vectors
        if not v["valid"]
    ]
    engine = "GS1 Digital Links of gs1/gs1-syntax-engine"
    yield _line(f"{engine}, valid", "accepted with the expected elements", valid)
    yield _line(f"{engine}, invalid", "rejected", invalid)
    plain, compressed = [], []
    for scenario, uri, expected in _feature_vectors(folder / "Gs1DigitalLinkToGs1ElementStrings.feature"):
        (compressed if "compressed" in scenario.lower() else plain).append((uri, _is_expected(uri, expected)))
    other = "GS1 Digital Links of Solidsoft-Reply/Gs1DigitalLinkLib"
    yield _line(f"{other}, not compressed", "accepted with the expected elements", plain)
    yield _line(f"{other}, wholly or partly compressed", "accepted with the expected elements", compressed)


def _elements(uri: str, leniencies: dict[str, bool]) -> str | None:
    try:
        return element_string(parse_elements(uri, **leniencies))
    except DigitalLinkError:
        return None


def _feature_vectors(path: Path) -> Iterable[tuple[str, str, str]]:
    scenario = ""
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.startswith("Scenario"):
            scenario = line.partition(":")[2].strip()
        found = re.match(r"\s*\| (https?://\S+)\s*\| (.+?)\s*\|$", line)
        if found:
            yield scenario, found[1], found[2]


def _is_expected(uri: str, expected: str) -> bool:
    """That library orders elements its own way, so they are compared as a set."""
    try:
        elements = parse_elements(uri, has_names=True, has_short_gtins=True)
    except DigitalLinkError:
        return False
    if expected.startswith("("):
        return dict(re.findall(r"\((\d{2,4})\)([^(]*)", expected)) == elements
    pieces = sorted(identifier + value for identifier, value in elements.items())
    return _is_made_of(expected, pieces)


def _is_made_of(written: str, pieces: list[str]) -> bool:
    if not pieces:
        return not written
    return any(
        written.startswith(piece)
        and _is_made_of(written.removeprefix(piece).removeprefix("<GS>"), [*pieces[:place], *pieces[place + 1 :]])
        for place, piece in enumerate(pieces)
    )


def _epcis(folder: Path) -> Iterable[Line]:
    for name, held_to in (("Documents", "loaded whole"), ("Events", "loaded whole"), ("Invalid", "rejected")):
        outcomes = []
        events = 0
        for path in sorted((folder / name).glob("*.json")):
            read = _read(path, "epcis_events", "epcis")
            events += 0 if read is None else read.rows_read
            is_whole = read is not None and bool(read.accepted) and not read.rejected
            outcomes.append((path.name, is_whole if name != "Invalid" else not is_whole))
        yield _line(f"openepcis EPCIS 2.0, {name} ({events} events)", held_to, outcomes)


def _read(path: Path, feed: str, source: str) -> ReadFile | None:
    try:
        return read_file(path.read_bytes(), path.name, feed, source)
    except UnreadableFileError:
        return None


def _shops(folder: Path) -> Iterable[Line]:
    python_api, go = folder / "shopify_python_api", folder / "go-shopify"
    whole = [
        (python_api / "order.json", "orders"),
        (python_api / "refund.json", "returns"),
        (go / "fulfillment_event.json", "deliveries"),
        (go / "fulfillment_events.json", "deliveries"),
    ]
    yield _line(
        "Shopify order, refund and fulfilment events with SKUs",
        "loaded whole",
        ((path.name, _is_whole(_read(path, feed, "shopify"))) for path, feed in whole),
    )
    yield _line(
        "Shopify orders of go-shopify, all of whose lines have a blank SKU",
        "loaded, each line rejected by `sku_is_present`",
        (
            (path.name, read is not None and not read.accepted and set(read.rules) == {"sku_is_present"})
            for path in sorted(go.glob("order*.json"))
            for read in [_read(path, "orders", "shopify")]
        ),
    )
    yield _line(
        "Shopify line items of go-shopify, alone",
        "refused: a line without its order is no sale",
        (
            (path.name, read is None or (not read.accepted and read.rules == ["row_is_of_shopify"]))
            for path in sorted((go / "orderlineitems").glob("*.json"))
            for read in [_read(path, "orders", "shopify")]
        ),
    )
    yield _line(
        "Shopify CSV exports of ltv-cohort-kit",
        "refused, the missing columns named",
        ((path.name, _refusal(path)) for path in sorted((folder / "ltv-cohort-kit").glob("*.csv"))),
    )


def _is_whole(read: ReadFile | None) -> bool:
    return read is not None and bool(read.accepted) and not read.rejected


def _refusal(path: Path) -> bool:
    try:
        read_file(path.read_bytes(), path.name, "orders", "shopify")
    except UnreadableFileError as error:
        return "lacks the columns 'Lineitem sku'" in str(error)
    return False


def _carriers(fixtures: Path) -> Iterable[Line]:
    trackers = [fixtures / "easypost/event-body.json", *sorted((fixtures / "easypost/trackers").glob("*.json"))]
    trackers = [path for path in trackers if path.stem != "trackers-delete"]  # an answer that holds no tracker
    yield _line(
        "EasyPost trackers and tracker events",
        "loaded whole",
        ((path.name, _is_whole(_read(path, "deliveries", "easypost"))) for path in trackers),
    )
    yield _line(
        "EasyPost events without their tracker",
        "loaded, 0 rows",
        (
            (path.name, read is not None and read.rows_read == 0)
            for path in sorted((fixtures / "easypost/events").glob("*.json"))
            for read in [_read(path, "deliveries", "easypost")]
        ),
    )
    shippo = sorted((fixtures / "shippo/decoded").glob("*.json"))
    yield _line(
        "Shippo tracks",
        "loaded whole; the one without history with 0 rows",
        (
            (path.name, read is not None and not read.rejected and bool(read.accepted) != ("invalid" in path.name))
            for path in shippo
            for read in [_read(path, "deliveries", "shippo")]
        ),
    )


def _json(folder: Path) -> Iterable[Line]:
    is_read: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            with path.open("rb") as content:
                check_keys(read_value(content))
        except UnreadableFileError:
            is_read[path.name] = "refused"
        except ValueError as error:
            is_read[path.name] = str(error)
        else:
            is_read[path.name] = "read"
    doubled = {name for name in is_read if name.startswith("y_object_duplicated_key")}
    suite = "JSONTestSuite"
    valid = [name for name in is_read if name.startswith("y_") and name not in doubled]
    yield _line(f"{suite}, `y_`", "read", ((name, is_read[name] == "read") for name in valid))
    yield _line(
        f"{suite}, `y_` with a doubled key",
        "refused by name",
        ((name, "each key once" in is_read[name]) for name in doubled),
    )
    invalid = [name for name in is_read if name.startswith("n_")]
    yield _line(f"{suite}, `n_`", "refused", ((name, is_read[name] == "refused") for name in invalid))
    either = [name for name in is_read if name.startswith("i_")]
    yield _line(f"{suite}, `i_`", "read or refused", ((name, is_read[name] in ("read", "refused")) for name in either))


def _csv(folder: Path) -> Line:
    outcomes = []
    for path in sorted((folder / "csvs").glob("*.csv")):
        expected = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        with path.open("rb") as content:
            batches = list(read_csv(content))
        rows = pl.concat([batch.rows for batch in batches]).drop("_row_number").to_dicts()
        found = [{name: value or "" for name, value in row.items()} for row in rows]
        outcomes.append((path.name, found == expected and not any(batch.broken for batch in batches)))
    return _line("csv-spectrum", "read as its JSON", outcomes)


if __name__ == "__main__":
    measured = measure(FIXTURES)
    sys.stdout.write(table(measured))
    for line in measured:
        for name in line.otherwise:
            sys.stderr.write(f"{line.files}: {name}\n")
