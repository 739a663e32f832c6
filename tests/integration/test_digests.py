"""Topic usage: each second what verifies came to, exactly, for all, a tenant or a key."""

import pytest

from rpc import RpcError
from server import poll

WATCHES = 1024  # different filters at once
TOP = 10


def add(total, digest):
    assert digest["type"] == "usage.digest" and digest["seconds"] >= 1
    assert digest["verifies"] == digest["allowed"] + sum(digest["denied"].values())
    assert all(digest["denied"].values()), "only codes there were"
    total["verifies"] = total.get("verifies", 0) + digest["verifies"]
    total["allowed"] = total.get("allowed", 0) + digest["allowed"]
    for code, count in digest["denied"].items():
        total[code] = total.get(code, 0) + count
    for key in digest["top"]:
        total[key["name"]] = total.get(key["name"], 0) + key["verifies"]


def gather(watcher, verifies):
    """What all digests together say until so many verifies are told of; then one that says nothing more."""
    total, seqs, digest = {}, [], {"verifies": 0}
    while total.get("verifies", 0) < verifies or digest["verifies"]:
        digest = watcher.event()
        seqs.append(digest["seq"])
        add(total, digest)
    assert seqs == sorted(set(seqs))
    return total


@pytest.fixture
def watch(daemon):
    def subscribe(**params):
        client = daemon.connect()
        client.call("events.subscribe", **({"topics": ["usage"]} | params))
        return client

    return subscribe


def test_every_verify_is_told_once(daemon, admin, verifier, watch):
    good = admin.call("key.create", name="good")
    scoped = admin.call("key.create", name="scoped", scopes=["a"])
    watcher = watch()
    calls = [("verify", {"key": good["key"]})] * 40
    calls += [("verify", {"key": scoped["key"], "scopes": ["b"]})] * 7
    calls += [("verify", {"key": "no such key"}), ("verify", {"key": ""})]
    calls += [("verify", {"key": good["key"], "dry_run": True})] * 5
    verifier.pipeline(calls)
    assert gather(watcher, 49) == {
        "verifies": 49, "allowed": 40, "scope_missing": 7, "not_found": 1, "malformed": 1,
        "good": 40, "scoped": 7,
    }


def test_filters_tell_their_own_only(daemon, admin, verifier, watch):
    mine = admin.call("key.create", name="mine", tenant="default")
    other = admin.call("key.create", name="other", tenant="default")
    of_key, of_tenant = watch(key=mine["id"]), watch(tenant="default")
    of_both, of_nobody = watch(tenant="default", key=mine["id"]), watch(tenant="nobody")
    verifier.pipeline(
        [("verify", {"key": mine["key"]})] * 3
        + [("verify", {"key": other["key"]})] * 4
        + [("verify", {"key": "no such key"})] * 5
    )
    assert gather(of_key, 3) == {"verifies": 3, "allowed": 3, "mine": 3}
    assert gather(of_tenant, 7) == {"verifies": 7, "allowed": 7, "mine": 3, "other": 4}
    assert gather(of_both, 3) == {"verifies": 3, "allowed": 3, "mine": 3}
    of_nobody.call("ping")
    assert not of_nobody.events


def test_the_most_used_keys_are_named(daemon, admin, verifier, watch):
    keys = [admin.call("key.create", name=f"n{n}") for n in range(1, 21)]
    watcher = watch()
    verifier.pipeline(
        [("verify", {"key": key["key"]}) for n, key in enumerate(keys) for _ in range(n + 1)]
    )
    digest = watcher.event()
    assert len(digest["top"]) <= TOP
    counts = [key["verifies"] for key in digest["top"]]
    assert counts == sorted(counts, reverse=True) and counts[-1] > 0
    names = {key["id"]: key["name"] for key in keys}
    assert all(names[key["id"]] == key["name"] for key in digest["top"])


def test_two_secrets_of_a_key_are_one_key(daemon, admin, verifier, watch):
    key = admin.call("key.create", name="rotated")
    newer = admin.call("key.rotate", id=key["id"], grace=3600)
    watcher = watch()
    verifier.pipeline([("verify", {"key": text}) for text in (key["key"], newer["key"])] * 3)
    assert gather(watcher, 6)["rotated"] == 6


def test_every_topic_includes_it(daemon, admin, verifier):
    key = admin.call("key.create", name="demo")
    watcher = daemon.connect()
    watcher.call("events.subscribe")
    verifier.call("verify", key=key["key"])
    types = set()
    while "usage.digest" not in types:
        types.add(watcher.event()["type"])


def test_digests_come_between_other_events_without_a_gap(daemon, admin, verifier):
    key = admin.call("key.create", name="demo")
    watcher = daemon.connect()
    seq = watcher.call("events.subscribe")["seq"]
    told = False
    while not told:
        verifier.call("verify", key=key["key"])
        admin.call("key.update", id=key["id"], name="renamed")
        event = watcher.event()
        # its entry in the audit log has the same number
        assert event["seq"] in (seq, seq + 1)
        seq, told = event["seq"], event["type"] == "usage.digest"


def test_digests_push_nothing_out_of_what_is_kept(daemon, admin, verifier, watch):
    key = admin.call("key.create", name="demo")
    since = admin.call("events.subscribe", topics=["key"])["seq"]
    admin.call("events.unsubscribe")
    admin.call("key.update", id=key["id"], name="renamed")
    watcher = watch()
    verifier.call("verify", key=key["key"])
    digest = watcher.event()
    late = daemon.connect()
    assert late.call("events.subscribe", since=since)["seq"] >= digest["seq"]
    assert [late.event()["type"] for _ in range(2)] == ["key.updated", "audit.entry"]
    late.call("ping")
    assert not [event for event in late.events if event["seq"] <= digest["seq"]]


def test_who_leaves_makes_room(daemon, admin, verifier):
    """As many different filters as there may be, and one more."""
    watchers = [daemon.connect() for _ in range(WATCHES)]
    for n, watcher in enumerate(watchers):
        watcher.start("events.subscribe", topics=["usage"], tenant=f"t{n}")
    for watcher in watchers:
        watcher.result(watcher.msgid)
    with pytest.raises(RpcError) as error:
        admin.call("events.subscribe", topics=["usage"])
    assert error.value.code == "limit_reached"
    admin.call("events.subscribe", topics=["usage"], tenant="t5")
    admin.call("events.subscribe", topics=["key"])
    watchers[0].call("events.unsubscribe")
    admin.call("events.subscribe", topics=["usage"])
    watchers[1].call("events.subscribe", topics=["key"])
    watchers[0].call("events.subscribe", topics=["usage"], tenant="new")
    watchers[2].close()

    def subscribed():
        try:
            return watchers[1].call("events.subscribe", topics=["usage"], tenant="newer")
        except RpcError:
            return None

    poll(subscribed, "room after a connection has gone")
    verifier.call("verify", key="no such key")
    assert admin.event()["denied"] == {"not_found": 1}
