from __future__ import annotations

from pathlib import Path

from pipelines.operations.status import read_status
from pipelines.settings import Settings


def test_only_files_that_a_tick_would_load_are_said_to_wait(tmp_path: Path) -> None:
    folder = tmp_path / "landing/orders"
    (folder / "shopify/deeper").mkdir(parents=True)
    for name in ("a.csv", "shopify/b.csv", "c.csv.tmp", ".d.csv", "shopify/e.csv.part", "shopify/deeper/f.csv"):
        (folder / name).touch()
    (folder / "link.csv").symlink_to(folder / "a.csv")
    report = read_status(Settings(data_dir=tmp_path))
    assert {feed.feed: feed.waiting_files for feed in report.feeds if feed.waiting_files} == {"orders": 2}
