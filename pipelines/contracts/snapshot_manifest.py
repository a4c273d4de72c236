"""What a snapshot's manifest says of its files, and how a reader sees them as one database called `warehouse`.

A small shop's snapshot is one DuckDB file. In a large one the greatest marts lie beside it as Parquet files, one or
more for each drop and each week of the shop, which later snapshots share by hard links. Here are the words and the
statements alone; who reads runs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

MANIFEST_VERSION = 1

# Where the tables of the DuckDB file are found when `warehouse` is made of views.
_TABLES_ALIAS = "tables"


class ManifestError(ValueError):
    """The manifest names what no publication writes; the message says what."""


def read_statements(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """The statements that show a snapshot to a new connection in memory, and shut it off from all other files.

    Raises:
        ManifestError: The manifest has another version, or names a file outside the snapshot's folder.
    """
    version = manifest.get("schema_version")
    if version != MANIFEST_VERSION:
        message = f"the manifest has version {version}; this program reads version {MANIFEST_VERSION}"
        raise ManifestError(message)
    facts = manifest.get("facts", {})
    statements = [
        _attach(folder, entry["name"], _TABLES_ALIAS if facts else entry["alias"]) for entry in manifest["files"]
    ]
    if facts:
        statements.append("ATTACH ':memory:' AS warehouse")
        tables = [name.split(".") for name in manifest["tables"]]
        statements += [f'CREATE SCHEMA warehouse."{schema}"' for schema in sorted({schema for schema, _ in tables})]
        statements += [
            f'CREATE VIEW warehouse."{schema}"."{table}" AS FROM {_TABLES_ALIAS}."{schema}"."{table}"'
            for schema, table in tables
        ]
        statements += [_fact_view(folder, fact, parts) for fact, parts in facts.items()]
        # Views open their files when they are asked, so the folder stays within reach.
        statements.append(f"SET allowed_directories = [{_text(folder)}]")
    return [*statements, "SET enable_external_access = false", "SET lock_configuration = true"]


def fact_path(folder: Path, name: str) -> Path:
    """Where a part of a fact lies in the snapshot's folder: `<table>/scope=<scope>/<file>`, or `<table>/<file>`.

    Raises:
        ManifestError: The name is of another form.
    """
    pieces = PurePosixPath(name).parts
    table, *scope, file = pieces if len(pieces) > 1 else ("", name)
    is_named = not scope or (len(scope) == 1 and scope[0].startswith("scope="))
    if not is_named or not table.isidentifier() or not file.endswith(".parquet") or "\\" in name:
        message = f"the manifest names {name!r}; expected <table>/scope=<scope>/<file> or <table>/<file>"
        raise ManifestError(message)
    return folder.joinpath(*pieces)


def read_parts(files: Sequence[Path], has_scope: bool) -> str:
    """SQL for the rows of parts of one fact; where they have a scope, the files' folders tell it."""
    listed = ", ".join(_text(file) for file in files)
    scope = "true, hive_types = {'scope': VARCHAR}" if has_scope else "false"
    return f"read_parquet([{listed}], hive_partitioning = {scope})"


def _fact_view(folder: Path, fact: str, parts: list[dict[str, Any]]) -> str:
    has_scope = any(part["scope"] is not None for part in parts)
    rows = read_parts([fact_path(folder, part["name"]) for part in parts], has_scope)
    # A query for one scope opens that scope's files alone: their folders say whose they are.
    columns = "scope, * EXCLUDE (scope)" if has_scope else "*"
    return f'CREATE VIEW warehouse.marts."{fact}" AS SELECT {columns} FROM {rows}'


def _attach(folder: Path, name: str, alias: str) -> str:
    if Path(name).name != name or not alias.isidentifier():
        message = f"the manifest names {name!r} as {alias!r}; expected a plain file name and an identifier"
        raise ManifestError(message)
    return f'ATTACH {_text(folder / name)} AS "{alias}" (READ_ONLY)'


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
