"""What Dagster's commands load (`dagster dev -m pipelines.definitions`). Nothing happens at import."""

from __future__ import annotations

import dagster as dg

from pipelines.orchestration.chain import build_definitions


@dg.definitions
def definitions() -> dg.Definitions:
    """The chain on the data folder and clock of the environment."""
    return build_definitions()
