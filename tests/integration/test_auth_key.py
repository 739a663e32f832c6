"""Keys that act: programs that manage keys, and what ends what they do."""

import pytest

from rpc import refusal
from server import poll

SCOPES = {"apikeyd:admin": "admin", "apikeyd:keys": "operator", "apikeyd:read": "viewer"}


@pytest.fixture
def acme(admin):
    admin.call("tenant.create", name="acme")


def make(admin, *scopes, **more):
    return make_in(admin, "acme", *scopes, **more)


def make_in(admin, tenant, *scopes, **more):
    return admin.call("key.create", name="program", tenant=tenant, owner="olga", scopes=list(scopes), **more)


def acting(daemon, key):
    client = daemon.connect()
    client.call("auth.key", key=key["key"])
    return client


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_is_a_role(daemon, admin, acme, scope):
    key = make(admin, scope, "other:scope", expires_in=3600)
    client = daemon.connect()
    answer = client.call("auth.key", key=key["key"])
    assert answer == {
        "expires_at": key["expires_at"],
        "user": key["id"],
        "role": SCOPES[scope],
        "tenant": None if scope == "apikeyd:admin" else "acme",
    }
    who = client.call("auth.whoami")
    assert who["by"] == "key" and who["role"] == SCOPES[scope] and who["session"] is None
    assert client.call("auth.logout") == {"ended": False}
    assert client.call("auth.whoami")["by"] == "peer"


def test_the_greatest_of_several(daemon, admin, acme):
    client = acting(daemon, make(admin, "apikeyd:read", "apikeyd:keys"))
    assert client.call("auth.whoami")["role"] == "operator"


def test_a_key_makes_keys_of_its_tenant_and_owner(daemon, admin, acme):
    program = make(admin, "apikeyd:keys", "invoices:*")
    client = acting(daemon, program)
    made = client.call("key.create", name="customer 1", scopes=["invoices:read"])
    assert (made["tenant"], made["owner"], made["created_by"]) == ("acme", "olga", program["id"])
    assert refusal(client, "key.create", name="k", scopes=["orders:read"]).code == "forbidden"
    assert refusal(client, "key.create", name="k", scopes=["apikeyd:admin"]).code == "forbidden"
    assert refusal(client, "key.create", name="k", tenant="default").code == "not_found"
    entries = admin.call("audit.list", object=made["id"])["entries"]
    assert [(e["action"], e["actor"]) for e in entries] == [("key.create", program["id"])]
    assert admin.call("audit.list", action="auth.key")["entries"][0]["actor"] == program["id"]


def test_its_owner_is_whose_it_is_by_now(daemon, admin, acme):
    program = make(admin, "apikeyd:keys")
    client = acting(daemon, program)
    admin.call("user.create", username="bob", role="viewer", tenant="acme", max_keys=2)
    admin.call("key.update", id=program["id"], owner="bob")
    assert client.call("key.create", name="customer 1")["owner"] == "bob"
    assert refusal(client, "key.create", name="customer 2").code == "limit_reached"
    assert client.call("key.create", name="customer 2", owner="olga")["owner"] == "olga"


ENDS = {
    "revoked": ("key.revoke", {}),
    "disabled": ("key.disable", {}),
    "deleted": ("key.delete", {}),
    "rotated": ("key.rotate", {"grace": 0}),
    "without its scope": ("key.update", {"scopes": []}),
    "with another role": ("key.update", {"scopes": ["apikeyd:read"]}),
    "bound to addresses": ("key.update", {"ip_allow": ["10.0.0.0/8"]}),
}


@pytest.mark.parametrize("what", ENDS)
def test_at_the_next_request_it_is_nobody_once(what, daemon, admin, acme):
    key = make(admin, "apikeyd:keys")
    client = acting(daemon, key)
    client.call("events.subscribe")
    method, params = ENDS[what]
    admin.call(method, id=key["id"], **params)
    admin.call("key.create", name="unseen", tenant="acme")
    assert refusal(client, "key.create", name="k").code == "unauthenticated"
    assert not [e for e in client.events if e.get("record", {}).get("name") == "unseen"]
    if what != "with another role":
        assert refusal(daemon.connect(), "auth.key", key=key["key"]).code == "unauthenticated"


@pytest.mark.parametrize("what", ["revoked", "deleted", "without its scope"])
def test_what_waits_for_a_hash_is_nobodys_after(what, daemon, admin):
    """A call of a key that came before its end, and would be done after it, is not done."""
    key = make_in(admin, "default", "apikeyd:admin")
    client, others = acting(daemon, key), daemon.connect()
    for n in range(14):
        others.start("auth.login", username=f"stranger{n}", password="not the password at all")
    others.call("ping")
    asked = client.start("user.create", username="late", role="admin", password="four plain words here")
    client.call("ping")  # by then it waits behind the others
    method, params = ENDS[what]
    admin.call(method, id=key["id"], **params)
    error = client.reply(asked)[2]
    log = admin.call("audit.list", chain_order=True, limit=1000)["entries"]
    done = [e["action"] for e in log if e["outcome"] == "ok" and e["action"] in (method, "user.create")]
    assert done[-1] == method  # all that was done came before the end
    assert error is None or error.startswith("unauthenticated: ")


def test_a_disabled_tenant_or_owner_ends_it(daemon, admin, acme):
    admin.call("user.create", username="olga", role="operator", tenant="acme")
    client = acting(daemon, make(admin, "apikeyd:keys"))
    admin.call("tenant.disable", name="acme")
    assert refusal(client, "key.list").code == "unauthenticated"
    admin.call("tenant.enable", name="acme")
    assert refusal(client, "key.list").code == "unauthenticated"  # not without being asked
    client = acting(daemon, make(admin, "apikeyd:keys"))
    admin.call("user.disable", username="olga")
    assert refusal(client, "key.list").code == "unauthenticated"


def test_no_other_key_acts(daemon, admin, acme):
    words = {
        str(refusal(daemon.connect(), "auth.key", key=key))
        for key in (make(admin, "*")["key"], make(admin)["key"], "", "ak_live_nothing", "x" * 300)
    }
    (only,) = words
    assert only.startswith("unauthenticated: ")


def test_a_verify_is_of_whom_the_connection_acts_as_by_now(daemon, admin, acme):
    """Also where nothing else is asked and nothing happens."""
    others = make_in(admin, "default")
    program = make(admin, "apikeyd:read")
    client = acting(daemon, program)
    assert client.call("verify", key=others["key"])["code"] == "not_found"
    admin.call("key.update", id=program["id"], expires_in=1)
    poll(lambda: admin.call("key.get", id=program["id"])["status"] == "expired", "its end")
    assert client.call("verify", key=others["key"])["code"] == "ok", "nobody is of no tenant"


def test_it_acts_after_a_restart(daemon, admin, acme):
    key = make(admin, "apikeyd:read")
    daemon.restart()
    assert acting(daemon, key).call("key.list")["total"] == 1
