"""The power is cut at any moment, under verifies and changes: of changes what was answered is there, of counts what was
on the disk, and the audit log and the store are whole.

Precisely: once a second the counters are synced, those of usage before those of limits. From outside a sync is seen by
the files' times: it is over for usage when limits are written. What was answered while so many syncs had been seen is
in the second of those that follow, if not in the first, which may have begun before."""

import os
import random
import signal
import sqlite3
import threading
import time

import pytest

from asker import Asker
from rpc import HANG, RpcError
from server import poll
from test_durability import Believer, check
from volume import Volume, needs_volume

CUTS = int(os.environ.get("POWER_CUTS", "3"))
ASKERS, BELIEVERS = 2, 2
LIMITS = {"quota": [{"period": "month", "of": "requests", "limit": 2**31}]}


class Doubter(Believer):
    """After the cut the daemon may still say that it does not know: that is no answer. Nor is one that comes after it,
    when a machine would be off: for a moment the shutdown of ext4 lets a sync succeed that never reached the disk."""

    def __init__(self, daemon, seed, believed, volume):
        super().__init__(daemon, seed, believed)
        self.volume = volume

    def call(self, method, **params):
        try:
            result = super().call(method, **params)
        except RpcError as error:
            if error.code not in ("outcome_unknown", "unavailable"):
                raise
            raise OSError from error
        if self.volume.is_cut:
            raise OSError
        return result


class Watch(threading.Thread):
    """Follows what was answered, and how much of that is on the disk for certain: `kept`, a number for each asker."""

    def __init__(self, daemon, askers):
        super().__init__(daemon=True)
        self.usage, self.limits = (daemon.data / f"{name}.counters.log" for name in ("usage", "limits"))
        self.askers = askers
        self.kept = [0] * len(askers)
        self.over = threading.Event()
        self.history = []  # of (time, answers)
        self.syncs, self.latest = 0, self.usage.stat().st_mtime_ns

    def run(self):
        answered = {}  # by syncs seen
        while not self.over.wait(0.002):
            now = [asker.answered for asker in self.askers]
            self.history.append((time.monotonic(), now))
            self.look()
            answered[self.syncs] = now
            self.kept = answered.get(self.syncs - 2, self.kept)

    def look(self):
        usage, limits = self.usage.stat().st_mtime_ns, self.limits.stat().st_mtime_ns
        if limits >= usage > self.latest:
            self.syncs, self.latest = self.syncs + 1, usage

    def behind(self, counted):
        """Seconds from the first answer that is not counted to the end."""
        lost = [at for at, now in self.history if any(n > c for n, c in zip(now, counted))]
        return self.history[-1][0] - lost[0] if lost else 0


@pytest.fixture
def volume():
    with Volume(64) as volume:
        yield volume


@needs_volume
def test_power_cuts_under_load(new_daemon, volume):
    seed = random.randrange(2**32)
    print("seed", seed)  # shown when the test fails
    chance = random.Random(seed)
    daemon = new_daemon(data=volume.path, prefix=volume.prefix).start()
    admin = daemon.connect()
    keys = [admin.call("key.create", name=f"asked {n}", **LIMITS) for n in range(ASKERS)]
    believed = [{} for _ in range(BELIEVERS)]
    behind = []
    for _ in range(CUTS):
        before = requests(daemon, keys)
        askers = [Asker(daemon, key["key"], chance.random()) for key in keys]
        believers = [Doubter(daemon, chance.random(), one, volume) for one in believed]
        watch = Watch(daemon, askers)
        kept = power_cut(daemon, volume, [*askers, *believers], watch, chance.randrange(5), chance.randrange(10000))
        daemon.start()
        check(daemon, believers)
        counted = [now - then for now, then in zip(requests(daemon, keys), before)]
        for least, one, asker in zip(kept, counted, askers):
            assert least <= one <= asker.sent, f"{least} were on the disk, {one} are counted, {asker.sent} were sent"
        behind.append(watch.behind(counted))
        assert daemon.connect().call("audit.verify")["ok"]
    print(f"counts were behind by {max(behind):.2f} s at most, {sorted(behind)[len(behind) // 2]:.2f} s in the middle")
    daemon.stop()
    database = sqlite3.connect(f"file:{daemon.data}/apikeyd.db?mode=ro", uri=True)
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()


def requests(daemon, keys):
    admin = daemon.connect()
    return [admin.call("key.get", id=key["id"])["requests"] for key in keys]


def power_cut(daemon, volume, threads, watch, syncs, answers):
    """Cuts the power so many syncs and then so many answers later; gives what was on the disk by then."""
    for thread in [watch, *threads]:
        thread.start()
    poll(lambda: watch.syncs >= syncs or any(t.unexpected for t in threads), "syncs")
    enough = sum(asker.answered for asker in watch.askers) + answers
    poll(lambda: sum(asker.answered for asker in watch.askers) >= enough or any(t.unexpected for t in threads), "answers")
    watch.over.set()
    watch.join(HANG)
    volume.cut_power()
    daemon.signal(signal.SIGKILL)
    for thread in threads:
        thread.join(HANG)
        assert thread.unexpected is None and not thread.is_alive(), thread.unexpected
    daemon.crash()
    volume.power_on()
    return watch.kept
