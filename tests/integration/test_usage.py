"""Usage: every reply is in the sums once, by when it was given, whose it was and how it ended."""

import time

import pytest

from rpc import RpcError
from server import open_store, poll
from usage import (
    HOUR, by_code, by_resource, by_secret, points_of, resources_of, stored, sums, used, wait_behind_fold, wait_for_fold, written,
)  # fmt: skip

MOST = 2**63 - 1


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
        assert used(admin, key=key["id"]) == (1, 0, 0) and resources_of(admin, key) == {"/r": (1, 0, 0)}
        admin.call("key.delete", id=key["id"])
        folding.restart()
        admin, verifier = folding.connect(), folding.connect_verify()
        wait_behind_fold(admin)
    assert used(admin) == (3, 0, 0) and used(admin, tenant="acme") == (2, 0, 0)
    assert by_secret(admin) == {"other": (3, 0, 0)}


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
    with open_store(folding.data) as db:
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
    wait_behind_fold(admin)
    folding.stop()
    with open_store(folding.data) as db:
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
                assert by_resource(admin, **who)["/r"] == (1 + turn, 0, MOST)
            assert used(admin, key=keys[1]["id"]) == (turn, 0, 0)
            wait_for_fold(folding, since)
    folding.stop()
    assert stored(folding) == (7, 0, MOST)


def test_not_on_the_verify_socket(verifier):
    with pytest.raises(RpcError) as error:
        verifier.call("usage.query")
    assert error.value.code == "forbidden"
