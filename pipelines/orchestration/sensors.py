"""What starts a run between two hours: files that have landed, and drops that have ended or settled."""

from __future__ import annotations

import hashlib

import dagster as dg

from pipelines.ingest.landing import LandingError, list_landing
from pipelines.operations.reports import due_reports
from pipelines.orchestration.assets.report import DROPS
from pipelines.orchestration.jobs import report_job, tick_job
from pipelines.orchestration.partitions import partition_key
from pipelines.orchestration.resources import TickResource
from pipelines.warehouse.published import NotPublishedError
from pipelines.warehouse.ticks import last_closed_hour

SECONDS_BETWEEN_LOOKS = 30


def landing_sensor(session: TickResource) -> dg.SensorDefinition:
    """A sensor that asks for a tick when files wait that did not change between two looks.

    The tick is for the last closed hour: if that has had its tick, nothing new is decided, but what has landed is
    loaded and published. A set of files is asked for once, so that one that cannot be loaded does not call for ticks
    for ever; the hourly tick tries it again.
    """

    @dg.sensor(
        name="landing_sensor",
        job=tick_job,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Loads what has landed without waiting for the hour.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings = session.settings()
        try:
            waiting = list_landing(settings.landing_dir).files
        except LandingError as error:
            return dg.SkipReason(str(error))
        if not waiting:
            return dg.SensorResult(skip_reason=dg.SkipReason("nothing waits"), cursor="")
        seen = hashlib.sha256()
        for file in waiting:
            try:
                state = file.path.lstat()
            except OSError:
                return dg.SkipReason("a file has just gone")
            seen.update(f"{file.landed_path}\n{state.st_size}\n{state.st_mtime_ns}\n".encode())
        fingerprint = seen.hexdigest()
        if fingerprint != context.cursor:
            reason = dg.SkipReason(f"{len(waiting)} file(s) wait; they are looked at once more before they are read")
            return dg.SensorResult(skip_reason=reason, cursor=fingerprint)
        request = dg.RunRequest(run_key=fingerprint, partition_key=partition_key(last_closed_hour(session.clock())))
        return dg.SensorResult(run_requests=[request], cursor=fingerprint)

    return sensor


def report_sensor(session: TickResource) -> dg.SensorDefinition:
    """A sensor that asks for a drop's report when the drop has ended, and again when it has settled.

    What is due is read from the snapshot and from the reports that are there, so that a look that was missed, or a
    restart, is made up for by the next. Each snapshot is looked at once: a report whose run failed is asked for again
    with the next one.
    """

    @dg.sensor(
        name="report_sensor",
        job=report_job,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Writes a drop's report when it ends and when it settles.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings = session.settings()
        if context.cursor == (settings.published_dir / "current").resolve().name:
            return dg.SkipReason("nothing was published since the last look")
        try:
            snapshot_id, due = due_reports(settings)
        except NotPublishedError:
            return dg.SkipReason("nothing is published yet")
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{one.drop_id}/{one.status}/{snapshot_id}", partition_key=one.drop_id)
                for one in due
            ],
            dynamic_partitions_requests=[DROPS.build_add_request([one.drop_id for one in due])],
            cursor=snapshot_id,
        )

    return sensor
