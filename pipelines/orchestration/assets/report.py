"""A drop's audit report as an asset of its own, one partition a drop; no part of the tick."""

from collections.abc import Iterator

import dagster as dg

from pipelines.operations.reports import due_reports, write_report
from pipelines.orchestration.resources import TickResource

# One partition a drop, added when its first report is due.
DROPS = dg.DynamicPartitionsDefinition(name="drops")
REPORT = dg.AssetKey(["reports", "audit_report"])


def report_asset(session: TickResource) -> dg.AssetsDefinition:
    """The report; it takes the data folder from `session` but not the tick's lock: it reads what is published.

    No dependency on the snapshot is declared: with one, Dagster would list all hours since 2010 for each report.
    """

    @dg.asset(key=REPORT, partitions_def=DROPS, pool="reports", output_required=False)
    def audit_report(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        """PDF, workbook, CSV and JSON of one drop, with a manifest."""
        settings, drop_id = session.settings(), context.partition_key
        if "dagster/sensor_name" in context.run.tags:
            _, due = due_reports(settings)
            if drop_id not in {one.drop_id for one in due}:
                context.log.info("The report has been written since it was asked for.")
                return
        written = write_report(settings, drop_id)
        yield dg.MaterializeResult(
            metadata={
                "folder": dg.MetadataValue.path(written.folder),
                "status": written.audit.status,
                "snapshot_id": written.audit.provenance.snapshot_id,
            }
        )

    return audit_report
