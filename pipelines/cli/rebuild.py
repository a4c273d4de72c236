"""`sprint rebuild`: build every model anew, or prove that the kept ones are what that would give."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.settings import Settings
from pipelines.warehouse.lock import hold_lock
from pipelines.warehouse.rebuild import compare_marts, copy_written_tables


def rebuild(
    data: DataDir = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing: build beside the kept marts and compare row for row.")
    ] = False,
) -> None:
    """Build all models from the raw rows; the next tick publishes them."""
    from pipelines.orchestration.dbt_build import (  # noqa: PLC0415 - seconds of import
        build_models,
        is_built_by_this_project,
    )

    settings = Settings.from_env(data)
    if not settings.warehouse_path.is_file():
        message = f"there is no warehouse in {settings.data_dir}; run `sprint tick` first"
        raise FileNotFoundError(message)
    console = Console()
    with hold_lock(settings.lock_path, "sprint rebuild", settings.now()), console.status("Building every model"):
        if not check:
            build_models(
                settings.data_dir,
                settings.warehouse_path,
                settings.dbt_target_dir,
                settings.logs_dir,
                full_refresh=True,
            )
            console.print("Every model is built anew. Publish it: sprint tick", highlight=False)
            return
        if not is_built_by_this_project(settings.warehouse_path):
            message = (
                "the kept marts are not of these models: the next tick builds them all anew; run `sprint tick` first"
            )
            raise RuntimeError(message)
        with tempfile.TemporaryDirectory(prefix="rebuild-", dir=settings.data_dir) as folder:
            beside = Path(folder)
            copy_written_tables(settings.warehouse_path, beside / "warehouse.duckdb")
            build_models(beside, beside / "warehouse.duckdb", beside / "dbt", settings.logs_dir, full_refresh=True)
            count, differences = compare_marts(settings.warehouse_path, beside / "warehouse.duckdb")
    for found in differences:
        console.print(
            f"{found.table}: {found.kept_rows} rows are kept only, {found.rebuilt_rows} are rebuilt only",
            highlight=False,
        )
    if differences:
        console.print("Run `sprint rebuild` to make the kept marts what they should be.", highlight=False)
        raise typer.Exit(1)
    console.print(f"{count} marts equal a full rebuild, row for row.", highlight=False)
