"""All files of one audit: PDF, workbook, CSV, JSON, and the manifest with the hash of each. Values in, bytes out."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import polars as pl

from pipelines.audit.pdf import render_pdf
from pipelines.audit.report import AuditReport
from pipelines.audit.workbook import render_workbook
from pipelines.figures.spreadsheet import csv_text

SCHEMA_VERSION = 1


def render_bundle(report: AuditReport) -> dict[str, bytes]:
    """File name to bytes; `manifest.json` comes last and names all others."""
    files = {
        "report.pdf": render_pdf(report),
        "report.xlsx": render_workbook(report),
        "report.json": _as_json(_report_content(report)),
    }
    header = [
        f"Flash-Sprints audit of {report.drop_id}",
        f"Snapshot {report.provenance.snapshot_id}, as of {_plain(report.provenance.as_of)}; all instants are UTC",
        *(["Simulated data"] if report.provenance.is_simulated else []),
    ]
    for name, table in report.tables.items():
        files[f"csv/{name}.csv"] = csv_text(table, [*header, f"Table: {name}"]).encode()
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "drop_id": report.drop_id,
        "status": report.status,
        "snapshot_id": report.provenance.snapshot_id,
        "as_of": _plain(report.provenance.as_of),
        "is_simulated": report.provenance.is_simulated,
        "files": [
            {"name": name, "bytes": len(content), "sha256": sha256(content).hexdigest()}
            for name, content in files.items()
        ],
    }
    return files | {"manifest.json": _as_json(manifest)}


def _report_content(report: AuditReport) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "drop_id": report.drop_id,
        "name": report.name,
        "status": report.status,
        "starts_at": _plain(report.starts_at),
        "ends_at": _plain(report.ends_at),
        "timezone": report.timezone,
        "currency_code": report.currency_code,
        "snapshot_id": report.provenance.snapshot_id,
        "as_of": _plain(report.provenance.as_of),
        "is_simulated": report.provenance.is_simulated,
        "headlines": [asdict(headline) for headline in report.headlines],
        "uplift": asdict(report.uplift),
        "unsettled": list(report.unsettled),
        "tables": {name: _rows(table) for name, table in report.tables.items()},
    }


def _rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()} for row in table.iter_rows(named=True)]


def _plain(value: Any) -> Any:
    """A value that JSON has: amounts as decimal text, instants in UTC."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return value.isoformat() if isinstance(value, date) else value


def _as_json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
