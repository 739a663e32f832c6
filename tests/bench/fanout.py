"""Events and the audit log beside verifies: how long until an event has reached many subscribers, what the verifies pay
for it, and how fast the log is checked."""

import json
import pathlib
import statistics
import subprocess
import sys
import time

from servers import HANG, LOAD_CORE, pinned

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from rpc import Client  # noqa: E402

SUBSCRIBERS = 1000
EVENTS = 10  # a second
RATE = 100_000  # verifies a second
LOAD = ("--connections", 50, "--depth", 16, "--rate", RATE)
ENTRIES, PIPELINED, CHECKS = 10_000, 16, 5  # of the audit log; CONNECTION_IN_FLIGHT; times it is checked


def fan_out(build, load, daemon, keys, seconds):
    """One round: the paced load alone, then with subscribers to whom events go all the time. The reader of these yields to
    the load, with which it shares a core."""
    options = (*LOAD, "--seconds", seconds, "--warm-up", seconds / 4)
    alone = load.run(daemon, keys, *options)
    arguments = (build / "tests" / "fanout", daemon.admin, SUBSCRIBERS, EVENTS, seconds * 1.5)
    fanout = subprocess.Popen(pinned(LOAD_CORE, "nice", *arguments), stdout=subprocess.PIPE, text=True)
    crowded = load.run(daemon, keys, *options)
    events = json.loads(fanout.communicate(timeout=HANG)[0])
    return {"alone": alone, "crowded": crowded, "events": events}


def check_log(daemon):
    """Entries checked in a second."""
    client = Client(daemon.admin)
    key = client.call("key.create", name="demo")["id"]
    for at in range(0, ENTRIES, PIPELINED):
        client.pipeline([("key.update", {"id": key, "name": f"n{at + n}"}) for n in range(PIPELINED)])
    rates = []
    for _ in range(CHECKS):
        begun = time.monotonic()
        rates.append(client.call("audit.verify")["entries"] / (time.monotonic() - begun))
    client.close()
    return statistics.median(rates)


def rows(rounds, entries_a_second, verdict):
    """What, value, what is asked."""

    def median(value):
        return statistics.median(map(value, rounds))

    last = median(lambda r: r["events"]["last_ms"]["p99"])
    ratio = median(lambda r: r["crowded"]["us"]["p99"] / r["alone"]["us"]["p99"])
    share = median(lambda r: r["crowded"]["server_work"] / r["crowded"]["seconds"])
    served = median(lambda r: r["crowded"]["per_second"])
    where = f"{EVENTS} events a second to {SUBSCRIBERS:,} subscribers"
    yield f"ms until all have an event, p99, {where}", f"{last:.1f}", verdict(last, 50, at_most=True)
    yield "verifies a second meanwhile, and the daemon's share of its core", f"{served:,.0f}", f"{share:.0%}"
    yield "verify's p99 meanwhile, to that without", f"{ratio:.2f}", verdict(ratio, 1.5, at_most=True)
    yield "audit.verify, entries a second", f"{entries_a_second:,.0f}", verdict(entries_a_second, 200_000)
