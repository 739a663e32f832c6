"""Usage by secret: the 100 that did most stand by themselves, all others together."""

import threading

import pytest

from rpc import RpcError
from server import open_store
from usage import HOUR, by_resource, by_secret, prefix_of, sums, used, wait_behind_fold, wait_for_fold, written

TOP = 100  # secrets of an answer that stand by themselves


def test_by_secret_of_a_key(admin, verifier):
    first = admin.call("key.create", name="k")
    second = admin.call("key.rotate", id=first["id"], grace=HOUR)
    for key, times in ((first, 2), (second, 3)):
        for _ in range(times):
            verifier.call("verify", key=key["key"])
    assert by_secret(admin, key=first["id"]) == {prefix_of(first): (2, 0, 0), prefix_of(second): (3, 0, 0)}
    assert used(admin, key=first["id"]) == (5, 0, 0)


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
    assert by_secret(admin, **long) == here | there and by_resource(admin, **long).keys() == {"other"}
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


@pytest.mark.parametrize("by,groups", [(by_secret, TOP + 1), (by_resource, 7)])
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
    with open_store(folding.data) as db:
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
        wait_behind_fold(admin)
    folding.stop()
    with open_store(folding.data) as db:
        left = db.execute("UPDATE usage_leavers SET at = at - 864000 WHERE folded").rowcount
    assert left == secrets - 16
    folding.start()
    admin = folding.connect()
    assert sums(asked(10000)["points"]) == (16, 0, 0)
