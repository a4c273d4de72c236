"""What a tick costs when history grows: `python benchmarks/tick.py [--lines 100000 1000000 10000000]`.

Prints one table, a row a size of history: a full rebuild, the warm tick of one hour's some 10,000 new rows by its
stages, what dbt and Dagster add to the SQL, the same SQL run by DuckDB alone (the floor), and the peak of memory. Ends
with 1 when a mark is missed. The sizes tick in turns, each time in a process of its own, so that what else the machine
does falls on all of them. The data folders are removed unless `--keep` names a place.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# Issue 4: the tick at the largest history over that at the smallest; the full rebuild over the tick's build; memory.
MOST_GROWTH = 1.5
LEAST_GAIN = 10.0
MOST_MEMORY_MB = 2048

NOW = datetime(2026, 6, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEKS = 150
# A drop each Monday at noon; the last one is two days old at NOW.
LAST_START = datetime(2026, 6, 1, 12, tzinfo=UTC)
# Rows of one hour: order lines, parcel events, scans.
NEW_ORDERS, NEW_EVENTS, NEW_SCANS = 2000, 4500, 1500

_PLAN = """
drop_id: {drop_id}
name: Drop {week}
starts_at: "{starts_at:%Y-%m-%dT%H:%M:%SZ}"
timezone: Europe/Berlin
currency_code: EUR
channels: [web, mobile]
max_staleness_hours: 3
holdout_rate: 0
taper_hours: 0
seed: 7
skus:
  - {{sku: "a{week}", title: Candle, list_price: "10.00", unit_cost: "4.00", min_margin_rate: 0.2,
     bands: {{low: "9.00", mid: "10.00", high: "11.00"}}, stock: {{north: {units}, south: {units}}}}}
  - {{sku: "b{week}", title: Soap, list_price: "5.00", unit_cost: "2.00", min_margin_rate: 0.2,
     bands: {{low: "4.50", mid: "5.00", high: "5.50"}}, stock: {{north: {units}, south: {units}}}}}
"""
_HUBS = "hub_id,name,latitude,longitude\nnorth,North,51.36,12.38\nsouth,South,51.30,12.37\n"

# History as if it had landed long ago, a slice of orders at a time: two lines an order, a parcel of four events and a
# box an order, two scans a box. One parcel in five hundred never arrives; a drop's days sell its SKUs, the other days
# the shop's own. Hashes are as random as loading makes them, so that the file is as large as a real one.
_SLICE = """
    CREATE OR REPLACE TEMP TABLE history AS
    SELECT i, $first_at + to_microseconds((i * $step)::BIGINT) AS ordered_at FROM range($begin, $end) AS r(i);
    INSERT INTO raw.orders BY NAME
    SELECT 'h' || h.i AS order_id, n.line_number,
        CASE WHEN date_diff('hour', $first_at, h.ordered_at) % 168 < 72
            THEN n.letter || (date_diff('hour', $first_at, h.ordered_at) // 168)
            ELSE 'own' || (h.i * 7 + n.line_number) % 200 END AS sku,
        1 + h.i % 3 AS quantity, 5 + 5 * (n.line_number % 2) AS unit_price, 'EUR' AS currency_code,
        CASE h.i % 3 WHEN 0 THEN 'mobile' ELSE 'web' END AS channel,
        CASE h.i % 50 WHEN 7 THEN 'cancelled' ELSE 'placed' END AS status, h.ordered_at, h.ordered_at AS updated_at,
        'b' || hash(h.i) % ($orders // 3) AS buyer_key, CASE h.i % 2 WHEN 0 THEN 'north' ELSE 'south' END AS hub_id,
        'delivery' AS fulfilment, 51.3 + (h.i % 97) / 1000.0 AS ship_latitude,
        12.3 + (h.i % 89) / 500.0 AS ship_longitude,
        'orders-history' AS _file_id, h.i * 2 + n.line_number AS _row_number, h.ordered_at AS _loaded_at,
        md5_number('o' || h.i || n.letter) AS _row_hash
    FROM history AS h, (VALUES (1, 'a'), (2, 'b')) AS n(line_number, letter) ORDER BY h.i, n.line_number;
    INSERT INTO raw.deliveries BY NAME
    SELECT 'h' || h.i || e.status AS event_id, 'hp' || h.i AS parcel_id, 'h' || h.i AS order_id, 'hx' || h.i AS box_id,
        e.status, h.ordered_at + to_seconds(e.seconds * (1 + h.i % 13) + (h.i * 7919) % 9001) AS occurred_at,
        'carrier ' || h.i % 3 AS carrier,
        CASE h.i % 2 WHEN 0 THEN 'north' ELSE 'south' END AS hub_id, 3.2 AS cost_amount, 'EUR' AS currency_code,
        h.ordered_at + INTERVAL 30 HOUR AS promised_at,
        'deliveries-history' AS _file_id, h.i * 4 + e.number AS _row_number, h.ordered_at AS _loaded_at,
        md5_number('d' || h.i || e.status) AS _row_hash
    FROM history AS h, (VALUES (0, 'pre_transit', 600), (1, 'in_transit', 3000), (2, 'out_for_delivery', 6000),
        (3, 'delivered', 9000)) AS e(number, status, seconds)
    WHERE h.ordered_at + to_seconds(e.seconds * (1 + h.i % 13) + (h.i * 7919) % 9001) < $as_of
        AND (h.i % 500 <> 3 OR e.number < 2)
    ORDER BY h.i, e.number;
    INSERT INTO raw.scans BY NAME
    SELECT 'h' || h.i || 's' || k.number AS scan_id,
        CASE (h.i + k.number) % 9 WHEN 0 THEN 'share' ELSE 'scan' END AS kind,
        h.ordered_at + to_hours(40 + h.i % 50 + k.number) AS scanned_at, 'hx' || h.i AS box_id,
        'v' || h.i AS visitor_id,
        'instagram' AS platform,
        'scans-history' AS _file_id, h.i * 2 + k.number AS _row_number, h.ordered_at AS _loaded_at,
        md5_number('s' || h.i || k.number) AS _row_hash
    FROM history AS h, (VALUES (0), (1)) AS k(number)
    WHERE h.ordered_at + to_hours(40 + h.i % 50 + k.number) < $as_of ORDER BY h.i, k.number;
    INSERT INTO raw.returns BY NAME
    SELECT 'hr' || h.i AS return_id, 'h' || h.i AS order_id, 1 AS line_number, 1 AS quantity, 9 AS refund_amount,
        'EUR' AS currency_code, 'broken' AS reason, h.ordered_at + INTERVAL 9 DAY AS returned_at,
        'returns-history' AS _file_id, h.i AS _row_number, h.ordered_at AS _loaded_at,
        md5_number('r' || h.i) AS _row_hash
    FROM history AS h WHERE h.i % 40 = 11 AND h.ordered_at + INTERVAL 9 DAY < $as_of ORDER BY h.i;
"""
# Orders of one slice: some 2 million rows of all feeds, well within the connection's memory.
_SLICE_ORDERS = 250_000
_LEDGER = """
    INSERT INTO raw.landing_files BY NAME
    SELECT '{feed}-history' AS file_id, '{feed}-history' AS sha256, '{feed}' AS feed, 'canonical' AS source,
        '{feed}/history.csv' AS path, 0 AS bytes, count(*) AS rows_read, count(*) AS accepted, 0 AS rejected,
        0 AS duplicate, 0 AS conflicting, 'loaded' AS status, false AS is_name_reused,
        $as_of AS as_of, $as_of AS loaded_at
    FROM raw.{feed} WHERE _file_id = '{feed}-history';
    INSERT INTO raw.reconciliation
    SELECT '{feed}-history', 'accepted', {currency}, count(*), {amount} FROM raw.{feed}
    WHERE _file_id = '{feed}-history' GROUP BY ALL;
"""
_MONEY = {
    "orders": ("currency_code", "sum(quantity * unit_price - coalesce(discount_amount, 0))"),
    "deliveries": ("currency_code", "sum(cost_amount)"),
    "scans": ("NULL", "NULL"),
    "returns": ("currency_code", "sum(refund_amount)"),
}


def main() -> int:
    """Grow a folder of each size, let all of them tick in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=3, help="ticks measured of each size")
    parser.add_argument("--keep", type=Path, help="keep the data folders here")
    arguments = parser.parse_args()
    place = (arguments.keep or Path(tempfile.mkdtemp())).resolve()
    try:
        return judge(measure(place, arguments.lines, arguments.rounds))
    finally:
        if arguments.keep is None:
            shutil.rmtree(place)


def measure(place: Path, sizes: list[int], rounds: int) -> list[dict[str, float]]:
    """A row a size: its full rebuild, the median one of its ticks, and how much longer than the first size's it took.

    `growth` is the median over the rounds, each a comparison of ticks that ran one after the other.
    """
    folders = {lines: place / str(lines) for lines in sizes}
    grown = {lines: _in_own_process("grow_history", folder, lines) for lines, folder in folders.items()}
    ticks: dict[int, list[dict[str, float]]] = {lines: [] for lines in sizes}
    for number in range(rounds):
        for lines, folder in folders.items():
            ticks[lines].append(_in_own_process("measure_warm_tick", folder, lines, number))
        seconds = {lines: round(done[-1]["tick"], 1) for lines, done in ticks.items()}
        print("round", number + 1, seconds, flush=True)
    rows = []
    for lines, folder in folders.items():
        growth = median(tick["tick"] / first["tick"] for tick, first in zip(ticks[lines], ticks[sizes[0]], strict=True))
        typical = sorted(ticks[lines], key=lambda tick: tick["tick"])[rounds // 2]
        peak = {"peak_mb": max(tick["peak_mb"] for tick in ticks[lines])}
        floor = _in_own_process("measure_floor", folder)
        rows.append({"lines": lines, "growth": growth} | grown[lines] | typical | peak | floor)
        print_row(rows[-1], with_header=len(rows) == 1)
    return rows


def _in_own_process(function: str, folder: Path, *numbers: int) -> dict[str, float]:
    """What a function of this module measures, in a process that has done nothing else: its peak of memory is its own.

    Nor does it hold open a dbt project that another size has parsed.
    """
    code = f"import json, pathlib, tick; print(json.dumps(tick.{function}(pathlib.{folder!r}, *{numbers})))"
    command = [sys.executable, "-c", code]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    measured: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return measured


def grow_history(folder: Path, lines: int) -> dict[str, float]:
    """Make a data folder with a history of `lines` order lines, built and published; seconds of the `full` rebuild."""
    from pipelines.orchestration.dbt_build import build_models  # noqa: PLC0415 - seconds of import

    _land_plans(folder, lines)
    _tick(folder, NOW - 2 * HOUR)
    _insert_history(folder, lines)
    print(f"history of {lines} lines is there", file=sys.stderr)
    began = time.perf_counter()
    build_models(folder, folder / "warehouse.duckdb", folder / "dbt", folder / "logs", full_refresh=True)
    full = time.perf_counter() - began
    print(f"full rebuild {full:.1f} s", file=sys.stderr)
    _tick(folder, NOW - HOUR)
    return {"full": full}


def measure_warm_tick(folder: Path, lines: int, number: int) -> dict[str, float]:
    """The second of two ticks in this process, by stage, in seconds, and the process's peak in MB.

    `number` says how many such pairs of hours the folder has seen.
    """
    first = NOW + 2 * number * HOUR
    for hour in (first, first + HOUR):
        _land_hour(folder, hour, lines // 2)
        stages = _tick(folder, hour)
    return stages | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _tick(folder: Path, hour: datetime) -> dict[str, float]:
    """Run the tick whose as_of is `hour`; the seconds of its stages and of the whole."""
    from pipelines.orchestration.tick import run_tick  # noqa: PLC0415
    from pipelines.settings import Settings  # noqa: PLC0415

    with _timed_stages() as seconds:
        began, cpu = time.perf_counter(), time.process_time()
        run_tick(Settings(data_dir=folder, fixed_now=hour + timedelta(minutes=1)), hour - HOUR)
        seconds["tick"] = time.perf_counter() - began
        seconds["cpu"] = time.process_time() - cpu
    return seconds


@contextmanager
def _timed_stages() -> Iterator[dict[str, float]]:
    """Time what each stage calls while the body runs."""
    from pipelines.orchestration.assets import build, decide, load, publish  # noqa: PLC0415

    seconds: dict[str, float] = {}
    doors = {
        "load": (load, "load_landed"),
        "build": (build, "build_models"),
        "decide": (decide, "decide_hour"),
        "checks": (publish, "run_checks"),
        "publish": (publish, "publish_snapshot"),
    }
    originals = {name: getattr(module, function) for name, (module, function) in doors.items()}

    def timed(name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            began = time.perf_counter()
            result = originals[name](*arguments, **options)
            seconds[name] = time.perf_counter() - began
            return result

        return call

    for name, (module, function) in doors.items():
        setattr(module, function, timed(name))
    try:
        yield seconds
    finally:
        for name, (module, function) in doors.items():
            setattr(module, function, originals[name])


def measure_floor(folder: Path) -> dict[str, float]:
    """Seconds that DuckDB alone takes for the tables and tests of the last build, one after another."""
    from pipelines.warehouse.connect import connect_warehouse  # noqa: PLC0415

    compiled = {path.stem: path.read_text() for path in (folder / "dbt" / "compiled").rglob("models/**/*.sql")}
    with closing(connect_warehouse(folder / "warehouse.duckdb")) as connection:
        views = {name for (name,) in connection.execute("SELECT view_name FROM duckdb_views()").fetchall()}
        began = time.perf_counter()
        for name in sorted(compiled.keys() - views):
            connection.execute(f"CREATE OR REPLACE TEMP TABLE floor_of_a_node AS {compiled[name]}")
        return {"floor": time.perf_counter() - began}


def _land_plans(folder: Path, lines: int) -> None:
    landing = folder / "landing"
    (landing / "drops").mkdir(parents=True)
    (landing / "hubs").mkdir()
    (landing / "hubs" / "hubs.csv").write_text(_HUBS)
    for week in range(WEEKS):
        starts_at = LAST_START - (WEEKS - 1 - week) * timedelta(weeks=1)
        plan = _PLAN.format(
            drop_id=f"drop-{week:03}", week=week, starts_at=starts_at, units=max(lines // WEEKS // 3, 9000)
        )
        (landing / "drops" / f"drop-{week:03}.yaml").write_text(plan)


def _insert_history(folder: Path, lines: int) -> None:
    from pipelines.warehouse.connect import connect_warehouse, naive  # noqa: PLC0415

    orders = lines // 2
    first_at = naive(LAST_START - (WEEKS - 1) * timedelta(weeks=1))
    as_of = naive(NOW - 2 * HOUR)
    values = {
        "first_at": first_at,
        "as_of": as_of,
        "orders": orders,
        "step": (as_of - first_at) / timedelta(microseconds=1) / orders,
    }
    with closing(connect_warehouse(folder / "warehouse.duckdb")) as connection:
        for begin in range(0, orders, _SLICE_ORDERS):
            _execute(connection, _SLICE, values | {"begin": begin, "end": min(begin + _SLICE_ORDERS, orders)})
        for feed, (currency, amount) in _MONEY.items():
            _execute(connection, _LEDGER.format(feed=feed, currency=currency, amount=amount), {"as_of": as_of})
        connection.execute("CHECKPOINT")


def _execute(connection: Any, statements: str, values: dict[str, Any]) -> None:
    """Run statements one after another, each with those of the values that it names."""
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.execute(statement, {name: value for name, value in values.items() if f"${name}" in statement})


_HEADERS = {
    "orders": "order_id,line_number,sku,quantity,unit_price,currency_code,channel,status,ordered_at,updated_at,"
    "buyer_id,fulfilment,ship_latitude,ship_longitude,hub_id",
    "deliveries": "event_id,parcel_id,order_id,box_id,status,occurred_at,carrier,hub_id,cost_amount,currency_code",
    "scans": "scan_id,kind,scanned_at,box_id,visitor_id,platform",
}


def _land_hour(folder: Path, as_of: datetime, orders: int) -> None:
    """One hour's 10,000 rows: orders of the live drop, events of their parcels, scans of boxes delivered before."""
    landing = folder / "landing"
    stamp = f"{as_of:%m%d%H}"
    at = lambda number, count: f"{as_of - HOUR + number * HOUR / (count + 1):%Y-%m-%dT%H:%M:%SZ}"  # noqa: E731
    rows = {feed: [header] for feed, header in _HEADERS.items()}
    for number in range(NEW_ORDERS):
        ordered_at = at(number, NEW_ORDERS)
        for line, letter in ((1, "a"), (2, "b")):
            rows["orders"].append(
                f"n{stamp}-{number},{line},{letter}{WEEKS - 1},1,10.00,EUR,web,placed,{ordered_at},{ordered_at},"
                f"buyer{number},delivery,51.34,12.37,north"
            )
    for number in range(NEW_EVENTS):
        parcel = number % NEW_ORDERS
        status = ("pre_transit", "in_transit", "delivered")[number // NEW_ORDERS]
        rows["deliveries"].append(
            f"n{stamp}-{number},np{stamp}-{parcel},n{stamp}-{parcel},nx{stamp}-{parcel},{status},"
            f"{at(NEW_EVENTS, NEW_EVENTS)},bike,north,3.20,EUR"
        )
    # Most boxes are scanned in the days after their delivery; one in 500 lay in a cupboard for up to three years.
    for number in range(NEW_SCANS):
        box = orders * number // NEW_SCANS if number % 500 == 0 else orders - orders // 100 - number * 3
        rows["scans"].append(f"n{stamp}-{number},scan,{at(number, NEW_SCANS)},hx{box},v{number},tiktok")
    for feed, lines in rows.items():
        (landing / feed).mkdir(exist_ok=True)
        (landing / feed / f"{feed}-{stamp}.csv").write_text("\n".join(lines) + "\n")


_COLUMNS = ("full", "tick", "cpu", "load", "build", "floor", "decide", "checks", "publish", "peak_mb")


def print_row(row: dict[str, float], with_header: bool) -> None:
    """One line a size; seconds, and MB of memory.

    `dbt` is what dbt adds to its SQL (`build` less `floor`), `dagster` what stands around the stages, `gain` how many
    ticks' builds a full rebuild takes, and `growth` the tick over that of the first size.
    """
    if with_header:
        print("lines      " + "".join(f"{name:>9}" for name in (*_COLUMNS, "dbt", "dagster", "gain", "growth")))
    around = row["tick"] - sum(row[name] for name in ("load", "build", "decide", "checks", "publish"))
    figures = [row[name] for name in _COLUMNS] + [row["build"] - row["floor"], around, _gain(row)]
    print(f"{int(row['lines']):<11}" + "".join(f"{figure:9.1f}" for figure in figures) + f"{row['growth']:9.2f}")


def _gain(row: dict[str, float]) -> float:
    return row["full"] / row["build"]


def judge(rows: list[dict[str, float]]) -> int:
    """Say which marks are met; 1 if one is missed."""
    first, last = rows[0], rows[-1]
    growth, gain = last["growth"], _gain(last)
    marks = {
        f"tick at {last['lines']} lines / at {first['lines']}: {growth:.2f} (mark {MOST_GROWTH})": growth
        <= MOST_GROWTH,
        f"full rebuild / incremental at {last['lines']}: {gain:.1f} (mark {LEAST_GAIN})": gain >= LEAST_GAIN,
        f"peak memory of a tick: {last['peak_mb']:.0f} MB (mark {MOST_MEMORY_MB})": last["peak_mb"] <= MOST_MEMORY_MB,
    }
    for sentence, is_met in marks.items():
        print(("met     " if is_met else "MISSED  ") + sentence)
    return 0 if all(marks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
