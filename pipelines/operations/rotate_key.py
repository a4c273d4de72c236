"""`sprint rotate-key`: another secret behind every pseudonym, in one offline command that may be stopped anywhere.

The private store writes down first who becomes whom; each later step does nothing when it is done twice. Until the
last one, ticks refuse to run.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pipelines.privacy import (
    begin_rotation,
    extend_rotation,
    finish_rotation,
    is_rotating,
    open_key,
    rotated_keys,
    rotated_unknown,
)
from pipelines.settings import Settings
from pipelines.warehouse.builds import forget_build
from pipelines.warehouse.connect import connect_warehouse
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.rekey import buyer_keys, rekey_buyers, rekey_published


@dataclass(frozen=True)
class Rotation:
    """What was re-keyed."""

    buyers: int
    published_files: int


def rotate_key(settings: Settings, new_key: str | None) -> Rotation:
    """Re-key the private store, the warehouse and every published copy.

    Args:
        settings: The data folder and, if the environment gives it, the old key.
        new_key: The new secret; None: one is made and kept in the private folder.

    Raises:
        LockHeldError: A tick works on the data folder; nothing was changed.
        PrivateKeyError: The old key is missing or wrong, or the new one unusable; nothing was changed.
    """
    with hold_lock(settings.lock_path, "a rotation of the key", settings.now()):
        is_resumed = is_rotating(settings)
        if not is_resumed and finish_rotation(settings):
            return Rotation(0, 0)  # an earlier run ended at its very last step
        key = b"" if is_resumed else open_key(settings, is_new_folder=not settings.warehouse_path.exists())
        # A resumed rotation keeps the key that it began with, whatever is given now.
        chosen = (new_key or secrets.token_hex(32)).strip().encode()
        new_file = begin_rotation(settings, key, chosen)
        secret = new_file.read_text(encoding="utf-8").strip().encode()
        connection = connect_warehouse(settings.warehouse_path)
        try:
            moved = rotated_keys(settings)
            settled = moved.keys() | set(moved.values())
            unknown = {old: rotated_unknown(secret, old) for old in buyer_keys(connection) if old not in settled}
            extend_rotation(settings, unknown)
            moved |= unknown
            # Of an order's versions at one instant the smallest row hash counts, and hashes change with the key: no
            # model may be added to. Forgotten first: a rotation that is stopped in between leaves nothing to add to.
            forget_build(connection)
            rekey_buyers(connection, moved)
        finally:
            connection.close()
        published_files = rekey_published(settings.published_dir, moved)
        finish_rotation(settings)
    return Rotation(len(moved), published_files)
