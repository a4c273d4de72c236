"""The operator's actions between their files and the ledger: read them all, copy the new ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from pipelines.contracts.operator_action import OperatorAction
from pipelines.warehouse.connect import Connection, naive, transaction


class ControlFileError(ValueError):
    """A file in the control folder cannot be read; the message names it and the rule."""


def read_actions(control_dir: Path) -> tuple[OperatorAction, ...]:
    """Every action given so far, in the order of their instants.

    Raises:
        ControlFileError: A file is no action. It is never skipped: it may be a kill.
    """
    actions = []
    for path in sorted(control_dir.glob("[!.]*.json")):
        try:
            actions.append(OperatorAction.model_validate_json(path.read_bytes()))
        except ValidationError as error:
            first = error.errors()[0]
            message = f"{path.name}: {'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
            raise ControlFileError(message) from error
    return tuple(sorted(actions, key=lambda action: (action.acted_at, action.action_id)))


def record_actions(connection: Connection, actions: Iterable[OperatorAction], as_of: datetime) -> int:
    """Copy the actions that the ledger does not know yet, marked with the tick that met them; return how many."""
    known = {action_id for (action_id,) in connection.execute(_KNOWN).fetchall()}
    new = [action for action in actions if action.action_id not in known]
    with transaction(connection):
        for action in new:
            row = action.model_dump(exclude={"schema_version", "acted_at"})
            times = {"acted_at": naive(action.acted_at), "as_of": naive(as_of)}
            connection.execute(_INSERT, {"action_id": action.action_id, **row, **times})
    return len(new)


_KNOWN = "SELECT action_id FROM pricing.operator_actions"
_INSERT = """
    INSERT INTO pricing.operator_actions BY NAME
    SELECT $action_id AS action_id, $drop_id AS drop_id, $action AS action, $sku AS sku, $channel AS channel,
        $band AS band, $who AS who, $why AS why, $acted_at AS acted_at, $as_of AS as_of
"""
