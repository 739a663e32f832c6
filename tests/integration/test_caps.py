"""Caps of tenants, owners and plans hold however many keys are made at once; and however many there are go with a tenant."""

import threading

import pytest

from rpc import RpcError
from test_people import code, refused


def create_in_parallel(daemon, clients, each, **params):
    """How many of clients × each creates at once were done; all others must be limit_reached."""
    results, lock = [], threading.Lock()

    def run(client):
        got = client.pipeline([("key.create", {"name": "k", **params})] * each)
        with lock:
            results.extend(got)

    threads = [threading.Thread(target=run, args=(daemon.connect(),)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == clients * each
    assert {r.code for r in results if isinstance(r, RpcError)} <= {"limit_reached"}
    return sum(not isinstance(r, RpcError) for r in results)


@pytest.mark.parametrize("cap", [1, 37, 99, 100])
def test_a_hundred_creates_at_once_make_a_tenants_cap(daemon, admin, cap):
    admin.call("tenant.create", name="acme", max_keys=cap)
    assert create_in_parallel(daemon, 20, 5, tenant="acme") == cap
    assert admin.call("tenant.get", name="acme")["keys"] == cap
    assert refused(admin, "key.create", name="k", tenant="acme").startswith(
        f"limit_reached: tenant acme may have {cap} key"
    )


def test_a_hundred_creates_at_once_make_an_owners_cap(daemon, admin):
    admin.call("user.create", username="ann", role="operator", max_keys=41)
    assert create_in_parallel(daemon, 20, 5, owner="ann") == 41
    assert admin.call("key.create", name="k", owner="bob")["owner"] == "bob"


def test_a_plan_caps_its_tenants_and_their_owners(admin):
    admin.call("plan.create", name="small", max_keys=3, max_keys_per_user=2)
    admin.call("tenant.create", name="acme", plan="small")
    for owner in ("ann", "ann"):
        admin.call("key.create", name="k", tenant="acme", owner=owner)
    over = refused(admin, "key.create", name="k", tenant="acme", owner="ann")
    assert over == "limit_reached: owner ann may have 2 keys"
    third = admin.call("key.create", name="k", tenant="acme", owner="bob")
    assert refused(admin, "key.create", name="k", tenant="acme", owner="bob").startswith("limit_reached: tenant")
    # the own cap goes before the plan's
    admin.call("user.create", username="ann", role="viewer", tenant="acme", max_keys=3)
    admin.call("tenant.update", name="acme", max_keys=4)
    admin.call("key.create", name="k", tenant="acme", owner="ann")
    # an owner's cap holds where a key is handed over, and revoked keys are not counted
    assert refused(admin, "key.update", id=third["id"], owner="ann").startswith("limit_reached: owner ann")
    admin.call("key.revoke", id=third["id"])
    assert admin.call("key.create", name="k", tenant="acme", owner="bob")
    imported = {"name": "k", "tenant": "acme", "plaintext": "something from elsewhere"}
    assert refused(admin, "key.import", **imported).startswith("limit_reached: tenant")


@pytest.mark.parametrize("keys", [99, 100, 101, 2101])
def test_however_many_keys_go_with_their_tenant(daemon, admin, keys):
    admin.call("tenant.create", name="acme")
    kept = admin.call("key.create", name="kept")["id"]
    assert create_in_parallel(daemon, keys // 100, 100, tenant="acme") == keys // 100 * 100
    for n in range(keys % 100):
        last = admin.call("key.create", name="k", tenant="acme")["key"]
    assert refused(admin, "tenant.delete", name="acme", keys=keys - 1).startswith("conflict: tenant acme has ")
    assert admin.call("tenant.delete", name="acme", keys=keys, request_id="r")["keys"] == keys
    assert [k["id"] for k in admin.call("key.list")["keys"]] == [kept]
    assert keys % 100 == 0 or code(admin, last) == "not_found"
    assert admin.call("tenant.delete", name="acme", keys=keys, request_id="r")["keys"] == keys
    assert len(admin.call("audit.list", action="tenant.delete", limit=1000)["entries"]) == min(1000, keys + 2)
    assert admin.call("audit.verify")["ok"]
    daemon.kill9()
    daemon.start()
    assert daemon.connect().call("key.list")["total"] == 1


def test_a_deletion_that_is_overtaken_can_be_taken_up_again(daemon, admin):
    admin.call("tenant.create", name="acme")
    assert create_in_parallel(daemon, 20, 100, tenant="acme") == 2000
    other = daemon.connect()
    asked = admin.start("tenant.delete", name="acme", keys=2000)
    made = [other.start("key.create", name="k", tenant="acme") for _ in range(2)]
    answers = [client.reply(msgid)[2] for client, msgid in [(admin, asked), *((other, m) for m in made)]]
    if answers[0]:  # a key came before it or between two bites
        assert answers[0].startswith("conflict: tenant acme has ")
        admin.call("tenant.delete", name="acme", keys=admin.call("tenant.get", name="acme")["keys"])
    assert refused(admin, "tenant.get", name="acme") == "not_found: no tenant acme"
    assert admin.call("key.list")["total"] == 0
