"""Tenants and users: switching off, last administrators, what may be granted, and what survives a restart."""

import os

import pytest

from people import connect_as, open_to_all
from rpc import refusal
from server import poll

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other accounts")


def refused(client, method, /, **params):
    return str(refusal(client, method, **params))


def code(client, key):
    return client.call("verify", key=key)["code"]


@pytest.fixture
def open_daemon(new_daemon):
    return open_to_all(new_daemon()).start()


def link(daemon, account, role, tenant="default", name=None):
    """A user who is that account of the host, and a connection of theirs."""
    root = daemon.connect()
    root.call("user.create", username=name or role, role=role, tenant=tenant, os_account=account)
    return connect_as(daemon, account)


# -- tenants


@needs_root
def test_a_tenants_people_verify_the_keys_of_their_tenant_only(open_daemon):
    root = open_daemon.connect()
    root.call("tenant.create", name="acme")
    own, other = (root.call("key.create", name="k", tenant=tenant)["key"] for tenant in ("acme", "default"))
    viewer = link(open_daemon, "games", "viewer", tenant="acme")
    assert (code(viewer, own), code(viewer, other)) == ("ok", "not_found")
    assert code(root, other) == "ok"


def test_the_default_tenant_is_there_for_good(admin):
    assert [t["name"] for t in admin.call("tenant.list")["tenants"]] == ["default"]
    assert admin.call("tenant.get", name="default")["status"] == "active"
    assert refused(admin, "tenant.delete", name="default") == "conflict: tenant default is there for good"


def test_a_tenant_is_made_once_and_changed(admin):
    made = admin.call("tenant.create", name="acme", max_keys=2)
    assert (made["max_keys"], made["plan"], made["keys"], made["users"]) == (2, None, 0, 0)
    assert made["created_by"] == "root"
    assert refused(admin, "tenant.create", name="acme") == "conflict: tenant acme exists"
    assert refused(admin, "tenant.update", name="acme", plan="gold") == "not_found: no plan gold"
    admin.call("plan.create", name="gold")
    assert admin.call("tenant.update", name="acme", plan="gold", max_keys=None)["max_keys"] is None
    assert refused(admin, "plan.delete", name="gold") == "conflict: plan gold has 1 tenant on it"
    assert admin.call("key.create", name="k", tenant="acme")["plan"] == "gold"
    assert admin.call("tenant.update", name="acme", plan=None)["plan"] is None


def test_listings_go_page_by_page(admin):
    names = [f"t{n}" for n in range(5)]
    for name in names:
        admin.call("tenant.create", name=name)
        admin.call("user.create", username=name, role="viewer", tenant=name)
    for method, member, field in [("tenant.list", "tenants", "name"), ("user.list", "users", "username")]:
        got, cursor = [], {}
        while cursor is not None:
            page = admin.call(method, limit=2, **cursor)
            got += [row[field] for row in page[member]]
            cursor = {"cursor": page["next"]} if page["next"] else None
        assert got == sorted(got) and set(names) <= set(got)
        assert "cursor" in refused(admin, method, cursor="No Word")


def test_a_disabled_tenant_denies_its_keys_at_the_next_verify(daemon, admin, verifier):
    admin.call("tenant.create", name="acme")
    inside = admin.call("key.create", name="k", tenant="acme", owner="bob")["key"]
    outside = admin.call("key.create", name="k")["key"]
    admin.call("tenant.disable", name="acme")
    assert (code(verifier, inside), code(verifier, outside)) == ("tenant_disabled", "ok")
    later = admin.call("key.create", name="k", tenant="acme")["key"]
    assert code(verifier, later) == "tenant_disabled"
    daemon.kill9()
    daemon.start()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    assert admin.call("tenant.get", name="acme")["status"] == "disabled"
    assert code(verifier, inside) == "tenant_disabled"
    admin.call("tenant.enable", name="acme")
    assert code(verifier, inside) == code(verifier, later) == "ok"


def test_a_tenant_goes_with_its_keys_where_their_number_is_given(admin, verifier):
    admin.call("tenant.create", name="acme")
    keys = [admin.call("key.create", name=f"k{n}", tenant="acme") for n in range(3)]
    admin.call("key.revoke", id=keys[0]["id"])
    for given in ({}, {"keys": 2}, {"keys": 4}):
        assert refused(admin, "tenant.delete", name="acme", **given).startswith(
            "conflict: tenant acme has 3 keys;"
        )
    admin.call("user.create", username="ann", role="viewer", tenant="acme")
    assert refused(admin, "tenant.delete", name="acme", keys=3).startswith("conflict: tenant acme has 1 user;")
    admin.call("user.delete", username="ann")
    first = admin.call("events.subscribe", topics=["key"])["seq"]
    assert admin.call("tenant.delete", name="acme", keys=3)["keys"] == 3
    events = [admin.event() for _ in keys]
    assert {e["type"] for e in events} == {"key.deleted"} and events[0]["seq"] == first + 1
    assert {e["key"] for e in events} == {k["id"] for k in keys}
    assert code(verifier, keys[1]["key"]) == "not_found"
    assert refused(admin, "tenant.get", name="acme") == "not_found: no tenant acme"
    log = admin.call("audit.list", action="tenant.delete")["entries"]
    assert [(e["object"], e["outcome"]) for e in log][:1] == [("acme", "ok")]
    assert len([e for e in log if e["outcome"] == "ok"]) == 4
    assert admin.call("audit.verify")["ok"]


# -- users


def test_a_user_is_made_once_and_changed(admin):
    made = admin.call("user.create", username="ann", role="operator", os_account="daemon", max_keys=3)
    assert (made["role"], made["tenant"], made["status"]) == ("operator", "default", "active")
    assert made["password"] is False
    assert refused(admin, "user.create", username="ann", role="viewer") == "conflict: user ann exists"
    for name in ("root", "apikeyd"):  # which the audit log gives to others
        assert refused(admin, "user.create", username=name, role="admin").startswith(f"conflict: {name} ")
    taken = refused(admin, "user.create", username="bob", role="viewer", os_account="daemon")
    assert taken == "conflict: os_account: another user has daemon"
    assert refused(admin, "user.create", username="bob", role="viewer", tenant="x") == "not_found: no tenant x"
    assert refused(admin, "user.update", username="ann", tenant="x") == "not_found: no tenant x"
    after = admin.call("user.update", username="ann", os_account=None, max_keys=None, role="viewer")
    assert (after["os_account"], after["max_keys"], after["role"]) == (None, None, "viewer")
    assert admin.call("user.get", username="ann") == after


@pytest.mark.parametrize("name", ["Ann", "ann ", " ann", "ａnn", "ann\u200b", "аnn", "", "a" * 65, "ann\0"])
def test_no_spelling_is_another_users(admin, name):
    """A name is of a to z, 0 to 9 and three signs, so that none looks or folds like another."""
    assert refused(admin, "user.create", username=name, role="viewer").startswith("invalid_argument: username")


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_a_disabled_user_denies_the_keys_it_owns(daemon, admin, verifier, role):
    admin.call("tenant.create", name="acme")
    admin.call("user.create", username="spare", role="admin")
    admin.call("user.create", username="ann", role=role, tenant="acme")
    own = admin.call("key.create", name="k", tenant="acme", owner="ann")["key"]
    foreign = admin.call("key.create", name="k", owner="ann")["key"]
    other = admin.call("key.create", name="k", tenant="acme", owner="bob")["key"]
    admin.call("user.disable", username="ann")
    # elsewhere the name of one who is bound to a tenant means somebody else
    elsewhere = "owner_disabled" if role == "admin" else "ok"
    for _ in range(2):
        assert [code(verifier, k) for k in (own, foreign, other)] == ["owner_disabled", elsewhere, "ok"]
        daemon.restart()
        admin, verifier = daemon.connect(), daemon.connect_verify()
    admin.call("tenant.create", name="new")
    late = admin.call("key.create", name="k", tenant="new", owner="ann")["key"]
    assert code(verifier, late) == elsewhere
    assert refused(admin, "user.update", username="ann", role="viewer").startswith("conflict: ann is disabled")
    admin.call("user.enable", username="ann")
    assert {code(verifier, k) for k in (own, foreign, other, late)} == {"ok"}


def test_the_owner_goes_before_the_tenant(admin, verifier):
    admin.call("tenant.create", name="acme")
    admin.call("user.create", username="ann", role="viewer", tenant="acme")
    made = admin.call("key.create", name="k", tenant="acme", owner="ann", ip_allow=["10.0.0.0/8"])
    admin.call("tenant.disable", name="acme")
    assert code(verifier, made["key"]) == "tenant_disabled"
    admin.call("user.disable", username="ann")
    assert code(verifier, made["key"]) == "owner_disabled"
    admin.call("key.disable", id=made["id"])
    assert code(verifier, made["key"]) == "disabled"


def test_a_user_with_keys_neither_goes_nor_moves(admin):
    admin.call("tenant.create", name="acme")
    admin.call("user.create", username="ann", role="operator")
    key = admin.call("key.create", name="k", owner="ann")["id"]
    for method, more in [("user.delete", {}), ("user.update", {"tenant": "acme"})]:
        assert refused(admin, method, username="ann", **more).startswith("conflict: ann owns 1 key;")
    admin.call("key.update", id=key, owner="bob")
    admin.call("user.update", username="ann", tenant="acme")
    admin.call("user.delete", username="ann")
    assert refused(admin, "user.get", username="ann") == "not_found: no user ann"


def test_the_last_administrator_stays(admin):
    admin.call("user.create", username="ann", role="admin")
    admin.call("user.create", username="bob", role="admin")
    admin.call("user.disable", username="bob")
    attempts = [("user.delete", {}), ("user.disable", {}), ("user.update", {"role": "operator"})]
    for method, more in attempts:
        assert refused(admin, method, username="ann", **more) == "conflict: ann is the last administrator"
    admin.call("user.update", username="ann", max_keys=5)
    admin.call("user.enable", username="bob")
    admin.call("user.update", username="ann", role="operator")
    assert refused(admin, "user.disable", username="bob") == "conflict: bob is the last administrator"


def test_two_administrators_at_once_cannot_both_go(daemon, admin):
    admin.call("user.create", username="ann", role="admin")
    admin.call("user.create", username="bob", role="admin")
    clients = [daemon.connect() for _ in range(2)]
    started = [c.start("user.delete", username=u) for c, u in zip(clients, ("ann", "bob"))]
    errors = [c.reply(n)[2] for c, n in zip(clients, started)]
    assert sorted(e is None for e in errors) == [False, True]


# -- who is who


@needs_root
def test_a_linked_account_is_its_user(open_daemon):
    stranger = connect_as(open_daemon, "games")
    assert stranger.call("hello")["authenticated"] is False
    assert refused(stranger, "key.list") == "unauthenticated: log in first"
    client = link(open_daemon, "daemon", "operator", name="ann")
    hello = client.call("hello")
    assert [hello[f] for f in ("user", "role", "tenant")] == ["ann", "operator", "default"]
    made = client.call("key.create", name="k")
    assert (made["owner"], made["created_by"]) == ("ann", "ann")
    entry = open_daemon.connect().call("audit.list", action="key.create")["entries"][0]
    assert (entry["actor"], entry["object"]) == ("ann", made["id"])


@needs_root
def test_root_is_nobody_without_trust(new_daemon):
    daemon = open_to_all(new_daemon())
    daemon.start()
    daemon.connect().call("user.create", username="ann", role="admin", os_account="root")
    daemon.config += "trust_peer = false\n"
    daemon.restart()
    hello = daemon.connect().call("hello")
    assert [hello[f] for f in ("user", "role", "tenant")] == ["ann", "admin", None]


@needs_root
@pytest.mark.parametrize("change", ["disable", "delete", "unlink", "demote", "move"])
def test_a_change_of_a_user_holds_for_open_connections(open_daemon, change):
    root = open_daemon.connect()
    root.call("tenant.create", name="acme")
    client = link(open_daemon, "daemon", "operator", name="ann")
    client.call("events.subscribe", topics=["key"])
    mine = root.call("key.create", name="k", owner="bob")["id"]
    assert client.event()["key"] == mine
    calls = {
        "disable": ("user.disable", {}),
        "delete": ("user.delete", {}),
        "unlink": ("user.update", {"os_account": None}),
        "demote": ("user.update", {"role": "viewer"}),
        "move": ("user.update", {"tenant": "acme"}),
    }
    method, more = calls[change]
    root.call(method, username="ann", **more)
    root.call("key.create", name="unseen", owner="bob")
    answers = {
        "demote": "forbidden: key.create needs the role operator",
        "move": None,
    }
    error = client.reply(client.start("key.create", name="k", owner="bob"))[2]
    assert error == answers.get(change, "unauthenticated: log in first")
    assert not client.events
    if change == "move":
        assert [k["tenant"] for k in client.call("key.list")["keys"]] == ["acme"]
        assert refused(client, "key.get", id=mine) == f"not_found: no key {mine}"


@needs_root
def test_a_user_made_anew_is_another(open_daemon):
    client = link(open_daemon, "daemon", "operator", name="ann")
    root = open_daemon.connect()
    assert client.call("key.list")["total"] == 0
    root.call("user.delete", username="ann")
    root.call("user.create", username="ann", role="admin", os_account="daemon")
    assert refused(client, "key.list") == "unauthenticated: log in first"
    assert connect_as(open_daemon, "daemon").call("hello")["role"] == "admin"


@needs_root
def test_nobody_grants_more_than_they_have(open_daemon):
    root = open_daemon.connect()
    operator = link(open_daemon, "daemon", "operator")
    for scope in ("apikeyd:admin", "apikeyd:*", "apikeyd:anything", "apikeyd:key*"):
        for method, more in (("key.create", {}), ("key.import", {"plaintext": "from elsewhere"})):
            error = refused(operator, method, name="k", scopes=["a", scope], **more)
            assert error == f"forbidden: scopes: {scope} is more than you have"
        root.call("key.create", name="k", scopes=[scope])
    for scope in ("apikeyd:keys", "apikeyd:read", "*", "api*"):
        operator.call("key.create", name="k", scopes=[scope])
    mine = operator.call("key.create", name="k")["id"]
    assert refused(operator, "key.update", id=mine, scopes=["apikeyd:admin"]).startswith("forbidden")
    # a secret of a key is all that the key may do
    strong = root.call("key.create", name="k", scopes=["apikeyd:admin"])["id"]
    root.call("key.disable", id=strong)
    for method, more in (("key.rotate", {"grace": 0}), ("key.update", {"scopes": []}), ("key.enable", {})):
        assert refused(operator, method, id=strong, **more).startswith("forbidden: scopes: apikeyd:admin")
    for method in ("key.disable", "key.revoke", "key.delete"):
        operator.call(method, id=strong)


@needs_root
def test_refusals_are_in_the_log_of_their_tenant(open_daemon):
    client = link(open_daemon, "daemon", "viewer", name="ann")
    assert refused(client, "tenant.delete", name="default").startswith("forbidden")
    entries = poll(lambda: client.call("audit.list", action="tenant.delete")["entries"], "the entry")
    assert (entries[0]["actor"], entries[0]["outcome"]) == ("ann", "forbidden")


def test_a_repeated_request_makes_one_user(admin):
    first = admin.call("user.create", username="ann", role="viewer", request_id="r1")
    assert admin.call("user.create", username="ann", role="viewer", request_id="r1") == first
    assert refused(admin, "user.create", username="ann", role="admin", request_id="r1").startswith("conflict")


def test_changes_of_people_are_told_and_logged(admin):
    admin.call("events.subscribe", topics=["audit"])
    admin.call("tenant.create", name="acme")
    admin.call("user.create", username="ann", role="operator", tenant="acme")
    admin.call("user.disable", username="ann")
    admin.call("tenant.disable", name="acme")
    told = [admin.event() for _ in range(4)]
    assert [(e["action"], e["object"], e["tenant"], e["actor"]) for e in told] == [
        ("tenant.create", "acme", "acme", "root"),
        ("user.create", "ann", "acme", "root"),
        ("user.disable", "ann", "acme", "root"),
        ("tenant.disable", "acme", "acme", "root"),
    ]
