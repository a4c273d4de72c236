"""`sprint erase`: remove a person, then search everything to prove that the address is gone.

The warehouse keeps what was bought under a pseudonym that nothing leads back from; the person is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.contracts.erasure_report import ErasureReport
from pipelines.operations.address_search import look_into
from pipelines.privacy import forget_buyer, has_email, mask_emails, open_key
from pipelines.settings import Settings
from pipelines.warehouse.lock import hold_lock

# Where files hold people: those of the shop as they came, and what `sprint followups` wrote. Everywhere else people are
# masked before anything is stored.
_HOLDING_ADDRESSES = ("landing", "quarantine", "backups", "private/followups")


class NoAddressError(ValueError):
    """What was given is no e-mail address."""


def erase_buyer(settings: Settings, email: str) -> ErasureReport:
    """Erase the person behind an address.

    Raises:
        NoAddressError: The text is no e-mail address.
        LockHeldError: A tick works on the data folder; nothing was erased.
        PrivateKeyError: The key is missing or another one; nothing was erased.
    """
    if not has_email(email):
        message = "expected an e-mail address such as ada@example.com"
        raise NoAddressError(message)
    with hold_lock(settings.lock_path, "an erasure", settings.now()):
        key = open_key(settings, is_new_folder=not settings.warehouse_path.exists())
        buyers_removed = forget_buyer(settings, key, email)
        removed = [_relative(settings, path) for path in _remove_originals(settings, email)]
        searched, holding, opaque = 0, [], []
        for path in _files(settings.data_dir):
            finding = look_into(path, email)
            searched += finding != "opaque"
            holding += [_relative(settings, path)] if finding == "holds" else []
            opaque += [_relative(settings, path)] if finding == "opaque" else []
    return ErasureReport(
        buyers_removed=buyers_removed,
        removed_files=tuple(removed),
        files_searched=searched,
        files_holding=tuple(holding),
        files_not_searched=tuple(opaque),
        is_proven=not holding and not opaque,
    )


def _remove_originals(settings: Settings, email: str) -> Iterator[Path]:
    """Remove files that hold the address, or that nobody can look into: those may hold it."""
    for folder in _HOLDING_ADDRESSES:
        for path in list(_files(settings.data_dir / folder)):
            if not path.exists() or look_into(path, email) == "clean":
                continue
            for beside in (path, path.with_name(path.name + ".reason.json")):
                beside.unlink(missing_ok=True)
            yield path


def _files(folder: Path) -> Iterator[Path]:
    """Every regular file below a folder; links are not followed."""
    if folder.is_dir():
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _relative(settings: Settings, path: Path) -> str:
    return mask_emails(str(path.relative_to(settings.data_dir)))
