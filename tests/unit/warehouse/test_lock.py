"""The tick's lock: one holder, and a refusal that says who it is."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.warehouse.lock import LockHeldError, hold_lock

SINCE = datetime(2026, 11, 14, 12, tzinfo=UTC)


def test_the_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "tick.lock"
    with (
        hold_lock(path, "the tick of run one", SINCE),
        pytest.raises(LockHeldError, match=r"the tick of run one \(process \d+, since 2026-11-14T12:00:00Z\)"),
        hold_lock(path, "the tick of run two", SINCE),
    ):
        pytest.fail("two held the lock")


def test_the_lock_is_free_again_after_its_holder_failed(tmp_path: Path) -> None:
    path = tmp_path / "tick.lock"
    with pytest.raises(KeyError), hold_lock(path, "a tick", SINCE):
        raise KeyError
    with hold_lock(path, "the next tick", SINCE):
        assert "the next tick" in path.read_text()
