"""The systems whose files are read, and how a file of theirs is told: by its shape or its header, never by its name.

A file that holds rows of several feeds is loaded once for each: the same bytes in two feeds are two files of the
ledger, each loaded in one transaction with the sums of its own feed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from pipelines.contracts.feeds import Feed
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.ingest.content import ContentType
from pipelines.ingest.readers.csv_rows import read_csv
from pipelines.ingest.readers.json_rows import read_documents
from pipelines.ingest.readers.raw_rows import BrokenRow, RawBatches
from pipelines.ingest.sources import aftership, easypost, epcis, shippo, shopify, shopify_csv, woocommerce
from pipelines.ingest.sources.mapped_rows import Mapped, batches


class AmbiguousFileError(UnreadableFileError):
    """A file that fits several systems; the message says what to type."""


@dataclass(frozen=True)
class System:
    """A system whose JSON is read.

    Attributes:
        name: The folder under a feed's that its files lie in.
        feeds: The feeds that its files may hold rows of.
        feeds_of: The feeds of one document; none when it is not of this system.
        map_documents: The rows of one feed in a file's documents.
    """

    name: str
    feeds: tuple[str, ...]
    feeds_of: Callable[[Any], frozenset[str]]
    map_documents: Callable[[Iterable[Any], str], Iterator[Mapped]]


SYSTEMS: dict[str, System] = {
    system.name: system
    for system in (
        System(shopify.SYSTEM, ("orders", "returns", "deliveries"), shopify.feeds_of, shopify.map_documents),
        System(woocommerce.SYSTEM, ("orders", "returns"), woocommerce.feeds_of, woocommerce.map_documents),
        System(easypost.SYSTEM, ("deliveries",), easypost.feeds_of, easypost.map_documents),
        System(shippo.SYSTEM, ("deliveries",), shippo.feeds_of, shippo.map_documents),
        System(aftership.SYSTEM, ("deliveries",), aftership.feeds_of, aftership.map_documents),
        System(epcis.SYSTEM, ("deliveries", "epcis_events"), epcis.feeds_of, epcis.map_documents),
    )
}


@dataclass(frozen=True)
class Recognised:
    """What a file of another system is: whose, and which feeds it holds rows of."""

    system: str
    feeds: tuple[str, ...]


def read_system(name: str, content: BinaryIO, content_type: ContentType, feed: Feed) -> RawBatches:
    """The rows of one feed in a file of another system, as text under our own column names.

    Raises:
        UnreadableFileError: The system is not known, has no such feed, or the file is none of its.
    """
    system = SYSTEMS.get(name)
    if system is None:
        message = f"files of the system {name!r} are not known; expected one of {', '.join(SYSTEMS)}, or our columns"
        raise UnreadableFileError(message)
    if feed.name not in system.feeds:
        message = f"files of {name} hold {', '.join(system.feeds)}, not {feed.name}"
        raise UnreadableFileError(message)
    if content_type.format == "csv" and name == shopify.SYSTEM:
        if feed.name != "orders":
            message = "Shopify's CSV export holds orders alone: refunds are in it without their lines and instants"
            raise UnreadableFileError(message)
        return batches(shopify_csv.map_rows(read_csv(content)), feed)
    feeds_seen: set[str] = set()
    documents = _watched(_documents(content, content_type, name), system, feeds_seen)
    return batches(system.map_documents(documents, feed.name), feed, feeds_seen)


def recognise_system(content: BinaryIO, content_type: ContentType) -> Recognised | None:
    """Whose file this is; None when it is of no system that we know.

    Raises:
        UnreadableFileError: It is one that is refused whole, or cannot be read at all.
    """
    if content_type.format == "csv":
        names = next(iter(read_csv(content))).rows.columns
        if not shopify_csv.is_export(names):
            return None
        shopify_csv.check_export(names)
        return Recognised(shopify.SYSTEM, ("orders",))
    if content_type.format not in ("json", "ndjson"):
        return None
    found: dict[str, set[str]] = {}
    for document in _documents(content, content_type, "another system"):
        for name, system in SYSTEMS.items():
            feeds = system.feeds_of(document)
            if feeds:
                found.setdefault(name, set()).update(feeds)
        if not found and not isinstance(document, BrokenRow):
            return None  # the first whole document tells: nobody's export begins with another's
    if not found:
        return None
    if len(found) > 1:
        message = f"fits {' and '.join(found)}; say which with --source {next(iter(found))}"
        raise AmbiguousFileError(message)
    ((name, feeds_found),) = found.items()
    return Recognised(name, tuple(feed for feed in SYSTEMS[name].feeds if feed in feeds_found))


def _watched(documents: Iterator[Any], system: System, feeds_seen: set[str]) -> Iterator[Any]:
    """The documents as they are; the feeds that they hold rows of are noted on the way."""
    for document in documents:
        feeds_seen |= system.feeds_of(document)
        yield document


def _documents(content: BinaryIO, content_type: ContentType, name: str) -> Iterator[Any]:
    if content_type.format not in ("json", "ndjson"):
        message = f"files of {name} come as JSON or as one JSON object a line, not as {content_type.format}"
        raise UnreadableFileError(message)
    return read_documents(content, is_one_a_line=content_type.format == "ndjson")
