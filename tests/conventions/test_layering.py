"""Who may import whom (ARCHITECTURE, section 3), held against every import statement of the tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [
    "definitions", "settings", "cli", "orchestration", "contracts", "ingest", "privacy", "warehouse", "pricing",
    "allocation", "audit", "figures", "simulate", "operations", "dashboards",
]  # fmt: skip
BELOW_ORCHESTRATION = set(ROOMS) - {"definitions", "cli", "orchestration", "dashboards"}

# An arrow "may import": room -> rooms. A room may always import itself.
MAY_IMPORT: dict[str, set[str]] = {
    "definitions": {"orchestration"},
    "orchestration": BELOW_ORCHESTRATION,
    "cli": BELOW_ORCHESTRATION | {"orchestration"},
    "operations": {"warehouse", "contracts", "settings", "privacy", "audit"},
    "privacy": {"settings"},
    "warehouse": {"contracts", "settings"},
    "ingest": {"contracts", "privacy", "settings"},
    "audit": {"contracts", "figures"},
    "simulate": {"contracts", "pricing", "allocation"},
    "dashboards": {"contracts", "settings", "figures", "privacy"},
    "pricing": set(),
    "allocation": set(),
    "contracts": set(),
    "figures": set(),
    "settings": set(),
}
# Library -> where it may be imported.
OWNERS = {
    "dagster": ("pipelines/orchestration/", "pipelines/definitions.py"),
    "dagster_dbt": ("pipelines/orchestration/",),
    "dbt": ("pipelines/orchestration/",),
    "duckdb": ("pipelines/warehouse/", "dashboards/queries/connection.py"),
    "streamlit": ("dashboards/",),
}
# Commands that run the chain import it when they are called; no other command ever does.
RUNS_THE_CHAIN = {"pipelines/cli/tick.py", "pipelines/cli/rehearse.py", "pipelines/cli/rebuild.py"}


def modules() -> list[Path]:
    return sorted(path for folder in ("pipelines", "dashboards") for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path, *, top_level: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def room_of_path(path: Path) -> str | None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "dashboards":
        return "dashboards"
    return parts[1] if parts[1] != "__init__" else None


def room_of_import(module: str) -> str | None:
    parts = module.split(".")
    if parts[0] == "dashboards":
        return "dashboards"
    return parts[1] if parts[0] == "pipelines" and len(parts) > 1 else None


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_the_rooms_below_it(path: Path) -> None:
    room = room_of_path(path)
    if room is None:
        assert not list(imports(path))
        return
    assert room in MAY_IMPORT, f"{room} is no room of the architecture"
    for module in imports(path):
        target = room_of_import(module)
        if target is not None and target != room:
            assert target in MAY_IMPORT[room], f"{room} must not import {module}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_library_is_imported_only_where_it_belongs(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    for module in imports(path):
        owners = OWNERS.get(module.partition(".")[0])
        assert owners is None or name.startswith(owners), f"{name} must not import {module}"


def test_only_commands_that_run_the_chain_import_it_and_only_when_called() -> None:
    for path in (ROOT / "pipelines/cli").glob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        rooms = {room_of_import(module) for module in imports(path)}
        assert "orchestration" not in rooms or name in RUNS_THE_CHAIN, name
        assert "orchestration" not in {room_of_import(module) for module in imports(path, top_level=True)}, name


def test_pricing_and_allocation_need_numpy_and_scipy_only() -> None:
    heavy = {"polars", "duckdb", "pandas", "pydantic", "dataframely", "yaml", "plotly", "matplotlib"}
    for path in [*(ROOT / "pipelines/pricing").rglob("*.py"), *(ROOT / "pipelines/allocation").rglob("*.py")]:
        assert not {module.partition(".")[0] for module in imports(path)} & heavy, path.name


def test_a_package_door_holds_a_docstring_at_most() -> None:
    for path in modules():
        if path.name == "__init__.py":
            body = ast.parse(path.read_text(encoding="utf-8")).body
            assert len(body) == 1, path
            assert isinstance(body[0], ast.Expr), path
