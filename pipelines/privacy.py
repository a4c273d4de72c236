"""Who a buyer is, kept apart: the key that stands for a person, the private store behind it, and masking.

The person lives in `data/private/buyers.sqlite` and nowhere else. Nothing here knows the warehouse, feeds or pages.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.settings import Settings

MASK = "[masked]"

# Shorter secrets can be tried out: the space of e-mail addresses is small.
SHORTEST_KEY = 16
_SHA256_BLOCK = 64

# Anything shaped like an address, in any script; deliberately wider than RFC 5322, since a mask too many harms nobody.
# In a link the sign is written %40, and %2540 where the link stands within another one.
EMAIL_SIGN = "@|%(?:25)?40"
EMAIL_SHAPE = rf"[^\s@<>()\[\],;:\"'=/|\\]+(?:{EMAIL_SIGN})[^\s@<>()\[\],;:\"'=/|\\]+\.[^\s@<>()\[\],;:\"'=/|\\.]{{2,}}"
_EMAIL = re.compile(EMAIL_SHAPE)
_SIGN = re.compile(EMAIL_SIGN)

# Columns that hold people whatever system wrote them, by their names in words: `Billing Name` is `billing_name`.
_PERSONAL = re.compile(
    r"(e_?mail|phone|mobile_number|fax|address|street|first_name|last_name|full_name|surname|given_name|family_name"
    r"|(^|_)(buyer|customer|billing|shipping|recipient|contact|ship_to|bill_to)(_name|_company)?$|^name$"
    r"|(^|_)(buyer|customer)_id$|passport|birth|(^|_)ip(_address)?$|iban|card_number)"
)

_BUYERS = """
CREATE TABLE IF NOT EXISTS buyers (
    buyer_key TEXT PRIMARY KEY,
    buyer_email TEXT,
    buyer_id TEXT,
    marketing_consent INTEGER,
    consent_at TEXT
) WITHOUT ROWID
"""
_FACTS = "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"

# The latest statement of consent counts; of two at one instant the refusal. So the order of files does not matter.
_REMEMBER = """
INSERT INTO buyers (buyer_key, buyer_email, buyer_id, marketing_consent, consent_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (buyer_key) DO UPDATE SET
    buyer_email = max(coalesce(buyer_email, excluded.buyer_email), coalesce(excluded.buyer_email, buyer_email)),
    buyer_id = max(coalesce(buyer_id, excluded.buyer_id), coalesce(excluded.buyer_id, buyer_id)),
    marketing_consent = CASE
        WHEN excluded.consent_at IS NULL OR consent_at > excluded.consent_at THEN marketing_consent
        WHEN consent_at = excluded.consent_at THEN min(marketing_consent, excluded.marketing_consent)
        ELSE excluded.marketing_consent END,
    consent_at = max(coalesce(consent_at, excluded.consent_at), coalesce(excluded.consent_at, consent_at))
"""


class PrivateKeyError(RuntimeError):
    """The key is missing, empty, too short, or another one than the store was made with. Nothing may be stored."""


@dataclass(frozen=True)
class Buyer:
    """A person as a shop's row names one."""

    buyer_key: str
    buyer_email: str | None
    buyer_id: str | None
    marketing_consent: bool | None
    stated_at: datetime | None


def buyer_key(key: bytes, buyer_email: str | None, buyer_id: str | None) -> str | None:
    """The pseudonym of a person: HMAC-SHA256 of the normalised e-mail, else of the identifier; None without either.

    The two are told apart by a prefix, so that an identifier that spells an address is not taken for its owner.
    """
    return buyer_keys(key, [(buyer_email, buyer_id)])[0]


def buyer_keys(key: bytes, people: Iterable[tuple[str | None, str | None]]) -> list[str | None]:
    """The pseudonyms of many people, each given by e-mail and identifier."""
    # What HMAC makes of the key is worked out once; a digest of its own for each person takes three times as long.
    padded = (hashlib.sha256(key).digest() if len(key) > _SHA256_BLOCK else key).ljust(_SHA256_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    keys: list[str | None] = []
    for buyer_email, buyer_id in people:
        email = normalise_email(buyer_email) if buyer_email else ""
        if not email and not buyer_id:
            keys.append(None)
            continue
        digest = inner.copy()
        digest.update(b"email:" + email.encode() if email else b"id:" + (buyer_id or "").encode())
        signed = outer.copy()
        signed.update(digest.digest())
        keys.append(signed.hexdigest())
    return keys


def normalise_email(text: str) -> str:
    """One spelling for one address: composed, lower case, no spaces around."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_personal(column: str) -> bool:
    """Whether a column of this name holds people."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column)
    return _PERSONAL.search(re.sub(r"[^0-9a-zA-Z]+", "_", words).strip("_").lower()) is not None


def mask_emails(text: str) -> str:
    """The text without anything shaped like an e-mail address."""
    return _EMAIL.sub(MASK, text) if _SIGN.search(text) else text


def mask_names(names: Iterable[str]) -> dict[str, str]:
    """Each column's name → the same without addresses; masks are numbered, so that no two columns become one."""
    masked: dict[str, str] = {}
    taken = set(names := sorted(set(names)))
    for name in names:
        shown = mask_emails(name)
        if shown != name:
            number = 1
            while (candidate := shown if number == 1 else f"{shown} {number}") in taken:
                number += 1
            shown = candidate
            taken.add(shown)
        masked[name] = shown
    return masked


def has_email(text: str) -> bool:
    """Whether anything in the text is shaped like an e-mail address."""
    return _SIGN.search(text) is not None and _EMAIL.search(text) is not None


def open_key(settings: Settings, *, is_new_folder: bool) -> bytes:
    """The secret of `buyer_key`, made by the first run on a folder without a ledger.

    Args:
        settings: Where the private store is, and the key that the environment gives, which goes before the kept one.
        is_new_folder: Whether nothing has ever been loaded into this data folder.

    Raises:
        PrivateKeyError: No key, an empty or short one, or another one than the store was made with.
    """
    path = settings.private_dir / "key"
    _make_private_folder(settings.private_dir)
    with _connection(settings.private_dir) as store:
        known = store.execute("SELECT value FROM facts WHERE name = 'key_fingerprint'").fetchone()
        if settings.key is not None:
            text = settings.key.strip()
            origin = "SPRINT_KEY"
        elif _is_kept(path) or (path.exists() and not (is_new_folder and known is None)):
            text = path.read_text(encoding="utf-8").strip()
            origin = str(path)
        elif is_new_folder and known is None:
            text = secrets.token_hex(32)
            origin = str(path)
            _keep_key(path, text)
        else:
            message = f"the key of this data folder is missing: put it back at {path} or set SPRINT_KEY"
            raise PrivateKeyError(message)
        if len(text) < SHORTEST_KEY:
            message = f"the key in {origin} has fewer than {SHORTEST_KEY} characters"
            raise PrivateKeyError(message)
        key = text.encode()
        _check_fingerprint(store, key, known[0] if known else None, origin, is_new_folder=is_new_folder)
    return key


def _is_kept(path: Path) -> bool:
    """Whether a key is written there; an empty file is what a first run leaves that was killed before it wrote."""
    return path.exists() and path.stat().st_size > 0


def _keep_key(path: Path, text: str) -> None:
    """Write the first key so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.writing")
    temporary.unlink(missing_ok=True)
    write_private(temporary, text)
    temporary.replace(path)


def _check_fingerprint(
    store: sqlite3.Connection, key: bytes, known: str | None, origin: str, *, is_new_folder: bool
) -> None:
    fingerprint = _fingerprint(key)
    if _is_rotating(store):
        message = "a rotation of the key was interrupted: run `sprint rotate-key` again, it goes on where it stopped"
        raise PrivateKeyError(message)
    if known is None and not is_new_folder:
        message = f"the private store beside the key is new, but rows were loaded before: restore {store_name()} first"
        raise PrivateKeyError(message)
    if known is not None and not hmac.compare_digest(known, fingerprint):
        message = f"the key in {origin} is another one than this data folder was made with"
        raise PrivateKeyError(message)
    store.execute("INSERT OR IGNORE INTO facts VALUES ('key_fingerprint', ?)", [fingerprint])
    store.commit()


def store_name() -> str:
    """The private store's file name."""
    return "buyers.sqlite"


def remember_buyers(settings: Settings, buyers: Iterable[Buyer]) -> None:
    """Keep who stands behind buyer keys; telling the same twice, in any order, changes nothing."""
    rows = [
        (
            buyer.buyer_key,
            buyer.buyer_email,
            buyer.buyer_id,
            buyer.marketing_consent,
            None if buyer.marketing_consent is None or buyer.stated_at is None else buyer.stated_at.isoformat(),
        )
        for buyer in buyers
    ]
    if not rows:
        return
    with _connection(settings.private_dir) as store:
        store.executemany(_REMEMBER, rows)
        store.commit()


def consenting_buyers(settings: Settings) -> dict[str, str | None]:
    """The key of every buyer whose latest word on marketing was yes, with the address, None where none is known.

    Nothing is written, not even an empty store: a folder without one has no buyers who agreed.
    """
    path = settings.private_dir / store_name()
    if not path.exists():
        return {}
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as store:
        return dict(store.execute("SELECT buyer_key, buyer_email FROM buyers WHERE marketing_consent = 1").fetchall())


def forget_buyer(settings: Settings, key: bytes, email: str) -> int:
    """Remove everyone with this address from the private store, bytes and all; return how many there were."""
    wanted = normalise_email(email)
    with _connection(settings.private_dir) as store:
        keys = [
            found
            for found, known in store.execute("SELECT buyer_key, buyer_email FROM buyers").fetchall()
            if found == buyer_key(key, wanted, None) or (known is not None and normalise_email(known) == wanted)
        ]
        store.executemany("DELETE FROM buyers WHERE buyer_key = ?", [(found,) for found in keys])
        store.commit()
        # Pages that were freed before `secure_delete` was on, or by another program, are left behind by this copy.
        store.execute("VACUUM")
    return len(keys)


def begin_rotation(settings: Settings, key: bytes, new_key: bytes) -> Path:
    """Write down, in one step, which key each known buyer is to bear; ticks are refused until the rotation is done.

    Returns:
        The file of the new key.

    Raises:
        PrivateKeyError: The new key is too short or the old one.
    """
    if len(new_key) < SHORTEST_KEY or new_key == key:
        message = f"the new key must have at least {SHORTEST_KEY} characters and be another one than the old"
        raise PrivateKeyError(message)
    new_file = settings.private_dir / "key.new"
    with _connection(settings.private_dir) as store:
        if not _is_rotating(store):
            new_file.unlink(missing_ok=True)
            write_private(new_file, new_key.decode())
            store.execute("BEGIN")
            store.execute("CREATE TABLE rotation (old_key TEXT PRIMARY KEY, new_key TEXT NOT NULL) WITHOUT ROWID")
            known = store.execute("SELECT buyer_key, buyer_email, buyer_id FROM buyers").fetchall()
            # A row that bears an address was keyed by it, see `buyer_key`.
            moved = [(old, buyer_key(new_key, email, identity)) for old, email, identity in known]
            store.executemany("INSERT INTO rotation VALUES (?, ?)", moved)
            store.commit()
    return new_file


def is_rotating(settings: Settings) -> bool:
    """Whether a rotation was begun and not finished."""
    with _connection(settings.private_dir) as store:
        return _is_rotating(store)


def rotated_keys(settings: Settings) -> dict[str, str]:
    """Old key to new key of every known buyer, while a rotation is under way."""
    with _connection(settings.private_dir) as store:
        return dict(store.execute("SELECT old_key, new_key FROM rotation").fetchall())


def extend_rotation(settings: Settings, moved: Mapping[str, str]) -> None:
    """Add buyers whom the private store does not know, before any table is changed: so a second try does the same."""
    with _connection(settings.private_dir) as store:
        store.executemany("INSERT OR IGNORE INTO rotation VALUES (?, ?)", moved.items())
        store.commit()


def rotated_unknown(new_key: bytes, old: str) -> str:
    """The new key of a buyer whom nobody knows any more: still one buyer, tied to no person."""
    return hmac.new(new_key, b"erased:" + old.encode(), hashlib.sha256).hexdigest()


def finish_rotation(settings: Settings) -> bool:
    """The private store takes the new key, once every table bears the new pseudonyms.

    Returns:
        Whether there was anything to finish: False when no rotation is under way.
    """
    new_file = settings.private_dir / "key.new"
    if not new_file.exists():
        return False
    fingerprint = _fingerprint(new_file.read_text(encoding="utf-8").strip().encode())
    with _connection(settings.private_dir) as store:
        if _is_rotating(store):
            store.execute(
                "UPDATE buyers SET buyer_key = (SELECT new_key FROM rotation WHERE old_key = buyer_key)"
                " WHERE buyer_key IN (SELECT old_key FROM rotation)"
            )
            store.execute("UPDATE facts SET value = ? WHERE name = 'key_fingerprint'", [fingerprint])
            store.execute("DROP TABLE rotation")
            store.commit()
            store.execute("VACUUM")
        elif (fingerprint,) not in store.execute("SELECT value FROM facts WHERE name = 'key_fingerprint'").fetchall():
            return False  # left by a run that ended before it began anything
    new_file.replace(settings.private_dir / "key")
    return True


def _is_rotating(store: sqlite3.Connection) -> bool:
    return bool(store.execute("SELECT 1 FROM sqlite_master WHERE name = 'rotation'").fetchall())


def _fingerprint(key: bytes) -> str:
    return hmac.new(key, b"fingerprint of the key", hashlib.sha256).hexdigest()


@contextmanager
def _connection(folder: Path) -> Iterator[sqlite3.Connection]:
    path = folder / store_name()
    if not path.exists():
        write_private(path, "")
    store = sqlite3.connect(path)
    try:
        # A deleted person's bytes are overwritten, not merely forgotten.
        store.execute("PRAGMA secure_delete = ON")
        store.execute(_FACTS)
        store.execute(_BUYERS)
        yield store
    finally:
        store.close()


def _make_private_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Write a new file that nobody but its owner may read, at no moment, and that is on the disk when this returns.

    Raises:
        FileExistsError: There is one already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
