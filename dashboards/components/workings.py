"""How a tile's number is worked out: its sentence, formula, parts, snapshot and SQL, and the way to its rows."""

from __future__ import annotations

from dashboards.components.page import Chosen, link_to
from dashboards.definitions import mart_sql, metric_definitions
from dashboards.formatting import text
from dashboards.queries import metrics
from pipelines.figures.headlines import Headline


def workings(headline: Headline, chosen: Chosen, page: str) -> str:
    """The foot of a tile."""
    windows = metrics.windows(chosen.snapshot)
    definition = metric_definitions(
        windows.lead_time_radius_km, windows.velocity_window_hours, windows.repeat_window_days
    ).headline(headline.key)
    facts = [
        ("Formula", definition.formula),
        *headline.parts,
        ("Snapshot", chosen.snapshot.snapshot_id),
        ("Answers for it", definition.owner),
    ]
    listed = "".join(f"<dt>{text(label)}</dt><dd>{text(value)}</dd>" for label, value in facts)
    asked = f"select * from marts.{definition.mart} where scope = '{chosen.scope}'"
    return (
        f"<details><summary>How is this worked out?</summary><p>{text(definition.sentence)}</p>"
        f'<dl class="fs-worked">{listed}</dl>'
        f"<details><summary>SQL</summary><pre>-- what this page asked the snapshot\n{text_lines(asked)}\n\n"
        f"-- what made it: {text(definition.mart)}\n{text_lines(mart_sql(definition.mart))}</pre></details>"
        f'<p><a href="{text(link_to("dictionary"))}" target="_self">All rules and edges</a></p></details>'
        f'<p class="fs-drill"><a href="{text(link_to(page))}#rows" target="_self">See its rows</a></p>'
    )


def text_lines(listing: str) -> str:
    """A listing as inert HTML that keeps its lines."""
    return "\n".join(text(line) for line in listing.splitlines())
