"""Whom to write to: the buyers who did more than buy once, with their consent and without their names."""

from __future__ import annotations

from pipelines.audit.blocks import Block, heading, note, paragraph, table
from pipelines.audit.report import AuditReport
from pipelines.figures import words

# The keenest: a list to act on, not to read through.
_SHOWN = 12


def write_buyers(report: AuditReport) -> list[Block]:
    """The buyers with most points, each with what the points are for."""
    rows = [[row["why"], row["buyer"], words.count(row["interest_points"])] for row in report.rows("interested_buyers")]
    title = heading("Buyers of high interest")
    if not rows:
        return [title, paragraph("Nobody who agreed to be written to did more than buy once so far.")]
    agreed = words.count(len(rows), "buyer", "buyers")
    return [
        title,
        *table(("What for", "Buyer", "Points"), rows[:_SHOWN], texts=2),
        note(
            f"{agreed} agreed to be written to and did more than buy once; the keenest are above, known by the start of"
            " their key. Ordered again 3 points, bought before 2, a share 2, a scan 1, three of each at most. For the"
            f" owner alone, sprint followups {report.drop_id} writes their addresses."
        ),
    ]
