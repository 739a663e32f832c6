"""Usage by what was asked for: the 64 that did most stand by themselves, all others together."""

import time

import pytest

from server import open_store
from usage import HOUR, by_resource, resources_of, used, wait_for_fold, written


def test_by_resource_of_a_key(folding):
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
            assert resources_of(admin, key) == of_key
            assert resources_of(admin, other) == {"/users": (turn, 0, 0)}
            wait_for_fold(folding, since)
    folding.kill9()
    folding.start()
    assert resources_of(folding.connect(), key) == of_key
    folding.connect_verify().call("verify", key=key["key"], resource="/users")
    assert resources_of(folding.connect(), key)["/users"] == (4, 3, 12)


def test_by_resource(folding):
    admin, verifier = folding.connect(), folding.connect_verify()
    assert by_resource(admin) == by_resource(admin, tenant="none") == {}
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
                assert by_resource(admin, step=step, tenant="default") == here
                assert by_resource(admin, step=step, tenant="acme") == there
                assert by_resource(admin, step=step) == here | both
            wait_for_fold(folding, since)
    assert by_resource(admin, **{"from": 86400, "to": 90000}) == {}
    admin.call("key.delete", id=keys[0]["id"])
    assert by_resource(admin, tenant="default") == here
    folding.kill9()
    folding.start()
    admin = folding.connect()
    assert by_resource(admin, tenant="default") == here
    assert by_resource(admin) == here | both


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
        assert by_resource(admin) == by_resource(admin, tenant="default") == wanted
        folding.stop()
        folding.start()
        admin = folding.connect()


@pytest.mark.parametrize("names", [2047, 2048, 2049, 8192, 8193, 20000])
def test_more_names_than_are_read_or_kept_at_once(folding, names):
    """2048 rows are read at once, and 8192 names are told apart; the 64 that did most are found all the same."""
    folding.stop()
    at = int(time.time()) // HOUR * HOUR
    most = set(range(0, names, names // 64)[:64])
    with open_store(folding.data) as db:
        rows = [(1, at, "#*", f"/{n:05}", 101 if n in most else 1, 0, 2) for n in range(names)]
        total = (1, at, "*", "", sum(row[4] for row in rows), 0, 2 * names)
        db.executemany("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?)", [*rows, total])
    folding.start()
    wanted = {f"/{n:05}": (101, 0, 2) for n in most} | {"other": (names - 64, 0, 2 * (names - 64))}
    assert by_resource(folding.connect()) == wanted


def test_resources_that_come_too_fast_to_be_named_are_in_the_rest(folding):
    """So that the sum is right, however many there are at once."""
    admin, verifier = folding.connect(), folding.connect_verify()
    keys = [admin.call("key.create", name="k") for _ in range(20)]
    calls = [("verify", {"key": key["key"], "resource": f"/{n}"}) for key in keys for n in range(60)]
    verifier.pipeline(calls)
    groups = by_resource(admin)
    assert sum(allowed for allowed, _, _ in groups.values()) == len(calls) == used(admin)[0]
    for key in keys:
        assert sum(allowed for allowed, _, _ in resources_of(admin, key).values()) == 60


@pytest.mark.parametrize("names", [64, 65, 70])
def test_resources_past_the_64th_are_one(folding, names):
    admin, verifier = folding.connect(), folding.connect_verify()
    key = admin.call("key.create", name="demo")
    for _ in range(2):
        for n in range(names):
            verifier.call("verify", key=key["key"], resource=f"/{n}")
    wanted = {f"/{n}": (2, 0, 0) for n in range(64)} | ({"other": (2 * (names - 64), 0, 0)} if names > 64 else {})
    assert resources_of(admin, key) == wanted
    folding.stop()
    folding.start()
    assert resources_of(folding.connect(), key) == wanted


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
        groups = resources_of(admin, key)
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
    assert resources_of(admin, key) == {"/r": (18, 0, 0)}
    assert used(admin, key=key["id"]) == (18, 0, 0)
    new = admin.call("key.create", name="new")
    verifier.call("verify", key=new["key"], resource="/s")
    since = written(folding)
    verifier.call("verify", key=new["key"], resource="/s")
    wait_for_fold(folding, since)
    assert resources_of(admin, new) == {"/s": (2, 0, 0)}
    assert resources_of(admin, key) == {"/r": (18, 0, 0)}
