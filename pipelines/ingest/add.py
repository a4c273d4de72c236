"""`sprint add`: put files of a shop into the landing folder, each under the feed that it belongs to.

A file is copied, never moved: what the user points at stays as it is. What is not recognised is named and left.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipelines.contracts.feeds import DROPS, FEED_NAMES, FEEDS
from pipelines.contracts.landed_names import is_unfinished
from pipelines.contracts.parsed_file import UnreadableFileError
from pipelines.contracts.plan_text import PlanTextError, read_plan_text
from pipelines.ingest.content import content_type_of, hash_file, open_regular, plain_bytes
from pipelines.ingest.landing import is_regular, printable_name, sync_folder
from pipelines.ingest.parse import CANONICAL, read_raw
from pipelines.ingest.sources.shopify_csv import IncompleteExportError
from pipelines.ingest.sources.systems import AmbiguousFileError, Recognised, recognise_system

_COPY_BYTES = 2**20
# A name of a landed file is for people; its rows are known by the content's hash.
_LONGEST_STEM = 80
_SAMPLE_PLAN_BYTES = 1_000_000


@dataclass(frozen=True)
class Added:
    """What became of one path in one feed, or of a path that was left, with the reason."""

    path: Path
    feed: str | None
    message: str


@dataclass(frozen=True)
class Destination:
    """Where a file belongs: its feed, and the system that wrote it."""

    feed: str
    source: str

    def folder(self, landing_dir: Path) -> Path:
        """The folder of the landing folder that its files wait in."""
        return landing_dir / self.feed if self.source == CANONICAL else landing_dir / self.feed / self.source


def add_paths(paths: Iterable[Path], landing_dir: Path, feed: str | None, source: str | None = None) -> list[Added]:
    """Copy files into the landing folder; one that holds rows of several feeds into the folder of each.

    Args:
        paths: Files, or folders whose files (at any depth, hidden ones left out) are added.
        landing_dir: The landing folder.
        feed: The feed that all of them belong to; None: each is recognised by its content, its stem or its folder.
        source: The system that wrote all of them; None: each is recognised by its header or shape.
    """
    files = (path for given in paths for path in files_below(given))
    return [added for path in files for added in _add_file(path, landing_dir, feed, source)]


def files_below(given: Path) -> Iterator[Path]:
    """The path itself, or a folder's files at any depth, hidden ones left out."""
    if not given.is_dir():
        yield given
        return
    for folder, folders, names in os.walk(given, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def _add_file(path: Path, landing_dir: Path, feed: str | None, source: str | None) -> Iterator[Added]:
    try:
        if not is_regular(path):
            yield Added(path, None, "left: not a regular file")
            return
        for destination in recognise(path, feed, source):
            yield Added(path, destination.feed, _land(path, destination.folder(landing_dir)))
    except UnreadableFileError as error:
        yield Added(path, None, f"left: {error}")
    except OSError as error:
        yield Added(path, None, f"left: {error.strerror or error}")


def recognise(path: Path, feed: str | None, source: str | None) -> tuple[Destination, ...]:
    """Where a file belongs. Its content goes before its name: Shopify calls its export `orders_export_1.csv`.

    Args:
        path: The file.
        feed: Its feed, if that is known.
        source: The system that wrote it, if that is known.

    Raises:
        UnreadableFileError: Nothing or too much fits; the message says what to type.
    """
    if feed is not None and source is not None:
        return (Destination(feed, source),)
    found = _recognise_system(path) if source != CANONICAL else None
    if source not in (None, CANONICAL) and (found is None or found.system != source):
        message = f"not recognised as a file of {source}; say which feed it is with --feed"
        raise UnreadableFileError(message)
    if found is None:
        return (Destination(feed or _recognise_feed(path), CANONICAL),)
    if feed is not None and feed not in found.feeds:
        message = f"a file of {found.system} with {' and '.join(found.feeds)}, not {feed}; leave out --feed"
        raise UnreadableFileError(message)
    return tuple(Destination(one, found.system) for one in found.feeds if feed in (None, one))


def _recognise_system(path: Path) -> Recognised | None:
    content_type = content_type_of(path.name)
    with open_regular(path) as file:
        length = os.fstat(file.fileno()).st_size
        try:
            return recognise_system(plain_bytes(file, content_type, length), content_type)
        except (IncompleteExportError, AmbiguousFileError):
            raise
        except UnreadableFileError:
            return None  # by its name it may still be landed, and the tick then says what is wrong with it


def _recognise_feed(path: Path) -> str:
    """The feed of a file in our own columns, by its stem, its folder, or its header."""
    content_type = content_type_of(path.name)
    for word in (path.name.lower(), f"{path.parent.name.lower()}."):
        named = [feed for feed in FEED_NAMES if re.match(rf"{feed}([^a-z]|$)", word)]
        if len(named) == 1:
            return named[0]
    if content_type.format == "yaml":
        return _recognise_plan(path)
    names = _column_names(path)
    fitting = [feed.name for feed in FEEDS.values() if set(feed.required_columns()) <= names]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        message = f"fits {' and '.join(fitting)}; say which with --feed {fitting[0]}"
        raise UnreadableFileError(message)
    message = f"neither name nor columns say which feed it is; name it with --feed ({', '.join(FEED_NAMES)})"
    raise UnreadableFileError(message)


def _recognise_plan(path: Path) -> str:
    with open_regular(path) as file:
        text = file.read(_SAMPLE_PLAN_BYTES).decode("utf-8", "replace")
    try:
        content = read_plan_text(text).content
    except PlanTextError as error:
        message = f"not recognised as a drop's plan ({error}); say --feed drops if it is one"
        raise UnreadableFileError(message) from error
    if not isinstance(content, dict) or "drop_id" not in content:
        message = "YAML without a drop_id; say --feed drops if it is a drop's plan"
        raise UnreadableFileError(message)
    return DROPS


def _column_names(path: Path) -> set[str]:
    """The columns of the first rows."""
    content_type = content_type_of(path.name)
    names: set[str] = set()
    with open_regular(path) as file:
        length = os.fstat(file.fileno()).st_size
        # Any feed's reader gives the names; hubs are the feed without money, so nothing is refused on its account.
        for batch in read_raw(plain_bytes(file, content_type, length), content_type, FEEDS["hubs"]):
            names |= set(batch.rows.columns)
            if batch.rows_read:
                break
    return names


def _land(path: Path, folder: Path) -> str:
    """Copy into the landing folder under a plain name: temporary name, fsync, rename."""
    name = _plain_name(path.name)
    if is_unfinished(name):
        message = "its name says that it is not complete; rename it when it is"
        raise UnreadableFileError(message)
    folder.mkdir(parents=True, exist_ok=True)
    with open_regular(path) as file:
        sha256, length = hash_file(file)
        stem, dot, ending = name.partition(".")
        # Two of us may work at once: each writes a file of its own, and takes no name that is in use.
        temporary = folder / f".{name}.{secrets.token_hex(8)}.writing"
        try:
            with temporary.open("xb") as copy:
                while chunk := file.read(_COPY_BYTES):
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            for target in (folder / name, folder / f"{stem}-{sha256[:8]}{dot}{ending}"):
                if _take_name(temporary, target):
                    sync_folder(folder)
                    return f"{length:,} bytes, waits as {target.name}"
                if _sha256(target) == sha256:
                    return f"waits already as {target.name}"
        finally:
            temporary.unlink(missing_ok=True)
    message = f"other files bear its names already ({name}); add it again when they are loaded"
    raise UnreadableFileError(message)


def _take_name(temporary: Path, target: Path) -> bool:
    """Give a finished file its name, unless a file bears it."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if target.exists():
            return False
        temporary.replace(target)
    return True


def _plain_name(name: str) -> str:
    stem, dot, ending = name.partition(".")
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", printable_name(stem))[:_LONGEST_STEM].strip("_") or "file"
    return f"{plain}{dot}{re.sub(r'[^A-Za-z0-9.]+', '_', ending).lower()}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
