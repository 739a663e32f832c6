"""What people of one tenant could tell of the others from what they are answered: nothing."""

import base64
import os

import pytest

from people import connect_as, open_to_all
from rpc import refusal
from server import poll

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other accounts")

LISTS = ["key.list", "audit.list", "alert.list", "user.list"]


def refused(client, method, /, **params):
    return str(refusal(client, method, **params))


@pytest.fixture
def open_daemon(new_daemon):
    return open_to_all(new_daemon()).start()


def join(daemon, account, role, tenant):
    """A user of that tenant, made with the tenant where there is none, and a connection of theirs."""
    root = daemon.connect()
    if tenant not in [t["name"] for t in root.call("tenant.list")["tenants"]]:
        root.call("tenant.create", name=tenant)
    root.call("user.create", username=f"{tenant}-{role}-{account}", role=role, tenant=tenant, os_account=account)
    return connect_as(daemon, account)


# -- a tenant under the name of one that was deleted


@pytest.fixture
def second_life(open_daemon):
    """A tenant with a past of its own after one of the same name: the daemon, root, and the new one's viewer."""
    root = open_daemon.connect()
    root.call("tenant.create", name="acme")
    key = root.call("key.create", name="old", tenant="acme")
    root.call("key.revoke", id=key["id"])
    root.call("verify", key=key["key"])
    root.call("user.create", username="mole", role="viewer", tenant="acme", os_account="games")
    before = connect_as(open_daemon, "games")
    assert before.call("audit.list")["entries"] and before.call("usage.query")["points"]
    poll(lambda: before.call("alert.list")["alerts"], "the alert")
    root.call("user.delete", username="mole")
    root.call("tenant.delete", name="acme", keys=1)
    assert refused(root, "tenant.delete", name="acme").startswith("not_found")
    root.call("tenant.create", name="acme")
    root.call("user.create", username="mole", role="viewer", tenant="acme", os_account="games")
    return open_daemon, root, connect_as(open_daemon, "games")


def test_its_people_see_nothing_of_the_one_before(second_life):
    daemon, root, viewer = second_life
    for _ in range(2):
        entries = viewer.call("audit.list")["entries"]
        assert [e["action"] for e in entries] == ["user.create", "tenant.create"]
        assert viewer.call("alert.list")["alerts"] == []
        for step in ("minute", "hour", "day"):
            assert viewer.call("usage.query", step=step)["points"] == []
        for by in ("code", "secret"):
            assert viewer.call("usage.query", by=by)["groups"] == {}
        seq = viewer.call("events.subscribe", since=0)["seq"]
        assert viewer.call("ping") and seq
        daemon.kill9()
        daemon.start()
        root, viewer = daemon.connect(), connect_as(daemon, "games")
    actions = [e["action"] for e in root.call("audit.list", object="acme")["entries"]]
    assert actions == ["tenant.create", "tenant.delete", "tenant.delete", "tenant.create"]
    assert root.call("usage.query", tenant="acme")["points"]
    assert [*root.call("usage.query", tenant="acme", by="secret")["groups"]] == ["other"]
    key = root.call("key.create", name="new", tenant="acme")
    root.call("verify", key=key["key"])
    for asked in ({}, {"by": "secret"}):  # it did nothing yet in a step that is its own
        answer = viewer.call("usage.query", step="day", **asked)
        assert not answer.get("points") and not answer.get("groups")


def test_its_people_are_told_of_no_event_of_the_one_before(second_life):
    _, root, viewer = second_life
    viewer.call("events.subscribe", since=0)
    made = root.call("key.create", name="new", tenant="acme")["id"]
    told = []
    while "key.created" not in [event["type"] for event in told]:
        told.append(viewer.event())
    assert {event.get("action") for event in told} <= {"tenant.create", "user.create", "key.create", None}
    assert [event["key"] for event in told if event["type"] == "key.created"] == [made]


# -- taking over keys


def test_an_import_does_not_tell_whose_or_what_was_there(open_daemon):
    root = open_daemon.connect()
    operator = join(open_daemon, "games", "operator", "acme")
    others = root.call("key.create", name="k", tenant="default")
    own = operator.call("key.create", name="k")
    prefixes = [made["secrets"][0]["prefix"] for made in (others, own)]
    said = {refused(operator, "key.import", name="x", plaintext=made["key"]) for made in (others, own)}
    for dry_run in (False, True):
        said |= {
            refused(operator, "key.import", name="x", plaintext="something else", prefix=p, dry_run=dry_run)
            for p in prefixes
        }
    assert said == {"conflict: this key or its prefix is in use already"}
    assert refused(root, "key.import", name="x", plaintext=own["key"]) != said.pop()


# -- cursors


def fill(root, tenant):
    """Two of each kind of row: keys, entries, users, and alerts of dead keys."""
    for n in range(2):
        key = root.call("key.create", name=f"{tenant}{n}", tenant=tenant)
        root.call("key.revoke", id=key["id"])
        root.call("verify", key=key["key"])


@pytest.fixture
def world(open_daemon):
    root = open_daemon.connect()
    callers = {"": root}
    for tenant, accounts in (("acme", ("games", "daemon")), ("other", ("man", "bin"))):
        for account in accounts:
            callers[tenant] = join(open_daemon, account, "viewer", tenant)
        fill(root, tenant)
        poll(lambda: len(callers[tenant].call("alert.list")["alerts"]) >= 2, "the alerts")
    return open_daemon, callers


def cursor_of(client, method):
    cursor = client.call(method, limit=1)["next"]
    assert cursor, f"{method} has one page only"
    return cursor


@pytest.mark.parametrize("method", LISTS)
def test_a_cursor_is_for_its_tenant_and_method_alone(world, method):
    _, callers = world
    cursors = {tenant: cursor_of(client, method) for tenant, client in callers.items()}
    for tenant, client in callers.items():
        assert client.call(method, limit=1, cursor=cursors[tenant])
        for other, cursor in cursors.items():
            if other != tenant:
                assert refused(client, method, cursor=cursor).startswith("invalid_argument: cursor: ")
        for other in LISTS:
            if other != method:
                assert refused(client, other, cursor=cursors[tenant]).startswith("invalid_argument: cursor: ")


@pytest.mark.parametrize("method", [*LISTS, "tenant.list"])
def test_a_cursor_tells_nothing_and_outlives_a_restart(world, method):
    daemon, callers = world
    cursor = cursor_of(callers[""], method)
    rest = callers[""].call(method, cursor=cursor)
    sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    assert not any(word in sealed for word in (b"acme", b"default", b"other", b"\0\0\0"))
    assert not cursor.isdigit() and len(cursor) < 128
    daemon.restart()
    again = daemon.connect().call(method, cursor=cursor)
    rows = next(name for name, value in rest.items() if isinstance(value, list))
    assert again[rows][:1] == rest[rows][:1]
