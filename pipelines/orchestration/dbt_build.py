"""Running dbt in this process: parsing the project once for all data folders, and building one folder's models.

Here belongs what it takes to run dbt on a data folder and to say what became of each node. Not here: Dagster (assets
call this), the models themselves (`dbt_project/`), and any reading of the warehouse.

dbt's profile names the warehouse by a path relative to the working directory, so that the parsed project is the same
for every data folder: a full parse costs some eight seconds, and any other way of naming the file would ask for one in
each folder. So a build works from inside the folder that holds the warehouse.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.settings import PROJECT_ROOT
from pipelines.warehouse.builds import begin_build, begin_slice, finish_build, is_built_by, slice_history
from pipelines.warehouse.connect import connect_warehouse

DBT_PROJECT_DIR = PROJECT_ROOT / "dbt_project"

# The one file that dbt reads to know the project without parsing it again.
_PARSED_STATE = "partial_parse.msgpack"
# Written beside the manifest: what the project's files were when it was made.
_MANIFEST_STAMP = "manifest.sha256"
# What the profile calls the warehouse; its stem is the database's name in every compiled statement.
_WAREHOUSE_NAME = "warehouse.duckdb"
# dbt keeps its adapter, flags and working directory a process at a time.
_ONE_AT_A_TIME = threading.Lock()

# A full build of more order lines goes through history in slices of so many, each within the memory that an hour has.
# Only what is kept by order, parcel, box, scan and buyer is made of a slice; all that adds up is made once, at the end.
# A million at once ran out of that memory; half a million has passed with little more than half of it.
SLICE_LINES = 500_000
_MADE_BY_SLICE = (
    "+dim_buyers",
    "+fct_boxes",
    "+fct_drop_buyers",
    "+fct_parcel_lead_times",
    "+fct_returns",
    "+int_scans__counted",
)

_SUCCESS = frozenset({"success", "pass", "no-op"})


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or data test.

    Attributes:
        unique_id: dbt's name of the node, as in the manifest.
        status: `success`, `pass`, `warn`, `fail`, `error` or `skipped`.
        message: dbt's words, empty when it has none.
        seconds: Wall time of the node.
        failures: Rows that broke a test; None for a model.
    """

    unique_id: str
    status: str
    message: str
    seconds: float
    failures: int | None

    @property
    def is_ok(self) -> bool:
        """Whether the node did what it should."""
        return self.status in _SUCCESS


class DbtBuildError(RuntimeError):
    """dbt could not run, or nodes failed; the message names them."""

    def __init__(self, message: str, results: Sequence[NodeResult] = ()) -> None:
        super().__init__(message)
        self.results = tuple(results)


def parse_project(target_dir: Path, logs_dir: Path | None = None) -> Path:
    """Parse the dbt project and return the path of its manifest; at once when it is there and nothing has changed.

    Args:
        target_dir: Where the manifest goes.
        logs_dir: Where dbt's log goes; beside the manifest if not given.

    Raises:
        DbtBuildError: The project cannot be parsed.
    """
    manifest = target_dir / "manifest.json"
    stamp = target_dir / _MANIFEST_STAMP
    digest = _project_digest()
    if manifest.is_file() and stamp.is_file() and stamp.read_text() == digest:
        return manifest
    _invoke(["parse"], target_dir, logs_dir or target_dir / "logs", working_dir=target_dir)
    stamp.write_text(digest)
    return manifest


def build_models(  # noqa: PLR0913, PLR0917  the paths of one data folder, and two choices
    data_dir: Path,
    warehouse_path: Path,
    target_dir: Path,
    logs_dir: Path,
    select: list[str] | None = None,
    full_refresh: bool = False,
) -> list[NodeResult]:
    """Build the models of one data folder and run the data tests that block a tick.

    Unit tests and the tests tagged `suite` are left out: they say something about the project, not about this hour.

    Args:
        data_dir: The data folder; `warehouse_path` lies in it.
        warehouse_path: The warehouse, called `warehouse.duckdb`, with all raw tables made. No connection may be open.
        target_dir: Where dbt writes what it compiles for this folder.
        logs_dir: Where dbt's log goes.
        select: dbt selectors; None builds everything.
        full_refresh: Build everything anew, also where the last build could be added to.

    Returns:
        One result a model or test, in the order they ended.

    Raises:
        DbtBuildError: dbt could not run, or a model or blocking test failed.
    """
    if warehouse_path.name != _WAREHOUSE_NAME or data_dir.resolve() not in warehouse_path.resolve().parents:
        message = f"the warehouse must be called {_WAREHOUSE_NAME} and lie in {data_dir}, not {warehouse_path}"
        raise DbtBuildError(message)
    with closing(connect_warehouse(warehouse_path)) as connection:
        is_full = begin_build(connection, _project_digest(), must_be_full=full_refresh)
        cuts = slice_history(connection, SLICE_LINES) if is_full and not select else []
    working_dir = warehouse_path.parent
    for until in (*cuts, None) if cuts else ():
        with closing(connect_warehouse(warehouse_path)) as connection:
            begin_slice(connection, until)
        if until is not None:
            _checked(_invoke(["run", "--select", *_MADE_BY_SLICE], target_dir, logs_dir, working_dir))
    arguments = ["build", "--exclude-resource-type", "unit_test", "--exclude", "tag:suite"]
    arguments += ["--select", *select] if select else []
    arguments += ["--full-refresh"] if is_full and not cuts else []
    results = _checked(_invoke(arguments, target_dir, logs_dir, working_dir))
    if not select:
        with closing(connect_warehouse(warehouse_path)) as connection:
            finish_build(connection, was_sliced=bool(cuts))
    return results


def is_built_by_this_project(warehouse_path: Path) -> bool:
    """Whether the last build ended well and was by the models as they are now."""
    with closing(connect_warehouse(warehouse_path)) as connection:
        return is_built_by(connection, _project_digest())


def test_models(warehouse_path: Path, target_dir: Path, logs_dir: Path, select: list[str]) -> list[NodeResult]:
    """Run the selected tests on a warehouse that has been built.

    Raises:
        DbtBuildError: dbt could not run, or a test failed.
    """
    arguments = ["test", "--select", *select]
    return _checked(_invoke(arguments, target_dir, logs_dir, working_dir=warehouse_path.parent))


def _invoke(arguments: list[str], target_dir: Path, logs_dir: Path, working_dir: Path) -> list[NodeResult]:
    """Run one dbt command and return its nodes' results; dbt's own failure to run is raised, a node's is not."""
    # dbt takes seconds to import: only who builds pays for it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    for folder in (target_dir, logs_dir, working_dir):
        folder.mkdir(parents=True, exist_ok=True)
    common = ["--quiet", "--no-use-colors", "--log-level-file", "none", "--no-version-check"]
    common += ["--no-send-anonymous-usage-stats", "--no-write-json"] if arguments[0] != "parse" else []
    common += ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    common += ["--target-path", str(target_dir.resolve()), "--log-path", str(logs_dir.resolve())]
    with _ONE_AT_A_TIME, _shared_parse(target_dir), contextlib.chdir(working_dir):
        try:
            outcome = dbtRunner().invoke([*arguments, *common])
        finally:
            _release_warehouse()
    if outcome.exception is not None:
        message = f"dbt {arguments[0]} could not run: {outcome.exception}"
        raise DbtBuildError(message) from outcome.exception
    return [_node_result(result) for result in getattr(outcome.result, "results", [])]


def _node_result(result: Any) -> NodeResult:
    return NodeResult(
        unique_id=result.node.unique_id,
        status=str(result.status),
        message=result.message or "",
        seconds=result.execution_time,
        failures=result.failures,
    )


def _checked(results: list[NodeResult]) -> list[NodeResult]:
    broken = [result for result in results if result.status in ("error", "fail", "runtime error")]
    if broken:
        lines = [f"{result.unique_id}: {result.message}" for result in broken]
        raise DbtBuildError("\n".join([f"{len(broken)} dbt nodes failed", *lines]), results)
    return results


def _release_warehouse() -> None:
    """Close dbt's DuckDB instance: it outlives the run, would hold the file's lock and serve the next folder too."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415

    environment = DuckDBConnectionManager._ENV  # noqa: SLF001  the adapter has no public way to it
    if environment is not None and environment.conn is not None:
        environment.close()
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    # Cursors that failed nodes left behind keep the instance alive until they are collected.
    gc.collect()


@contextlib.contextmanager
def _shared_parse(target_dir: Path) -> Iterator[None]:
    """Begin a new target folder with the parsed project of earlier runs, and leave what this run has parsed to later.

    The shared copy is only a saving: dbt compares it with the files and parses again what differs. It is replaced by
    one rename, so that two runs at once never see half of it; where the checkout is read-only there is none.
    """
    shared = DBT_PROJECT_DIR / "target" / "shared" / _PARSED_STATE
    own = target_dir / _PARSED_STATE
    if shared.is_file() and (not own.is_file() or own.stat().st_mtime < shared.stat().st_mtime):
        shutil.copy2(shared, own)
    before = own.stat().st_mtime_ns if own.is_file() else None
    yield
    if own.is_file() and own.stat().st_mtime_ns != before:
        temporary = shared.with_name(f"{_PARSED_STATE}.{os.getpid()}")
        with contextlib.suppress(OSError):
            shared.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(own, temporary)
            temporary.replace(shared)


def _project_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(DBT_PROJECT_DIR.rglob("*")):
        if path.suffix in {".sql", ".yml", ".csv", ".md"} and "target" not in path.relative_to(DBT_PROJECT_DIR).parts:
            digest.update(path.relative_to(DBT_PROJECT_DIR).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
