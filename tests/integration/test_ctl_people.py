"""apikeyctl: tenants and users."""

import json


def document(done):
    return json.loads(done.stdout)


def test_tenants(ctl):
    assert "default" in ctl("tenant", "list", check=0).stdout
    made = document(ctl("--json", "tenant", "create", "acme", "--max-keys", "1", check=0))
    assert (made["name"], made["max_keys"], made["status"]) == ("acme", 1, "active")
    ctl("tenant", "create", "acme", check=6)
    key = ctl("key", "create", "--name", "k", "--tenant", "acme", check=0).stdout.strip()
    over = ctl("key", "create", "--name", "k", "--tenant", "acme", check=1)
    assert "tenant acme may have 1 key" in over.stderr
    ctl("tenant", "disable", "acme", check=0)
    assert "tenant_disabled" in ctl("verify", input=key, check=10).stdout
    ctl("tenant", "enable", "acme", check=0)
    ctl("verify", input=key, check=0)
    assert document(ctl("--json", "tenant", "update", "acme", "--max-keys", "", check=0))["max_keys"] is None
    ctl("tenant", "update", "acme", check=2)
    assert ctl("--plain", "tenant", "show", "acme", check=0).stdout.startswith("acme\tactive\t\t\t1\t0\t0\t")
    ctl("tenant", "delete", "acme", check=7)
    assert "give that number as keys" in ctl("tenant", "delete", "--yes", "acme", check=6).stderr
    ctl("tenant", "delete", "--yes", "--keys", "1", "acme", check=0)
    ctl("tenant", "show", "acme", check=3)


def test_users(ctl):
    assert ctl("--json", "user", "list", check=0).stdout == '{"users":[]}\n'
    assert "no users yet" in ctl("user", "list", check=0).stderr
    ctl("user", "create", "ann", check=2)
    ctl("user", "create", "ann", "--role", "emperor", check=2)
    ctl("user", "create", "ann", "--role", "operator", "--os-account", "daemon", check=0)
    ctl("user", "create", "bob", "--role", "viewer", "--max-keys", "3", check=0)
    users = document(ctl("--json", "user", "list", check=0))["users"]
    assert [(u["username"], u["role"], u["os_account"], u["max_keys"]) for u in users] == [
        ("ann", "operator", "daemon", None),
        ("bob", "viewer", None, 3),
    ]
    ctl("user", "update", "ann", "--role", "viewer", "--os-account", "", check=0)
    shown = ctl("user", "show", "ann", check=0).stdout
    assert "viewer" in shown and "daemon" not in shown
    ctl("user", "disable", "bob", check=0)
    lines = ctl("--plain", "user", "list", "--tenant", "default", check=0).stdout.splitlines()
    assert [line.split("\t")[:4] for line in lines] == [
        ["ann", "viewer", "default", "active"],
        ["bob", "viewer", "default", "disabled"],
    ]
    ctl("user", "enable", "bob", check=0)
    ctl("user", "delete", "bob", check=7)
    ctl("user", "delete", "--yes", "bob", check=0)
    ctl("user", "show", "bob", check=3)


def test_more_tenants_than_a_page(ctl, admin):
    admin.pipeline([("tenant.create", {"name": f"t{n:04}"}) for n in range(1001)])
    names = [t["name"] for t in document(ctl("--json", "tenant", "list", check=0))["tenants"]]
    assert len(names) == 1002 and names == sorted(names)
    assert len(ctl("--plain", "tenant", "list", check=0).stdout.splitlines()) == 1002


def test_caps_of_a_plan(ctl):
    ctl("plan", "create", "small", "--max-keys", "2", "--max-keys-per-user", "1", check=0)
    plan = document(ctl("--json", "plan", "show", "small", check=0))
    assert (plan["max_keys"], plan["max_keys_per_user"]) == (2, 1)
    ctl("tenant", "create", "acme", "--plan", "small", check=0)
    assert "1 tenant on it" in ctl("plan", "delete", "--yes", "small", check=6).stderr
    plan = document(ctl("--json", "plan", "update", "small", "--max-keys", "", check=0))
    assert "max_keys" not in plan
