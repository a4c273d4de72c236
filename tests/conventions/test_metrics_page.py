"""`docs/metrics.md` is what dbt's YAML says.

Renew it after a change of a definition: `python tests/conventions/test_metrics_page.py`.
"""

from __future__ import annotations

from pathlib import Path

from dashboards.definitions import MODELS_DIR, metric_definitions
from pipelines.contracts.metrics_page import doc_block, metrics_page

PAGE = Path(__file__).resolve().parents[2] / "docs/metrics.md"


def page_text() -> str:
    blocks = (MODELS_DIR / "docs/overview.md").read_text(encoding="utf-8")
    return metrics_page(
        metric_definitions(), doc_block(blocks, "__overview__"), doc_block(blocks, "incremental_builds")
    )


def test_the_page_of_metrics_is_that_of_the_definitions() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "run `python tests/conventions/test_metrics_page.py`"


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
