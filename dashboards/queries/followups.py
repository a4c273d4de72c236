"""The file of buyers to write to: the one place of the app where people are looked up."""

from __future__ import annotations

from dashboards.access.guard import serves
from dashboards.queries import plans, snapshots
from dashboards.queries.connection import run
from pipelines.figures.interest import INTERESTED_BUYERS, followups_csv, followups_header, rank_interested
from pipelines.privacy import consenting_buyers
from pipelines.settings import Settings


@serves("followups")
def followups_file(drop_id: str) -> str | None:
    """CSV of a drop's interested buyers who agree to be written to today, with their addresses; None: no such drop.

    Made anew at each call from the current snapshot and the private store, and never cached.
    """
    snapshot = snapshots.current_snapshot()
    if snapshot is None or plans.drop_row(snapshot, drop_id) is None:
        return None
    addresses = consenting_buyers(Settings.from_env())
    ranked = rank_interested(run(snapshot, INTERESTED_BUYERS, drop_id), addresses)
    header = followups_header(drop_id, snapshot.snapshot_id, snapshot.as_of, is_simulated=snapshot.is_simulated)
    return followups_csv(ranked, addresses, header)
