"""Usage is brought into the store in folds: before one, after it, after any end, each thing is counted once."""

import os
import pathlib
import signal
import threading

from rpc import Closed
from tracing import needs_strace, strace
from usage import by_code, by_resource, stored, used, wait_for_fold, written


def test_each_thing_is_counted_once_whatever_is_asked_when(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(9)]
    since = written(folding)
    for turn in range(1, 400):
        for key in keys:
            assert verifier.call("verify", key=key["key"], units=2)["valid"]
        assert used(admin) == (9 * turn, 0, 18 * turn)
        assert used(admin, tenant="default", step="minute") == (9 * turn, 0, 18 * turn)
        assert used(admin, key=keys[turn % 9]["id"], step="day") == (turn, 0, 2 * turn)
    wait_for_fold(folding, since)
    assert used(admin) == (9 * 399, 0, 18 * 399)


def test_folds_between_verifies(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="k")
    for turn in range(1, 4):
        since = written(folding)
        verifier.call("verify", key=key["key"])
        wait_for_fold(folding, since)
        for who in ({}, {"tenant": "default"}, {"key": key["id"]}):
            assert used(admin, **who) == (turn, 0, 0)
    folding.stop()
    assert stored(folding) == (3, 0, 0)
    folding.start()
    assert used(folding.connect()) == (3, 0, 0)


def test_after_kill_every_reply_is_there_once(new_daemon):
    daemon = new_daemon(config="usage_fold = 1\n").start()
    key = daemon.connect().call("key.create", name="k")
    received = sent = 0
    for length in (0.3, 1.1, 1.7, 0.9):
        verifier = daemon.connect_verify()
        timer = threading.Timer(length, daemon.signal, [signal.SIGKILL])
        timer.start()
        try:
            while True:
                sent += 1
                verifier.call("verify", key=key["key"])
                received += 1
        except (Closed, OSError):
            pass
        timer.join()
        daemon.ended(-signal.SIGKILL)
        daemon.start()
        admin = daemon.connect()
        for who in ({}, {"key": key["id"]}, {"tenant": "default"}):
            allowed, _, _ = used(admin, **who)
            assert received <= allowed <= sent
        received = sent = allowed


def count_until_folding(daemon):
    """What of each kind was counted; returns when a fold has begun to write it."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = admin.call("key.create", name="k", scopes=["a"])["key"]
    since = written(daemon)
    for n in range(20):
        assert verifier.call("verify", key=key, units=2, resource=f"/r{n % 2}")["valid"]
        assert not verifier.call("verify", key=key, scopes=["b"])["valid"]
    wait_for_fold(daemon, since)


def assert_counted_once(daemon):
    admin = daemon.connect()
    key = admin.call("key.list")["keys"][0]["id"]
    for who in ({}, {"tenant": "default"}, {"key": key}):
        assert used(admin, **who) == (20, 20, 40)
    assert by_code(admin, key=key)["scope_missing"][1] == 20
    assert by_resource(admin, key=key) == {"/r0": (10, 0, 20), "/r1": (10, 0, 20), "other": (0, 20, 0)}


def test_a_stop_within_a_fold(folding):
    count_until_folding(folding)
    folding.stop()
    folding.start()
    assert_counted_once(folding)


def thread_names(daemon):
    tasks = pathlib.Path(f"/proc/{daemon.pid}/task").iterdir()
    return {task.name: (task / "comm").read_text().strip() for task in tasks}


@needs_strace
def test_a_stop_while_a_fold_waits_for_the_disk(new_daemon):
    """The writer ends last: until then the others may give it work."""
    leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # cannot be looked for under strace
    daemon = new_daemon(config="usage_fold = 1\n", env={"ASAN_OPTIONS": leaks}).start()
    with strace(daemon, "-e", "trace=fdatasync,exit", "-e", "inject=fdatasync:delay_enter=500ms") as out:
        count_until_folding(daemon)
        names = thread_names(daemon)
        daemon.stop()
    ends = [names[line.split()[0]] for line in out.read_text().splitlines() if " exit(" in line]
    assert {"worker", "keeper"} <= set(ends[:-1]) and ends[-1] == "writer"
    daemon.start()
    assert_counted_once(daemon)
