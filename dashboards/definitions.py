"""What the numbers mean and the SQL that makes them, for help texts and the dictionary: read from the dbt project."""

from __future__ import annotations

from functools import cache

from pipelines.contracts.metric_definitions import MetricDefinitions, has_definitions, parse_definitions
from pipelines.settings import PROJECT_ROOT, Settings

MODELS_DIR = PROJECT_ROOT / "dbt_project" / "models"


@cache
def metric_definitions(
    lead_time_radius_km: float = Settings.lead_time_radius_km,
    velocity_window_hours: int = Settings.velocity_window_hours,
    repeat_window_days: int = Settings.repeat_window_days,
) -> MetricDefinitions:
    """Every metric's definition, with the windows that a snapshot was built with; some hundredths of a second, once."""
    texts = {path.relative_to(MODELS_DIR).as_posix(): path.read_text("utf-8") for path in MODELS_DIR.rglob("*.yml")}
    windows = {
        "lead_time_radius_km": lead_time_radius_km,
        "velocity_window_hours": velocity_window_hours,
        "repeat_window_days": repeat_window_days,
    }
    return parse_definitions({path: text for path, text in texts.items() if has_definitions(text)}, windows)


@cache
def mart_sql(mart: str) -> str:
    """The SQL of a mart as the project has it.

    Raises:
        LookupError: There is no such mart.
    """
    for path in (MODELS_DIR / "marts").rglob(f"{mart}.sql"):
        return path.read_text("utf-8")
    raise LookupError(mart)
