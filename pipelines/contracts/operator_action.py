"""What an operator may say of a running drop: one file in `data/control/`, one row of `pricing.operator_actions`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, model_validator

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class OperatorAction(BaseModel):
    """One action. Without `sku` or `channel` it is meant for all of the drop's.

    `hold` keeps each last band, `override` sets one, `kill` shows list everywhere, `resume` ends what went before.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = 1
    drop_id: Said
    action: Literal["hold", "resume", "override", "kill"]
    sku: Said | None = None
    channel: Said | None = None
    band: Literal["low", "mid", "high"] | None = None
    who: Said
    why: Said
    acted_at: AwareDatetime

    @model_validator(mode="after")
    def _band_goes_with_override_alone(self) -> OperatorAction:
        if (self.band is not None) != (self.action == "override"):
            message = "a band goes with override, and override needs one"
            raise ValueError(message)
        if self.action == "kill" and (self.sku or self.channel):
            message = "kill is for a whole drop; override --band mid sets one SKU or channel to list"
            raise ValueError(message)
        return self

    @property
    def action_id(self) -> str:
        """The same for the same words at the same instant, so that a file read twice is one action."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]


def killed_drops(actions: Iterable[OperatorAction]) -> frozenset[str]:
    """Drops whose kill no later `resume` of the whole drop has ended."""
    killed: dict[str, bool] = {}
    for action in sorted(actions, key=lambda action: (action.acted_at, action.action_id)):
        if action.action == "kill":
            killed[action.drop_id] = True
        elif action.action == "resume" and not (action.sku or action.channel):
            killed[action.drop_id] = False
    return frozenset(drop_id for drop_id, is_killed in killed.items() if is_killed)
