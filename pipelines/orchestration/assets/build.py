"""Stage 2 of a tick: the dbt models, one Dagster asset each, built in this process."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from pipelines.orchestration.dbt_build import build_models
from pipelines.orchestration.partitions import HOUR_BY_HOUR, HOURS
from pipelines.orchestration.resources import TickResource

_UNIQUE_ID = "dagster_dbt/unique_id"


class _Translator(DagsterDbtTranslator):
    """The ledger that the models read holds earlier hours only, so it is a source of its own: no circle."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props.get("source_name") == "ledger":
            return dg.AssetKey(["ledger", dbt_resource_props["name"]])
        return super().get_asset_key(dbt_resource_props)


def build_asset(manifest: Path) -> dg.AssetsDefinition:
    """The dbt models as one multi-asset over the parsed project.

    Checks of single tests are left out: an event costs more than the test itself, and a failed test stops the build.
    """

    @dbt_assets(
        manifest=manifest,
        name="build",
        partitions_def=HOURS,
        backfill_policy=HOUR_BY_HOUR,
        pool="warehouse",
        dagster_dbt_translator=_Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=False)),
    )
    def build(context: dg.AssetExecutionContext, tick_session: TickResource) -> Iterator[dg.MaterializeResult[None]]:
        settings = tick_session.settings()
        results = build_models(settings.data_dir, settings.warehouse_path, settings.dbt_target_dir, settings.logs_dir)
        keys = {spec.metadata[_UNIQUE_ID]: spec.key for spec in context.assets_def.specs}
        # In the order in which dbt ended them: Dagster wants an asset behind those it depends on.
        for result in results:
            if result.unique_id in keys:
                yield dg.MaterializeResult(asset_key=keys[result.unique_id], metadata={"seconds": result.seconds})

    return build
