"""The operator's hand on a running drop: hold, resume, override, kill.

An action is one file, whole or not there. The next tick takes it into the ledger; a kill does not wait for it.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.contracts.operator_action import OperatorAction
from pipelines.settings import Settings
from pipelines.warehouse.publish import publish_list_prices


def give_action(settings: Settings, action: OperatorAction) -> Path:
    """Write the action where the next tick finds it; return the file."""
    settings.control_dir.mkdir(parents=True, exist_ok=True)
    target = settings.control_dir / f"{action.acted_at:%Y%m%dT%H%M%S}-{action.action}-{action.action_id[:12]}.json"
    temporary = target.with_name(f".{target.name}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(action.model_dump_json(indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(target)
    return target


def kill_drop(settings: Settings, action: OperatorAction) -> str | None:
    """Give the kill and publish list prices for its drop at once, without the warehouse.

    Returns:
        The new snapshot; None when nothing has been published yet, so that storefronts show list anyway.
    """
    give_action(settings, action)
    return publish_list_prices(settings.published_dir, settings.control_dir, action.acted_at)
