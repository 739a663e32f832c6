"""Clients that may only ask about the keys of some tenants: bound by their uid or one of their groups."""

import crypt
import grp
import hashlib
import os
import pwd

import pytest

from rpc import RpcError

ME = os.getuid()
OLD = "legacy-0123456789"


@pytest.fixture
def bound(new_daemon):
    """Makes a daemon with tenants and a key of each, by these rules."""

    def make(*rules, tenants=("acme", "zeta")):
        daemon = new_daemon()
        daemon.config = "verify_tenants = {%s}\n" % ", ".join(f'"{rule}"' for rule in rules)
        daemon.start()
        admin = daemon.connect()
        for tenant in tenants:
            admin.call("tenant.create", name=tenant)
        daemon.keys = {name: admin.call("key.create", name=name, tenant=name)["key"] for name in ("default", *tenants)}
        return daemon

    return make


def asked(daemon, connect=None, **params):
    """The tenants whose keys are good for a client."""
    client = (connect or daemon.connect_verify)()
    return {name for name, key in daemon.keys.items() if client.call("verify", key=key, **params)["code"] == "ok"}


@pytest.mark.parametrize("rule, tenants", [
    (f"uid {ME}: acme", {"acme"}),
    (f"uid {pwd.getpwuid(ME).pw_name}: acme zeta", {"acme", "zeta"}),
    (f"gid {os.getgid()}:  zeta ", {"zeta"}),
    (f"gid {grp.getgrgid(os.getgid()).gr_name}: acme", {"acme"}),
    (f"uid {ME}: nobody", set()),
    (f"uid {ME + 1}: acme", {"default", "acme", "zeta"}),
    (f"gid {max(os.getgroups(), default=0) + 4321}: acme", {"default", "acme", "zeta"}),
])
def test_rules(bound, rule, tenants):
    daemon = bound(rule)
    assert asked(daemon) == tenants
    assert asked(daemon, daemon.connect) == tenants
    daemon.restart()
    assert asked(daemon) == tenants


def test_rules_add_up(bound):
    assert asked(bound(f"uid {ME}: acme", f"gid {os.getgid()}: zeta")) == {"acme", "zeta"}


def test_a_foreign_key_is_as_none(bound):
    """Byte for byte, whatever else is asked, and it counts nothing."""
    daemon = bound(f"uid {ME}: acme")
    client, admin = daemon.connect_verify(), daemon.connect()
    other, gone = daemon.keys["zeta"], admin.call("key.create", name="gone", tenant="acme")
    admin.call("key.delete", id=gone["id"])
    for more in ({}, {"tenant": "zeta"}, {"tenant": "acme"}, {"ip": "192.0.2.1", "scopes": ["a"], "units": 7}):
        assert client.call("verify", key=other, **more) == client.call("verify", key=gone["key"], **more) == {
            "valid": False, "code": "not_found"}
    assert asked(daemon, tenant="acme") == {"acme"} and asked(daemon, tenant="zeta") == set()
    assert admin.call("key.list", tenant="zeta")["keys"][0]["requests"] == 0


@pytest.mark.parametrize("form", ["sha256", "bcrypt"])
def test_imported_ones_too(bound, form):
    daemon = bound(f"uid {ME}: acme")
    known = {"sha256": hashlib.sha256(OLD.encode()).hexdigest(),
             "bcrypt": crypt.crypt(OLD, "$2b$04$abcdefghijklmnopqrstuu")}[form]
    key = daemon.connect().call("key.import", name="old", tenant="zeta", prefix="legacy", **{form: known})
    assert daemon.connect_verify().call("verify", key=OLD) == {"valid": False, "code": "not_found"}
    daemon.connect().call("key.delete", id=key["id"])
    daemon.connect().call("key.import", name="old", tenant="acme", prefix="legacy", **{form: known})
    assert daemon.connect_verify().call("verify", key=OLD)["code"] == "ok"


@pytest.mark.parametrize("rule", ["", "uid", "uid 0", "uid 0:", "uid 0: ", "uid : acme", "user 0: acme", "uid 0: UPPER/",
                                  "uid no-such-user-here: acme", "gid no-such-group-here: acme", "uid 4294967295: acme",
                                  "uid -1: acme", "uid 0x0: acme", "uid 0: " + " ".join(f"t{n}" for n in range(17))])
def test_wrong_rules(new_daemon, rule):
    daemon = new_daemon(config=f'verify_tenants = {{"{rule}"}}\n')
    done = daemon.run("--check-config")
    assert done.returncode == 78 and "verify_tenants" in done.stderr and ":1:" in done.stderr


def test_the_most_tenants(new_daemon):
    rule = "uid 0: " + " ".join(f"t{n}" for n in range(16))
    daemon = new_daemon(config=f'verify_tenants = {{"{rule}"}}\n')
    dumped = daemon.run("--dump-config").stdout
    assert f'verify_tenants = {{"{rule}"}}' in dumped
    daemon.config = dumped
    assert daemon.run("--check-config").returncode == 0


def test_a_reload_leaves_it(bound):
    daemon = bound(f"uid {ME}: acme")
    daemon.config = ""
    daemon.reload()
    assert asked(daemon) == {"acme"} and "verify_tenants has changed" in daemon.output()
    daemon.config = 'verify_tenants = {"gid 0: other"}\n'
    daemon.reload()
    daemon.reload()
    assert asked(daemon) == {"acme"}


def test_without_rules_nothing_is_bound(bound):
    daemon = bound()
    assert asked(daemon) == {"default", "acme", "zeta"}
    with pytest.raises(RpcError):
        daemon.connect_verify().call("key.list")
