"""What the assets of a tick share: its settings, its lock and its way into the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import dagster as dg

from pipelines.settings import Settings
from pipelines.warehouse.connect import Connection, connect_warehouse
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.ticks import fail_running_ticks


class TickResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """One tick's hold on its data folder; the lock lives from the run's first step to its last.

    Attributes:
        data_dir: The data folder; None: as the environment says.
        now: The injected clock as text, for rehearsals and tests; None: as the environment says.
    """

    data_dir: str | None = None
    now: str | None = None

    def settings(self) -> Settings:
        """The settings of this run."""
        environment = {"SPRINT_NOW": self.now} if self.now else {}
        return Settings.from_env(Path(self.data_dir) if self.data_dir else None, overrides=environment)

    def clock(self) -> datetime:
        """The instant of this call."""
        return self.settings().now()

    @contextmanager
    def warehouse(self) -> Iterator[Connection]:
        """The warehouse, open for one stage; it is closed before dbt opens it."""
        connection = connect_warehouse(self.settings().warehouse_path)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[TickResource]:
        """Hold the lock for the run; a tick that did not get to its end is recorded as failed."""
        settings = self.settings()
        run = context.run.run_id if context.run else "unknown"
        with hold_lock(settings.lock_path, f"the tick of Dagster run {run}", settings.now()):
            try:
                yield self
            finally:
                with self.warehouse() as connection:
                    fail_running_ticks(connection, self.clock())
