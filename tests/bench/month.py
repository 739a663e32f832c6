"""A month of usage by hour, of a store whose every key has been used: how long usage.query takes."""

import contextlib
import pathlib
import sqlite3
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from rpc import Client  # noqa: E402

HOUR, HOURS = 3600, 30 * 24
HOUR_STEP = 1  # as the store has it
PACKED = 30  # one hour in so many has its rows by key, too: all would be gigabytes, which no such query reads
QUERIES = 25


def add_month(data):
    """Rows such as a fold writes: what the store has of an hour, for each hour of the month before it."""
    with contextlib.closing(sqlite3.connect(data / "apikeyd.db")) as db, db:
        (last,) = db.execute("SELECT max(at) FROM usage WHERE step = ?", (HOUR_STEP,)).fetchone()
        for hour in range(1, HOURS):
            at = last - hour * HOUR
            db.execute(
                "INSERT OR REPLACE INTO usage SELECT step, ?, who, name, allowed, denied, units FROM usage"
                " WHERE step = ? AND at = ?", (at, HOUR_STEP, last))
            if hour % PACKED == 0:
                db.execute(
                    "INSERT OR REPLACE INTO usage_packs SELECT step, ?, page, pack FROM usage_packs"
                    " WHERE step = ? AND at = ?", (at, HOUR_STEP, last))


def query_month(load, daemon, keys):
    """Milliseconds of each query, with all counts folded, and when every key has just been verified."""
    result = {}
    with Client(daemon.admin) as client:
        since = client.call("ping")["time"] - HOURS * HOUR
        for name in ("at rest", "each just verified"):
            if name != "at rest":
                load.each_once(daemon, keys)
            times = result[name] = []
            for _ in range(QUERIES):
                begun = time.monotonic()
                points = client.call("usage.query", step="hour", **{"from": since})["points"]
                times.append((time.monotonic() - begun) * 1000)
            assert len(points) >= HOURS - 1, len(points)
    return result


def rows(queries, verdict):
    """What, value, what is asked."""
    for name, times in queries.items():
        ms = statistics.median(times)
        yield f"ms of usage.query, a month by hour, 1,000,000 keys, {name}", f"{ms:.1f}", verdict(ms, 50, at_most=True)
