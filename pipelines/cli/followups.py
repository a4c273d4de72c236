"""`sprint followups`: the buyers of a drop to write to, with their addresses, in a file of the owner's alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pipelines.cli.options import DataDir
from pipelines.figures.interest import INTERESTED_BUYERS, followups_csv, followups_header, rank_interested
from pipelines.privacy import consenting_buyers, write_private
from pipelines.settings import Settings
from pipelines.warehouse.published import open_published


def followups(
    drop: Annotated[str, typer.Argument(help="The drop's id.", show_default=False)], data: DataDir = None
) -> None:
    """Write the buyers of a drop who may be glad to hear from you: e-mail addresses, with consent, the reasons."""
    path = write_followups(Settings.from_env(data), drop)
    Console().print(f"Written for you alone: {path}", highlight=False, markup=False, soft_wrap=True)


def write_followups(settings: Settings, drop_id: str) -> Path:
    """Write `private/followups/<drop_id>.csv`, readable by its owner alone, as a whole or not at all.

    Raises:
        LookupError: There is no snapshot, or no such drop in it.
    """
    snapshot = open_published(settings.published_dir)
    try:
        known = snapshot.frame("select drop_id from marts.dim_drops order by starts_at, drop_id")["drop_id"].to_list()
        if drop_id not in known:
            message = f"there is no drop {drop_id!r}; the snapshot has: {', '.join(known) or 'none yet'}"
            raise LookupError(message)
        addresses = consenting_buyers(settings)
        ranked = rank_interested(snapshot.frame(INTERESTED_BUYERS, [drop_id]), addresses)
    finally:
        snapshot.close()
    simulated = (settings.data_dir / "simulated.json").exists()
    header = followups_header(drop_id, snapshot.snapshot_id, snapshot.as_of, is_simulated=simulated)
    path = settings.followups_dir / f"{drop_id}.csv"
    settings.followups_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = path.with_name(f".{path.name}.new")
    waiting.unlink(missing_ok=True)
    write_private(waiting, followups_csv(ranked, addresses, header))
    waiting.replace(path)
    return path
