"""Server time of every page on a warehouse of a million orders: `python benchmarks/dashboards.py [--orders N]`.

Prints one table; ends with 1 when the 95th percentile of a page is over the mark. The warehouse is that of
`benchmarks/tick.py`: 150 drops in three years, a parcel and a box an order, built by dbt and published by a tick (some
minutes; `--data FOLDER` keeps it, and takes it when it is there). Each page is run by Streamlit's AppTest, which does
what a server does for one visit but the drawing in the browser. Visits go through the live drop, the shop and older
drops, alone and compared, and each begins with empty caches: the times are those of who comes first after a tick.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import duckdb
import numpy as np
import streamlit as st
from streamlit.logger import set_log_level
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[1]
# The project first: this file bears the name of the package that it measures.
sys.path[:0] = [str(ROOT)]

# Issue 6: a page's server time, p95.
MARK_SECONDS = 1.0


def build_snapshot(folder: Path, orders: int) -> None:
    """A data folder with a published snapshot of `orders` orders, two lines each."""
    sys.path.append(str(Path(__file__).parent))
    import tick  # noqa: PLC0415 - dbt and Dagster take seconds to import, and a kept folder needs neither

    tick.grow_history(folder, 2 * orders)


def measure(page: Path, scopes: list[tuple[str, str]]) -> tuple[float, float, str]:
    """Median and 95th percentile of a page's seconds over visits with empty caches, and the slowest visit's scope."""
    seconds = []
    for drop, compared in scopes:
        app = AppTest.from_file(str(ROOT / "dashboards" / "app.py"), default_timeout=120)
        app.query_params["drop"], app.query_params["compare"] = drop, compared
        app.run()
        st.cache_data.clear()
        began = time.perf_counter()
        app.switch_page(f"app_pages/{page.name}").run()
        seconds.append(time.perf_counter() - began)
        if app.exception:
            raise RuntimeError(app.exception[0].message)
    slowest = scopes[int(np.argmax(seconds))]
    return float(np.median(seconds)), float(np.percentile(seconds, 95)), " with ".join(filter(None, slowest))


def visited_scopes(published: Path, visits: int) -> list[tuple[str, str]]:
    """Drop and comparison of each visit: the live drop, the shop, the two compared, and older drops in turn."""
    with duckdb.connect(str(published / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute("select drop_id from marts.dim_drops order by starts_at desc").fetchall()
    live, *older = [drop_id for (drop_id,) in found]
    first = [(live, ""), ("shop", ""), (live, "shop")]
    turns = len(first) + 1
    return [first[visit % turns] if visit % turns < len(first) else (older[visit], live) for visit in range(visits)]


def main() -> None:
    """Build, measure every page, print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--visits", type=int, default=20)
    options.add_argument("--data", type=Path, help="keep the warehouse here, or take the one that is here")
    chosen = options.parse_args()
    with ExitStack() as stack:
        folder = chosen.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not (folder / "published" / "current").exists():
            build_snapshot(folder, chosen.orders)
        os.environ["SPRINT_DATA"] = str(folder)
        # Streamlit says at every run that no server is there.
        set_log_level("ERROR")
        scopes = visited_scopes(folder / "published" / "current", chosen.visits)
        print(f"{chosen.visits} visits a page with empty caches; seconds on the server")
        print(f"{'page':<12} {'median':>7} {'p95':>7}  slowest visit")
        slowest = 0.0
        for page in sorted((ROOT / "dashboards" / "app_pages").glob("*.py")):
            median, p95, scope = measure(page, scopes)
            slowest = max(slowest, p95)
            print(f"{page.stem:<12} {median:>7.2f} {p95:>7.2f}  {scope}", flush=True)
    print(f"slowest p95 {slowest:.2f} s, mark {MARK_SECONDS:.2f} s")
    sys.exit(slowest > MARK_SECONDS)


if __name__ == "__main__":
    main()
