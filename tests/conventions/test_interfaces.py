"""The schemas that other programs rely on are those of the code.

Renew them after a deliberate change: `python tests/conventions/test_interfaces.py`, and a line in CHANGELOG.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines.contracts.audit_report import AuditReportFile, ReportManifest
from pipelines.contracts.erasure_report import ErasureReport
from pipelines.contracts.evaluation_report import EvaluationReport
from pipelines.contracts.inspection_report import InspectionReport
from pipelines.contracts.metrics_report import MetricsReport
from pipelines.contracts.plan_report import PlanReport
from pipelines.contracts.price_bands import PriceBands
from pipelines.contracts.reconciliation_report import ReconciliationReport
from pipelines.contracts.status_report import StatusReport

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schemas"
INTERFACES: dict[str, type[BaseModel]] = {
    "price_bands": PriceBands,
    "metrics": MetricsReport,
    "status": StatusReport,
    "report": AuditReportFile,
    "report_manifest": ReportManifest,
    "plan_check": PlanReport,
    "evaluate": EvaluationReport,
    "inspect": InspectionReport,
    "reconcile": ReconciliationReport,
    "erase": ErasureReport,
}


def schema_text(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema(mode="serialization"), indent=2) + "\n"


@pytest.mark.parametrize("name", INTERFACES)
def test_the_documented_schema_is_that_of_the_code(name: str) -> None:
    assert (SCHEMAS / f"{name}.json").read_text() == schema_text(INTERFACES[name])


if __name__ == "__main__":
    for interface, contract in INTERFACES.items():
        (SCHEMAS / f"{interface}.json").write_text(schema_text(contract))
