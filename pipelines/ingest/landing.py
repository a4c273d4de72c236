"""The landing folder: which files wait in it, and where they go once they are read.

Only regular files under plain names are looked at; links are not followed. A loaded file becomes a masked copy in the
archive, one that cannot be read keeps its bytes in quarantine beside the reason. What is in a file is not known here.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.contracts.feeds import FEED_NAMES
from pipelines.contracts.landed_names import is_unfinished
from pipelines.contracts.parsed_file import FileIdentity
from pipelines.ingest.content import COMPRESSIONS, FORMATS
from pipelines.ingest.parse import CANONICAL
from pipelines.privacy import mask_emails


class LandingError(RuntimeError):
    """The landing folder cannot be used; no file was touched."""


@dataclass(frozen=True)
class WaitingFile:
    """A file that waits to be loaded."""

    feed: str
    source: str
    path: Path
    landed_path: str


@dataclass(frozen=True)
class Landing:
    """What is in the landing folder: files to load, and names that were left alone with the reason."""

    files: tuple[WaitingFile, ...]
    ignored: tuple[tuple[str, str], ...]


def prepare_landing(landing_dir: Path, *, is_new_folder: bool) -> None:
    """Make the landing folder of a new data folder; later its absence is an error, not zero files.

    Raises:
        LandingError: The folder is missing or bare although files were loaded before: perhaps it is not mounted.
    """
    if is_new_folder:
        for feed in FEED_NAMES:
            (landing_dir / feed).mkdir(parents=True, exist_ok=True)
    elif not any((landing_dir / feed).is_dir() for feed in FEED_NAMES):
        message = f"the landing folder {landing_dir} is missing or holds no feed's folder: is it mounted?"
        raise LandingError(message)


def list_landing(landing_dir: Path) -> Landing:
    """Every file that waits, plans first, then feed by feed in the order of names.

    Raises:
        LandingError: A folder cannot be listed.
    """
    files: list[WaitingFile] = []
    ignored: list[tuple[str, str]] = []
    try:
        for feed in FEED_NAMES:
            folder = landing_dir / feed
            if not folder.is_dir():
                continue
            for entry in _entries(folder):
                if entry.is_dir(follow_symlinks=False):
                    for inner in _entries(Path(entry.path)):
                        _sort_out(inner, feed, entry.name, files, ignored)
                else:
                    _sort_out(entry, feed, CANONICAL, files, ignored)
        ignored += [
            (printable_name(entry.name), "no feed's folder")
            for entry in _entries(landing_dir)
            if entry.name not in FEED_NAMES and not entry.name.startswith(".")
        ]
    except OSError as error:
        message = f"the landing folder {landing_dir} cannot be read: {error.strerror}"
        raise LandingError(message) from error
    return Landing(tuple(files), tuple(ignored))


def _entries(folder: Path) -> Sequence[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _sort_out(
    entry: os.DirEntry[str], feed: str, source: str, files: list[WaitingFile], ignored: list[tuple[str, str]]
) -> None:
    parts = [feed, entry.name] if source == CANONICAL else [feed, source, entry.name]
    landed_path = printable_name("/".join(parts))
    if is_unfinished(entry.name):
        if not entry.name.startswith("."):
            ignored.append((landed_path, "its name says that it is not complete; it is read when it is renamed"))
        return
    if not entry.is_file(follow_symlinks=False):
        ignored.append((landed_path, "not a regular file"))
        return
    files.append(WaitingFile(feed, source, Path(entry.path), landed_path))


def share_file(waiting: WaitingFile, feed: str, sha256: str, landing_dir: Path) -> WaitingFile | None:
    """Let a file that holds rows of another feed too wait in that feed's folder; None if it waits there already."""
    folder = landing_dir / feed / waiting.source
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / waiting.path.name
    if target.exists():
        with target.open("rb") as there:
            if hashlib.file_digest(there, "sha256").hexdigest() == sha256:
                return None
        target = folder / f"{sha256[:8]}-{waiting.path.name}"
    try:
        os.link(waiting.path, target, follow_symlinks=False)
    except FileExistsError:
        return None
    except OSError:
        # A file system without links: a copy, seen whole or not at all.
        temporary = target.with_name(f".{target.name}.writing")
        shutil.copyfile(waiting.path, temporary)
        temporary.replace(target)
    return WaitingFile(feed, waiting.source, target, printable_name("/".join([feed, waiting.source, target.name])))


def printable_name(name: str) -> str:
    """A file's name as text that any store takes: odd bytes escaped, addresses masked."""
    return mask_emails(os.fsencode(name).decode("utf-8", "backslashreplace"))


def is_same_file(path: Path, opened: os.stat_result) -> bool:
    """Whether `path` still names the file that was opened, unchanged since."""
    try:
        named = path.lstat()
    except OSError:
        return False
    return (named.st_dev, named.st_ino, named.st_size, named.st_mtime_ns) == (
        opened.st_dev,
        opened.st_ino,
        opened.st_size,
        opened.st_mtime_ns,
    )


def quarantine_file(  # noqa: PLR0913, PLR0917 - what the explanation says, and which file is meant
    path: Path,
    identity: FileIdentity,
    reason: str,
    quarantine_dir: Path,
    quarantined_at: datetime,
    opened: os.stat_result,
) -> Path | None:
    """Move a file that cannot be loaded out of the way, with a `.reason.json` beside it.

    Returns:
        Where it lies now; None when its name bears another file than `opened` by now, which is left where it is.
    """
    quarantine_dir.mkdir(parents=True, exist_ok=True)
    quarantine_dir.chmod(0o700)
    target = quarantine_dir / f"{identity.file_id}{_known_suffix(path.name)}"
    explanation = {
        "file": identity.path,
        "feed": identity.feed,
        "source": identity.source,
        "sha256": identity.sha256,
        "bytes": identity.bytes,
        "reason": reason,
        "quarantined_at": quarantined_at.isoformat(),
        "next": "put right what the reason says, then add the file again",
    }
    text = json.dumps(explanation, ensure_ascii=False, indent=2) + "\n"
    explained = target.with_name(target.name + ".reason.json")
    write_whole(explained, text.encode("utf-8"))
    if not is_same_file(path, opened):
        if not target.exists():
            explained.unlink()
        return None
    move_whole(path, target)
    target.chmod(0o600)
    return target


def _known_suffix(name: str) -> str:
    """The endings that we know, and nothing else of a name: the rest may be anything."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes[-2:]]
    return "".join(suffix for suffix in suffixes if suffix in FORMATS or suffix in COMPRESSIONS)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is seen whole or not at all, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.writing")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def move_whole(path: Path, target: Path) -> None:
    """Rename, or copy where the folders lie on two file systems."""
    try:
        path.replace(target)
    except OSError:
        temporary = target.with_name(f".{target.name}.writing")
        with path.open("rb") as source, temporary.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(target)
        path.unlink()
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_regular(path: Path) -> bool:
    """Whether this is a regular file itself, not a link to one."""
    return stat.S_ISREG(path.lstat().st_mode)
