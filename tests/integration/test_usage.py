"""Usage: every reply is in the sums once, at every moment: before a fold, after it, after any end."""

import contextlib
import os
import pathlib
import signal
import sqlite3
import threading
import time

import pytest

from rpc import Closed, RpcError
from server import poll
from tracing import needs_strace, strace

HOUR = 3600
MOST = 2**63 - 1
TOP = 100  # secrets of an answer that stand by themselves


@pytest.fixture
def folding(new_daemon):
    """A daemon that folds each second."""
    return new_daemon(config="usage_fold = 1\n").start()


def points_of(client, **params):
    return client.call("usage.query", **params)["points"]


def sums(points):
    return tuple(sum(p[i] for p in points) for i in (1, 2, 3))


def used(client, **params):
    return sums(points_of(client, **params))


def stored(daemon):
    """Sums of the day rows of all, of a daemon that has ended."""
    with contextlib.closing(sqlite3.connect(daemon.data / "apikeyd.db")) as db:
        return db.execute(
            "SELECT coalesce(sum(allowed), 0), coalesce(sum(denied), 0), coalesce(sum(units), 0) "
            "FROM usage WHERE step = 2 AND who = '*'"
        ).fetchone()


def written(daemon):
    """When the store was last written to."""
    return (daemon.data / "apikeyd.db-wal").stat().st_mtime_ns


def wait_for_fold(daemon, since):
    """Until something has been written since; taken before a verify, that is its fold."""
    poll(lambda: written(daemon) != since, "a fold")


def test_nothing_yet(admin):
    assert admin.call("usage.query") == {"step": "hour", "points": []}
    key = admin.call("key.create", name="demo")
    assert admin.call("usage.query", key=key["id"], by="secret") == {"step": "hour", "groups": {}}


@pytest.mark.parametrize("step,seconds", [("minute", 60), ("hour", HOUR), ("day", 86400)])
def test_points_are_of_their_step(admin, verifier, step, seconds):
    key = admin.call("key.create", name="demo")
    before = admin.call("ping")["time"]
    for _ in range(3):
        verifier.call("verify", key=key["key"], units=5)
    verifier.call("verify", key=key["key"], scopes=["no"], units=7)
    verifier.call("verify", key=key["key"], dry_run=True)
    for who in ({"key": key["id"]}, {"key": key["key"].rpartition("_")[0]}, {"tenant": "default"}, {}):
        answer = admin.call("usage.query", step=step, **who)
        assert answer["step"] == step and sums(answer["points"]) == (3, 1, 15)
        for at, *_ in answer["points"]:
            # what a fold at the turn of a minute finds is of the one before
            assert at % seconds == 0 and before - 60 - seconds < at <= admin.call("ping")["time"]
    assert points_of(admin, tenant="other", step=step) == []


def by_code(client, **who):
    groups = client.call("usage.query", by="code", **who)["groups"]
    return {code: sums(points) for code, points in groups.items()}


def test_by_code(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="demo", rate=[{"window": 3600, "limit": 2}])
    other = admin.call("key.create", name="other")
    admin.call("key.revoke", id=other["id"])
    for turn in range(1, 4):
        since = written(folding)
        for _ in range(3):
            verifier.call("verify", key=key["key"], units=4)
            verifier.call("verify", key=other["key"])
        verifier.call("verify", key=key["key"], scopes=["no"])
        limited = 3 * turn - 2
        of_key = {"ok": (2, 0, 8), "rate_limited": (0, limited, 0), "scope_missing": (0, turn, 0)}
        of_all = of_key | {"revoked": (0, 3 * turn, 0)}
        for _ in ("as it was counted", "as it is in the store"):
            assert by_code(admin, key=key["id"]) == of_key
            assert by_code(admin, key=other["id"]) == {"revoked": (0, 3 * turn, 0)}
            assert by_code(admin) == by_code(admin, tenant="default") == of_all
            assert by_code(admin, tenant="other") == {}
            assert used(admin) == (2, limited + 4 * turn, 8)
            wait_for_fold(folding, since)
    folding.kill9()
    folding.start()
    admin = folding.connect()
    assert by_code(admin, key=key["id"]) == of_key
    assert by_code(admin) == of_all


def by_resource(client, key):
    """By name; all together are what is answered without `by`."""
    groups = client.call("usage.query", by="resource", key=key["id"])["groups"]
    groups = {name: sums(points) for name, points in groups.items()}
    assert tuple(map(sum, zip(*groups.values()))) in ((), used(client, key=key["id"]))
    return groups


def test_by_resource(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key, other = (admin.call("key.create", name=name, scopes=["a"]) for name in ("demo", "other"))
    long = "ü" * 128  # 256 bytes, as many as there may be
    for turn in range(1, 4):
        since = written(folding)
        verifier.call("verify", key=key["key"], resource="/users", units=4)
        verifier.call("verify", key=key["key"], resource="/users", scopes=["b"])
        verifier.call("verify", key=key["key"], resource="/users", dry_run=True)
        verifier.call("verify", key=key["key"], resource=long)
        verifier.call("verify", key=key["key"], units=7)  # for none
        verifier.call("verify", key=other["key"], resource="/users")
        of_key = {"/users": (turn, turn, 4 * turn), long: (turn, 0, 0), "other": (turn, 0, 7 * turn)}
        for _ in ("as it was counted", "as it is in the store"):
            assert by_resource(admin, key) == of_key
            assert by_resource(admin, other) == {"/users": (turn, 0, 0)}
            wait_for_fold(folding, since)
    folding.kill9()
    folding.start()
    assert by_resource(folding.connect(), key) == of_key
    folding.connect_verify().call("verify", key=key["key"], resource="/users")
    assert by_resource(folding.connect(), key)["/users"] == (4, 3, 12)


def by_resource_of_many(client, **who):
    """None is less than nothing, and all together are what is answered without `by`."""
    groups = client.call("usage.query", by="resource", **who)["groups"]
    assert all(n >= 0 for points in groups.values() for point in points for n in point)
    return {name: sums(points) for name, points in groups.items()}


def test_by_resource_of_many(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    assert by_resource_of_many(admin) == by_resource_of_many(admin, tenant="none") == {}
    admin.call("tenant.create", name="acme")
    keys = [admin.call("key.create", name="k", scopes=["a"]) for _ in range(3)]
    alien = admin.call("key.create", name="k", scopes=["a"], tenant="acme")
    for turn in range(1, 4):
        since = written(folding)
        for key in [*keys, alien]:
            verifier.call("verify", key=key["key"], resource="/users", units=4)
            verifier.call("verify", key=key["key"], resource="/users", scopes=["b"])
        verifier.call("verify", key=keys[0]["key"], resource="/only")
        verifier.call("verify", key=keys[1]["key"], resource="/" * 256)
        verifier.call("verify", key=keys[2]["key"], units=9)  # for none
        verifier.call("verify", key=alien["key"], resource="other")  # is not to be told from the rest
        here = {
            "/users": (3 * turn, 3 * turn, 12 * turn),
            "/only": (turn, 0, 0),
            "/" * 256: (turn, 0, 0),
            "other": (turn, 0, 9 * turn),
        }
        there = {"/users": (turn, turn, 4 * turn), "other": (turn, 0, 0)}
        both = {"/users": (4 * turn, 4 * turn, 16 * turn), "other": (2 * turn, 0, 9 * turn)}
        for _ in ("as it was counted", "as it is in the store"):
            for step in ("minute", "hour", "day"):
                assert by_resource_of_many(admin, step=step, tenant="default") == here
                assert by_resource_of_many(admin, step=step, tenant="acme") == there
                assert by_resource_of_many(admin, step=step) == here | both
            wait_for_fold(folding, since)
    assert by_resource_of_many(admin, **{"from": 86400, "to": 90000}) == {}
    admin.call("key.delete", id=keys[0]["id"])
    assert by_resource_of_many(admin, tenant="default") == here
    folding.kill9()
    folding.start()
    admin = folding.connect()
    assert by_resource_of_many(admin, tenant="default") == here
    assert by_resource_of_many(admin) == here | both


@pytest.mark.parametrize("more", [0, 1, 60])
def test_resources_past_the_64th_of_many_are_one(folding, more):
    """Those of the most verifies stand by themselves, whoever asked for them, in the store or not."""
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(4)]
    names = [f"/{n:03}" for n in range(64 + more)]
    for n, name in enumerate(names):
        for _ in range(1 + (n >= more)):
            verifier.call("verify", key=keys[n % 4]["key"], resource=name, units=2)
    wanted = {name: (2, 0, 4) for name in names[more:]} | ({"other": (more, 0, 2 * more)} if more else {})
    for _ in ("as it was counted", "as it is in the store"):
        assert by_resource_of_many(admin) == by_resource_of_many(admin, tenant="default") == wanted
        folding.stop()
        folding.start()
        admin = folding.connect()


@pytest.mark.parametrize("names", [2047, 2048, 2049, 8192, 8193, 20000])
def test_more_names_than_are_read_or_kept_at_once(folding, names):
    """2048 rows are read at once, and 8192 names are told apart; the 64 that did most are found all the same."""
    folding.stop()
    at = int(time.time()) // HOUR * HOUR
    most = set(range(0, names, names // 64)[:64])
    with contextlib.closing(sqlite3.connect(folding.data / "apikeyd.db")) as db, db:
        rows = [(1, at, "#*", f"/{n:05}", 101 if n in most else 1, 0, 2) for n in range(names)]
        total = (1, at, "*", "", sum(row[4] for row in rows), 0, 2 * names)
        db.executemany("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?)", [*rows, total])
    folding.start()
    wanted = {f"/{n:05}": (101, 0, 2) for n in most} | {"other": (names - 64, 0, 2 * (names - 64))}
    assert by_resource_of_many(folding.connect()) == wanted


def test_resources_that_come_too_fast_to_be_named_are_in_the_rest(folding):
    """So that the sum is right, however many there are at once."""
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(20)]
    calls = [("verify", {"key": key["key"], "resource": f"/{n}"}) for key in keys for n in range(60)]
    verifier.pipeline(calls)
    groups = by_resource_of_many(admin)
    assert sum(allowed for allowed, _, _ in groups.values()) == len(calls) == used(admin)[0]
    for key in keys:
        assert sum(allowed for allowed, _, _ in by_resource(admin, key).values()) == 60


@pytest.mark.parametrize("names", [64, 65, 70])
def test_resources_past_the_64th_are_one(folding, names):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="demo")
    for _ in range(2):
        for n in range(names):
            verifier.call("verify", key=key["key"], resource=f"/{n}")
    wanted = {f"/{n}": (2, 0, 0) for n in range(64)} | ({"other": (2 * (names - 64), 0, 0)} if names > 64 else {})
    assert by_resource(admin, key) == wanted
    folding.stop()
    folding.start()
    assert by_resource(folding.connect(), key) == wanted


@pytest.mark.parametrize("more", [24, 25, 60])
def test_resources_past_the_64th_of_a_key_are_one(folding, more):
    """Whichever of its secrets they came by, before and after they are in the store."""
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="demo")
    for n in range(40):
        verifier.call("verify", key=key["key"], resource=f"/{n}")
    rotated = admin.call("key.rotate", id=key["id"], grace=0)
    for n in range(40 - 5, 40 + more):  # five that are known
        verifier.call("verify", key=rotated["key"], resource=f"/{n}")
    for _ in ("as it was counted", "as it is in the store"):
        groups = by_resource(admin, key)
        assert {f"/{n}": (1 + (n >= 35), 0, 0) for n in range(40)}.items() <= groups.items()
        assert len(groups.keys() - {"other"}) == 64
        assert groups.get("other", (0, 0, 0)) == (more - 24, 0, 0)
        folding.stop()
        folding.start()
        admin = folding.connect()


def test_resources_of_a_secret_that_is_gone_stay_with_its_key(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="demo")
    for _ in range(18):  # past the 16 secrets of a key the oldest is forgotten
        verifier.call("verify", key=key["key"], resource="/r")
        key |= admin.call("key.rotate", id=key["id"], grace=0)
    assert by_resource(admin, key) == {"/r": (18, 0, 0)}
    assert used(admin, key=key["id"]) == (18, 0, 0)
    new = admin.call("key.create", name="new")
    verifier.call("verify", key=new["key"], resource="/s")
    since = written(folding)
    verifier.call("verify", key=new["key"], resource="/s")
    wait_for_fold(folding, since)
    assert by_resource(admin, new) == {"/s": (2, 0, 0)}
    assert by_resource(admin, key) == {"/r": (18, 0, 0)}


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
    codes = admin.call("usage.query", key=key, by="code")["groups"]
    resources = admin.call("usage.query", key=key, by="resource")["groups"]
    assert sums(codes["scope_missing"])[1] == 20
    named = {name: sums(points) for name, points in resources.items()}
    assert named == {"/r0": (10, 0, 20), "/r1": (10, 0, 20), "other": (0, 20, 0)}


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


def test_what_a_deleted_key_counted_stays(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(4)]
    for turn, key in enumerate(keys):
        since = written(folding)
        verifier.call("verify", key=key["key"])
        if turn % 2:
            wait_for_fold(folding, since)
            verifier.call("verify", key=key["key"])
        admin.call("key.delete", id=key["id"])
        with pytest.raises(RpcError) as error:
            admin.call("usage.query", key=key["id"])
        assert error.value.code == "not_found"
    assert used(admin) == used(admin) == (6, 0, 0)
    folding.kill9()
    folding.start()
    admin, verifier = folding.connect(), folding.connect_verify()
    assert used(admin) == used(admin) == (6, 0, 0)
    fresh = [admin.call("key.create", name="k") for _ in range(6)]
    assert used(admin) == used(admin) == (6, 0, 0)
    for key in fresh:
        verifier.call("verify", key=key["key"])
    assert used(admin) == used(admin) == (12, 0, 0)
    assert used(admin, key=fresh[0]["id"]) == (1, 0, 0)


def test_a_key_that_comes_again_begins_anew(folding):
    """Deleted and imported again, it has the same prefix, and its counters lie where they lay."""
    admin, verifier = folding.connect(), folding.connect_verify()
    admin.call("tenant.create", name="acme")
    text = "legacy-0123456789-abcdef"
    for turn, tenant in enumerate(("default", "acme", "acme")):
        key = admin.call("key.import", name="k", plaintext=text, prefix="again", tenant=tenant)
        for by in ({}, {"by": "secret"}, {"by": "resource"}):
            for step in ("minute", "hour", "day"):
                answer = admin.call("usage.query", key=key["id"], step=step, **by)
                assert not answer.get("points") and not answer.get("groups"), turn
        since = written(folding)
        verifier.call("verify", key=text, resource="/r")
        wait_for_fold(folding, since)
        assert used(admin, key=key["id"]) == (1, 0, 0) and by_resource(admin, key) == {"/r": (1, 0, 0)}
        admin.call("key.delete", id=key["id"])
        folding.restart()
        admin, verifier = folding.connect(), folding.connect_verify()
        for _ in ("secrets", "resources", "leavers"):  # behind the fold of the start
            used(admin)
    assert used(admin) == (3, 0, 0) and used(admin, tenant="acme") == (2, 0, 0)
    assert by_secret(admin) == {"other": (3, 0, 0)}


def test_by_secret(admin, verifier):
    first = admin.call("key.create", name="k")
    second = admin.call("key.rotate", id=first["id"], grace=HOUR)
    for key, times in ((first, 2), (second, 3)):
        for _ in range(times):
            verifier.call("verify", key=key["key"])
    prefixes = [k["key"].rpartition("_")[0] for k in (first, second)]
    groups = admin.call("usage.query", key=first["id"], by="secret")["groups"]
    assert {name: sums(points) for name, points in groups.items()} == {
        prefixes[0]: (2, 0, 0),
        prefixes[1]: (3, 0, 0),
    }
    assert used(admin, key=first["id"]) == (5, 0, 0)


def by_secret(client, **who):
    """Sums by secret; points of groups are in order, and none is less than nothing."""
    groups = client.call("usage.query", by="secret", **who)["groups"]
    assert all(n >= 0 for points in groups.values() for point in points for n in point)
    return {name: sums(points) for name, points in groups.items()}


def prefix_of(key):
    return key["key"].rpartition("_")[0]


def test_by_secret_of_many(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    assert by_secret(admin) == by_secret(admin, tenant="default") == by_secret(admin, tenant="none") == {}
    admin.call("tenant.create", name="acme")
    first = admin.call("key.create", name="k")
    second = admin.call("key.rotate", id=first["id"], grace=HOUR)
    alien = admin.call("key.create", name="k", tenant="acme")
    admin.call("key.create", name="unused")
    for turn in range(1, 4):
        since = written(folding)
        for key, times in ((first, 2), (second, 3), (alien, 1)):
            for _ in range(times):
                verifier.call("verify", key=key["key"], units=5)
            verifier.call("verify", key=key["key"], scopes=["no"])
        here = {prefix_of(key): (n * turn, turn, 5 * n * turn) for key, n in ((first, 2), (second, 3))}
        there = {prefix_of(alien): (turn, turn, 5 * turn)}
        for _ in ("as it was counted", "as it is in the store"):
            for step in ("minute", "hour", "day"):
                assert by_secret(admin, step=step) == here | there
                assert by_secret(admin, step=step, tenant="default") == here
                assert by_secret(admin, step=step, tenant="acme") == there
            wait_for_fold(folding, since)
    earlier = {"from": 86400, "to": 90000}
    assert by_secret(admin, **earlier) == {}
    long = {"step": "minute", "from": admin.call("ping")["time"] - 60 * 9000}  # more packs than are read at once
    assert by_secret(admin, **long) == here | there and by_resource_of_many(admin, **long).keys() == {"other"}
    folding.kill9()
    folding.start()
    assert by_secret(folding.connect()) == here | there


@pytest.mark.parametrize("secrets", [TOP, TOP + 1, TOP + 30])
def test_secrets_past_the_100th_are_one(folding, secrets):
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(secrets)]
    most = set(range(secrets)) - set(range(0, 2 * (secrets - TOP), 2))  # not the first, nor the last, of the slots
    for n, key in enumerate(keys):
        for _ in range(1 + (n in most)):
            verifier.call("verify", key=key["key"], units=2)
    wanted = {prefix_of(keys[n]): (2, 0, 4) for n in most}
    if secrets > TOP:
        wanted["other"] = (secrets - TOP, 0, 2 * (secrets - TOP))
    for _ in ("as it was counted", "as it is in the store"):
        assert by_secret(admin) == by_secret(admin, tenant="default") == wanted
        assert [*by_secret(admin)][TOP:] == ["other"][: secrets - TOP]
        folding.stop()
        folding.start()
        admin = folding.connect()


def test_by_secret_what_is_gone_is_other(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    left, gone = (admin.call("key.create", name="k") for _ in range(2))
    for key in (left, gone):
        verifier.call("verify", key=key["key"], units=3)
    assert by_secret(admin) == {prefix_of(key): (1, 0, 3) for key in (left, gone)}
    since = written(folding)
    admin.call("key.delete", id=gone["id"])
    rest = {prefix_of(left): (1, 0, 3), "other": (1, 0, 3)}
    assert by_secret(admin) == rest
    wait_for_fold(folding, since)
    assert by_secret(admin) == rest
    folding.stop()
    folding.start()
    admin, verifier = folding.connect(), folding.connect_verify()
    new = admin.call("key.create", name="k")  # in the slot of the one that is gone
    verifier.call("verify", key=new["key"])
    assert by_secret(admin) == by_secret(admin, tenant="default") == rest | {prefix_of(new): (1, 0, 0)}


@pytest.mark.parametrize("by,groups", [(by_secret, TOP + 1), (by_resource_of_many, 7)])
def test_sums_over_groups_are_those_of_all_at_every_moment(folding, by, groups):
    """Whoever asks meanwhile: each answer lies between those before and after it."""
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(3 * 64)]  # three pages, the last with none that did most
    done = threading.Event()

    def verify_all():
        while not done.is_set():
            verifier.pipeline(
                [("verify", {"key": key["key"], "units": 2, "resource": f"/{n % 7}"}) for n, key in enumerate(keys)]
            )

    def in_all(**who):
        return tuple(map(sum, zip(*by(admin, **who).values()))) or (0, 0, 0)

    thread = threading.Thread(target=verify_all)
    thread.start()
    try:
        before, folds, since = (0, 0, 0), 0, written(folding)
        while folds < 5:
            for who in ({"step": "minute"}, {"tenant": "default"}):
                between, after = in_all(**who), used(admin, **who)
                assert all(b <= x <= a for b, x, a in zip(before, between, after))  # units are counted a moment later
                before = after
            folds, since = folds + (written(folding) != since), written(folding)
    finally:
        done.set()
        thread.join()
    allowed, _, units = in_all()
    assert in_all() == used(admin) and units == 2 * allowed and len(by(admin)) == groups


def test_surveys_wait_for_each_other(daemon, admin, verifier):
    """There is one at a time, in bites; changes and their ends go ahead."""
    keys = [admin.call("key.create", name="k") for _ in range(3)]
    for key in keys:
        verifier.call("verify", key=key["key"])
    wanted = {prefix_of(key): (1, 0, 0) for key in keys}
    clients = [daemon.connect() for _ in range(20)]
    for turn in range(5):
        for client in clients:
            client.start("usage.query", by="secret")
        clients.pop().close()  # nobody waits for that one
        admin.call("key.update", id=keys[0]["id"], notes=str(turn))
        for client in clients:
            answer = client.result(client.msgid)["groups"]
            assert {name: sums(points) for name, points in answer.items()} == wanted


def test_groups_go_with_the_sums_that_are_pruned(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="k")
    since = written(folding)
    verifier.call("verify", key=key["key"])
    wait_for_fold(folding, since)
    folding.stop()
    with contextlib.closing(sqlite3.connect(folding.data / "apikeyd.db")) as db, db:
        db.execute("DELETE FROM usage WHERE step = 1")
    folding.start()
    admin = folding.connect()
    assert used(admin) == (0, 0, 0) and by_secret(admin) == {}
    assert by_secret(admin, step="day") == {prefix_of(key): (1, 0, 0)}


def test_too_many_steps_of_too_many_secrets(admin):
    """A page is of 64 slots, and 65536 pages times steps are looked at."""
    for _ in range(6 * 64 + 1):
        admin.call("key.create", name="k")
    to, most = 60 * 10**7, 65536 // 7
    span = {"step": "minute", "by": "secret", "to": to}
    assert admin.call("usage.query", **span, **{"from": to - 60 * (most - 1)})["groups"] == {}
    for who in ({}, {"tenant": "default"}):
        with pytest.raises(RpcError) as error:
            admin.call("usage.query", **span, **who, **{"from": to - 60 * most})
        assert error.value.code == "invalid_argument" and "step" in str(error.value)


def test_too_many_steps_of_too_many_secrets_of_a_key(folding):
    """262144 are looked at, with all who have used it: who went before has no part in it."""
    admin, verifier = folding.connect(), folding.connect_verify()
    key, secrets = admin.call("key.create", name="k"), 41
    ref = key["id"]
    for n in range(secrets):
        key = admin.call("key.rotate", id=ref, grace=0) if n else key
        verifier.call("verify", key=key["key"])
    to, most = admin.call("ping")["time"] + 600, 262144 // secrets

    def asked(steps, **params):
        return admin.call("usage.query", key=ref, step="minute", to=to, **params, **{"from": to - 60 * (steps - 1)})

    def refused(steps, **params):
        with pytest.raises(RpcError) as error:
            asked(steps, **params)
        return error.value.code == "invalid_argument" and "step" in str(error.value)

    for _ in ("as it was counted", "as it is in the store"):
        for by in ({}, {"by": "code"}, {"by": "secret"}, {"by": "resource"}):
            assert refused(most + 1, **by) and asked(most, **by)
        assert sums(asked(most)["points"]) == used(admin, key=ref) == (secrets, 0, 0)
        folding.restart()
        admin = folding.connect()
        for _ in ("secrets", "resources", "leavers"):  # behind the fold of the start
            used(admin)
    folding.stop()
    with contextlib.closing(sqlite3.connect(folding.data / "apikeyd.db")) as db, db:
        left = db.execute("UPDATE usage_leavers SET at = at - 864000 WHERE folded").rowcount
    assert left == secrets - 16
    folding.start()
    admin = folding.connect()
    assert sums(asked(10000)["points"]) == (16, 0, 0)


def test_secrets_that_are_gone_are_in_the_sums(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="k")
    ref = key["id"]
    for turn in range(1, 25):
        since = written(folding)
        assert verifier.call("verify", key=key["key"])["valid"]
        assert used(admin, key=ref) == used(admin) == (turn, 0, 0)
        key = admin.call("key.rotate", id=ref, grace=0)
    groups = admin.call("usage.query", key=ref, by="secret")["groups"]
    assert len(groups) == 24 and all(sums(points) == (1, 0, 0) for points in groups.values())
    wait_for_fold(folding, since)
    assert used(admin, key=ref) == used(admin) == (24, 0, 0)


def test_what_is_too_old_is_pruned(folding):
    folding.stop()
    now = int(time.time())
    ages = (1, 3, 89, 91, 1094, 1097)
    with contextlib.closing(sqlite3.connect(folding.data / "apikeyd.db")) as db, db:
        for step, seconds in enumerate((60, HOUR, 86400)):
            for age in ages:
                for who in range(300):
                    at = (now - age * 86400) // seconds * seconds
                    db.execute("INSERT INTO usage VALUES (?, ?, ?, '', 1, 0, 0)", (step, at, f"@t{who}"))
    folding.start()
    admin = folding.connect()
    left = [("minute", 1), ("hour", 3), ("day", 5)]

    def ages_left(tenant):
        times = [now - age * 86400 for age in ages]
        return [
            sum(bool(points_of(admin, tenant=tenant, step=step, **{"from": at, "to": at})) for at in times)
            for step, _ in left
        ]

    for tenant in ("t0", "t299"):
        poll(lambda: ages_left(tenant) == [n for _, n in left], "the pruning")


@pytest.mark.parametrize("params,word", [
    ({"key": "k_1", "tenant": "default"}, "tenant"),
    ({"by": "key"}, "by"),
    ({"step": "second"}, "step"),
    ({"from": 100, "to": 99}, "from"),
    ({"from": 0, "step": "minute"}, "step"),
    ({"from": -1}, "from"),
    ({"colour": 1}, "colour"),
])
def test_what_cannot_be_asked(admin, params, word):
    with pytest.raises(RpcError) as error:
        admin.call("usage.query", **params)
    assert error.value.code == "invalid_argument" and word in str(error.value)


def test_units_past_the_largest_number_stop_nothing(folding):
    """Whoever has a key names what units they like: the sum stays at the most, and what others do is told as ever."""
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(2)]
    since = written(folding)
    verifier.call("verify", key=keys[0]["key"], units=1, resource="/r")
    wait_for_fold(folding, since)
    for _ in ("secrets", "resources", "leavers"):  # behind each stage of that fold
        used(admin)
    folding.stop()
    with contextlib.closing(sqlite3.connect(folding.data / "apikeyd.db")) as db, db:
        db.execute("UPDATE usage SET units = ?", (MOST - 10**12,))
    folding.start()
    admin, verifier = folding.connect(), folding.connect_verify()
    for turn in range(1, 4):
        since = written(folding)
        verifier.call("verify", key=keys[0]["key"], units=10**12, resource="/r")
        verifier.call("verify", key=keys[1]["key"])
        for _ in ("as it was counted", "as it is in the store"):
            for who in ({}, {"tenant": "default"}):
                assert used(admin, **who) == (1 + 2 * turn, 0, MOST)
                assert by_resource_of_many(admin, **who)["/r"] == (1 + turn, 0, MOST)
            assert used(admin, key=keys[1]["id"]) == (turn, 0, 0)
            wait_for_fold(folding, since)
    folding.stop()
    assert stored(folding) == (7, 0, MOST)


def test_not_on_the_verify_socket(verifier):
    with pytest.raises(RpcError) as error:
        verifier.call("usage.query")
    assert error.value.code == "forbidden"
