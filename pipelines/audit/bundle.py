"""All files of one audit: PDF, workbook, CSV, JSON, and the manifest with the hash of each. Values in, bytes out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from pydantic import BaseModel

from pipelines.audit.pdf import render_pdf
from pipelines.audit.report import AuditReport
from pipelines.audit.workbook import render_workbook
from pipelines.contracts.audit_report import (
    AuditReportFile,
    Cell,
    ManifestEntry,
    ReportedMetric,
    ReportedTable,
    ReportedUplift,
    ReportManifest,
)
from pipelines.figures.spreadsheet import csv_text


def render_bundle(report: AuditReport) -> dict[str, bytes]:
    """File name to bytes; `manifest.json` comes last and names all others."""
    files = {
        "report.pdf": render_pdf(report),
        "report.xlsx": render_workbook(report),
        "report.json": _as_json(_report_file(report)),
    }
    header = [
        f"Flash-Sprints audit of {report.drop_id}",
        f"Snapshot {report.provenance.snapshot_id}, as of {_instant(report.provenance.as_of)}; all instants are UTC",
        *(["Simulated data"] if report.provenance.is_simulated else []),
    ]
    for name, table in report.tables.items():
        files[f"csv/{name}.csv"] = csv_text(table, [*header, f"Table {name}: {report.sentences[name]}"]).encode()
    manifest = ReportManifest(
        drop_id=report.drop_id,
        status=report.status,
        files=tuple(
            ManifestEntry(name=name, bytes=len(content), sha256=sha256(content).hexdigest())
            for name, content in files.items()
        ),
        **asdict(report.provenance),
    )
    return files | {"manifest.json": _as_json(manifest)}


def _report_file(report: AuditReport) -> AuditReportFile:
    named = ("drop_id", "name", "status", "starts_at", "ends_at", "timezone", "currency_code", "unsettled")
    return AuditReportFile(
        **{name: getattr(report, name) for name in named},
        **asdict(report.provenance),
        metrics=tuple(
            ReportedMetric(
                **{name: getattr(headline, name) for name in ("key", "title", "value", "state", "basis", "interval")},
                **{name: getattr(method, name) for name in ("sentence", "formula", "owner")},
            )
            for headline, method in zip(report.headlines, report.methods, strict=True)
        ),
        uplifts=tuple(
            ReportedUplift(
                amount=amount,
                drops="this_drop" if is_own else "all_drops_so_far",
                difference_lower=uplift.interval.low if uplift.interval else None,
                difference_upper=uplift.interval.high if uplift.interval else None,
                **{name: value for name, value in asdict(uplift).items() if name != "interval"},
            )
            for (amount, is_own), uplift in report.uplifts.items()
        ),
        tables={
            name: ReportedTable(
                sentence=report.sentences[name],
                columns=tuple(table.columns),
                rows=tuple(
                    {column: _cell(value) for column, value in row.items()} for row in table.iter_rows(named=True)
                ),
            )
            for name, table in report.tables.items()
        },
    )


def _cell(value: object) -> Cell:
    """A value that JSON has: amounts as decimal text, instants in UTC."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return _instant(value)
    return value.isoformat() if isinstance(value, date) else value  # type: ignore[return-value]


def _instant(moment: datetime) -> str:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{aware:%Y-%m-%dT%H:%M:%SZ}"


def _as_json(content: BaseModel) -> bytes:
    return (content.model_dump_json(indent=1) + "\n").encode()
