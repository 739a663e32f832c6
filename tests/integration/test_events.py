"""events.subscribe: what happens arrives once, in order, numbered; what is lost shows as a gap."""

import threading

import pytest

from rpc import HANG, RpcError
from server import poll

KEPT = 1024  # events that `since` can still reach


@pytest.fixture
def watcher(daemon):
    """A subscribed connection; .seq is what the subscription said."""
    client = daemon.connect()
    client.seq = client.call("events.subscribe", topics=["key"])["seq"]
    return client


def life(admin):
    """Every kind of change to one key; returns its id."""
    key_id = admin.call("key.create", name="demo")["id"]
    admin.call("key.update", id=key_id, name="renamed")
    for method in ("key.disable", "key.enable", "key.revoke", "key.delete"):
        admin.call(method, id=key_id)
    return key_id


TYPES = ["key.created", "key.updated", "key.disabled", "key.enabled", "key.revoked", "key.deleted"]


def test_a_whole_life(admin, watcher):
    key_id = life(admin)
    events = [watcher.event() for _ in TYPES]
    assert [event["type"] for event in events] == TYPES
    assert [event["seq"] for event in events] == list(range(watcher.seq + 1, watcher.seq + 7))
    assert all(event["key"] == key_id for event in events)
    now = admin.call("ping")["time"]
    assert all(now - HANG <= event["at"] <= now for event in events)


def test_an_event_follows_the_change_it_tells_of(admin, watcher):
    """Whoever is told can see it."""
    reader = admin
    other_id = admin.call("key.create", name="demo")["id"]
    assert watcher.event()["type"] == "key.created"
    for method, status in (
        ("key.disable", "disabled"),
        ("key.enable", "active"),
        ("key.revoke", "revoked"),
    ):
        admin.start(method, id=other_id)
        assert watcher.event()["key"] == other_id
        assert reader.call("key.get", id=other_id)["status"] == status


def test_no_secret_in_an_event(admin, watcher):
    key = admin.call("key.create", name="demo", request_id="r")
    assert key["key"][-38:] not in repr(watcher.event())


def test_what_changes_nothing_is_no_event(daemon, admin, watcher):
    key = admin.call("key.create", name="demo", request_id="r")
    assert watcher.event()["type"] == "key.created"
    admin.call("key.create", name="demo", request_id="r")
    for method, params in (
        ("key.get", {"id": key["id"]}),
        ("key.list", {}),
        ("verify", {"key": key["key"]}),
    ):
        admin.call(method, **params)
    for bad in ({"id": "k_nope"}, {"id": key["id"], "bogus": 1}):
        with pytest.raises(RpcError):
            admin.call("key.revoke", **bad)
    admin.call("key.delete", id=key["id"])
    assert watcher.event()["type"] == "key.deleted"


def test_the_subscriber_hears_of_its_own_changes(watcher):
    key_id = life(watcher)
    assert [watcher.event()["key"] for _ in TYPES] == [key_id] * len(TYPES)


def test_several_subscribers_hear_the_same(daemon, admin):
    watchers = [daemon.connect() for _ in range(5)]
    for watcher in watchers:
        watcher.call("events.subscribe", topics=["key"])
    life(admin)
    heard = [[watcher.event() for _ in TYPES] for watcher in watchers]
    assert all(events == heard[0] for events in heard)


def test_changes_from_many_connections_come_in_one_order(daemon, watcher):
    def work(client, n):
        for _ in range(25):
            client.call("key.create", name=f"from {n}")

    threads = [threading.Thread(target=work, args=(daemon.connect(), n)) for n in range(4)]
    for thread in threads:
        thread.start()
    events = [watcher.event() for _ in range(100)]
    for thread in threads:
        thread.join()
    assert [event["seq"] for event in events] == list(range(watcher.seq + 1, watcher.seq + 101))
    assert len({event["key"] for event in events}) == 100


# -- filters


def test_only_one_key(daemon, admin):
    wanted = admin.call("key.create", name="wanted")["id"]
    watcher = daemon.connect()
    watcher.call("events.subscribe", topics=["key"], key=wanted)
    life(admin)
    admin.call("key.revoke", id=wanted)
    event = watcher.event()
    assert (event["key"], event["type"]) == (wanted, "key.revoked")


@pytest.mark.parametrize(("tenant", "hears"), [("default", True), ("other", False)])
def test_only_one_tenant(daemon, admin, tenant, hears):
    watcher = daemon.connect()
    watcher.call("events.subscribe", topics=["key"], tenant=tenant)
    life(admin)
    watcher.call("ping")
    if hears:
        assert [watcher.event()["type"] for _ in TYPES] == TYPES
    else:
        # from here on of all tenants: the first to come is new
        watcher.call("events.subscribe", topics=["key"])
        key_id = admin.call("key.create", name="new")["id"]
        assert watcher.event()["key"] == key_id


@pytest.mark.parametrize(
    "params",
    [
        {"topics": ["weather"]},
        {"topics": "key"},
        {"topics": [1]},
        {"topics": []},
        {"since": -1},
        {"since": "x"},
        {"since": 2**63},
        {"key": 5},
        {"tenant": "A B"},
    ],
)
def test_bad_subscriptions(admin, params):
    with pytest.raises(RpcError) as error:
        admin.call("events.subscribe", **params)
    assert error.value.code == "invalid_argument" and error.value.text.startswith(
        next(iter(params))
    )


# -- coming back


def test_since_gives_what_was_missed(daemon, admin, watcher):
    life(admin)
    first = [watcher.event() for _ in TYPES]
    late = daemon.connect()
    late.call("events.subscribe", topics=["key"], since=watcher.seq)
    assert [late.event() for _ in TYPES] == first
    later = daemon.connect()
    later.call("events.subscribe", topics=["key"], since=first[3]["seq"])
    assert [later.event() for _ in range(2)] == first[4:]
    key_id = admin.call("key.create", name="new")["id"]
    for client in (late, later):
        event = client.event()
        assert event["key"] == key_id and event["seq"] == first[-1]["seq"] + 1


def test_since_now_gives_only_what_is_new(daemon, admin, watcher):
    life(admin)
    last = [watcher.event() for _ in TYPES][-1]["seq"]
    late = daemon.connect()
    assert late.call("events.subscribe", topics=["key"], since=last)["seq"] == last
    key_id = admin.call("key.create", name="new")["id"]
    assert late.event()["key"] == key_id


def test_too_old_a_since_shows_as_a_gap(daemon, admin, watcher):
    key_id = admin.call("key.create", name="demo")["id"]
    for _ in range(KEPT // 64 + 4):
        admin.pipeline([("key.update", {"id": key_id, "name": f"n{n}"}) for n in range(64)])
    late = daemon.connect()
    latest = late.call("events.subscribe", topics=["key"], since=watcher.seq)["seq"]
    numbers = [late.event()["seq"]]
    while numbers[-1] < latest:
        numbers.append(late.event()["seq"])
    assert numbers[0] > watcher.seq + 1, "the gap"
    assert numbers == list(range(numbers[0], latest + 1))


def test_numbers_grow_over_a_restart(daemon, admin, watcher):
    life(admin)
    last = [watcher.event() for _ in TYPES][-1]["seq"]
    daemon.restart()
    assert daemon.connect().call("events.subscribe", topics=["key"])["seq"] > last


def test_unsubscribe(daemon, admin, watcher):
    key_id = life(admin)
    assert watcher.event()["key"] == key_id
    watcher.call("events.unsubscribe")
    watcher.events.clear()
    life(admin)
    watcher.call("ping")
    assert not watcher.events
    watcher.call("events.subscribe", topics=["key"])
    new_id = admin.call("key.create", name="new")["id"]
    assert watcher.event()["key"] == new_id


def test_unsubscribe_without_a_subscription(admin):
    admin.call("events.unsubscribe")


def test_subscribers_that_leave(daemon, admin):
    for _ in range(50):
        with daemon.connect() as client:
            client.call("events.subscribe", topics=["key"])
    life(admin)
    assert admin.call("ping")


def test_a_subscriber_that_does_not_read_loses_events_not_order(daemon, admin, sanitized):
    """Its backlog is bounded: it is cut off, or finds a gap; whoever reads misses nothing."""
    slow, quick = daemon.connect(), daemon.connect()
    slow.call("events.subscribe", topics=["key"])
    first = quick.call("events.subscribe", topics=["key"])["seq"] + 1
    before = daemon.status("VmRSS")
    key_id = admin.call("key.create", name="demo", notes="n" * 4000)["id"]
    count = 1500
    expected = first
    for at in range(0, count, 50):
        admin.pipeline([("key.update", {"id": key_id, "name": f"n{n}"}) for n in range(50)])
        for _ in range(50 if at else 51):
            assert quick.event()["seq"] == expected
            expected += 1
    assert sanitized or daemon.status("VmRSS") - before < 16 * 1024
    numbers = []
    with_end = threading.Thread(target=lambda: drain(slow, numbers), daemon=True)
    with_end.start()
    poll(
        lambda: admin.call("key.update", id=key_id, name="again")
        and (not with_end.is_alive() or numbers and numbers[-1] >= expected),
        "the end of the backlog",
    )
    slow.sock.shutdown(2)
    with_end.join()
    assert numbers == sorted(set(numbers)) and numbers


def drain(client, numbers):
    try:
        while True:
            numbers.append(client.event()["seq"])
    except Exception:  # the connection ends
        return


def test_a_thousand_subscribers(daemon, admin):
    """Each hears everything, once and in order, however they are served."""
    watchers = [daemon.connect() for _ in range(1000)]
    for watcher in watchers:
        watcher.start("events.subscribe", topics=["key"])
    first = max(watcher.result(watcher.msgid)["seq"] for watcher in watchers) + 1
    for watcher in watchers[::7]:
        watcher.close()
    life(admin)
    for n, watcher in enumerate(watchers):
        if n % 7:
            heard = [watcher.event() for _ in TYPES]
            assert [event["type"] for event in heard] == TYPES
            assert [event["seq"] for event in heard] == list(range(first, first + 6))
