"""kill -9 at any moment, under verifies and changes: no answer is taken back.

Precisely: a verify is counted before its answer is written, so of each key at least what was answered is counted, and
at most what was sent. The n-th request asks for n units, and those of a connection are served in their order: so the
units say that each was counted once. Of changes what was answered is in force, and what was not is whole or not there."""

import os
import random
import signal

from asker import Asker, units
from rpc import HANG
from server import poll
from test_durability import Believer, check

ROUNDS = int(os.environ.get("KILL_ROUNDS", "10"))
ASKERS, BELIEVERS = 3, 2
PLENTY = 2**31
LIMITS = {"rate": [{"window": 86400, "limit": PLENTY}], "quota": [{"period": "month", "of": "requests", "limit": PLENTY}]}


def counted(daemon, key):
    """What each place that counts says of a key: its card, the points of its usage, its quota (and when that ends)."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    card = admin.call("key.get", id=key["id"])
    now = admin.call("ping")["time"]
    span = {"from": now - 86400, "to": now + 60, "step": "minute"}
    points = admin.call("usage.query", key=key["id"], **span)["points"]
    assert sum(point[1] for point in points) == card["requests"]
    assert sum(point[3] for point in points) == card["units"]
    limits = verifier.call("verify", key=key["key"], dry_run=True)["limits"]
    quota = next(limit for limit in limits if "period" in limit)
    return {"requests": card["requests"], "units": card["units"], ("quota", quota["reset"]): -quota["remaining"]}


def check_counts(before, after, asker):
    """A quota that ends meanwhile is another one afterwards."""
    for what in before.keys() & after.keys():
        least, most = (units(n) if what == "units" else n for n in (asker.answered, asker.sent))
        assert least <= after[what] - before[what] <= most, f"{what}: {before} {after}, {least} to {most} were to be counted"


def test_kill_9_under_load(daemon):
    seed = random.randrange(2**32)
    print("seed", seed)  # shown when the test fails
    chance = random.Random(seed)
    admin = daemon.connect()
    keys = [admin.call("key.create", name=f"asked {n}", **LIMITS) for n in range(ASKERS)]
    before = [counted(daemon, key) for key in keys]
    believed = [{} for _ in range(BELIEVERS)]
    for _ in range(ROUNDS):
        askers = [Asker(daemon, key["key"], chance.random()) for key in keys]
        believers = [Believer(daemon, chance.random(), one) for one in believed]
        kill_9_under_load(daemon, [*askers, *believers], chance.randrange(1, 5000))
        check(daemon, believers)
        after = [counted(daemon, key) for key in keys]
        for asker, then, now in zip(askers, before, after):
            check_counts(then, now, asker)
        before = after
    assert daemon.connect().call("audit.verify")["ok"]


def kill_9_under_load(daemon, threads, enough):
    """Kills the daemon after so many answers, and starts it again."""
    for thread in threads:
        thread.start()
    poll(
        lambda: sum(getattr(t, "answered", 0) for t in threads) >= enough or any(t.unexpected for t in threads),
        "answers",
    )
    daemon.signal(signal.SIGKILL)
    for thread in threads:
        thread.join(HANG)
        assert thread.unexpected is None and not thread.is_alive(), thread.unexpected
    daemon.ended(-signal.SIGKILL)
    daemon.start()
