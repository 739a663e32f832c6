"""verify: the verdicts in their order, what comes with them, and changes in force at once."""

import itertools
import random
import threading

import pytest

from rpc import RpcError
from server import poll
from test_keys import checksum

NOT_FOUND = {"valid": False, "code": "not_found"}
MALFORMED = {"valid": False, "code": "malformed"}
OPTIONAL = {"meta", "expires_at", "superseded", "grace_ends", "limits", "missing", "retry_after"}
ALWAYS = {"valid", "code", "key_id", "prefix", "name", "tenant", "owner", "env"}


def own(body, env="live"):
    """A key of our own format with a right checksum, that nobody made."""
    key = f"ak_{env}_00000000_{body:0>32}"
    return key + checksum(key)


@pytest.fixture(scope="module")
def admin(module_daemon):
    return module_daemon.connect()


@pytest.fixture(scope="module", params=["verify", "admin"])
def verifier(request, module_daemon):
    return module_daemon.connect_verify() if request.param == "verify" else module_daemon.connect()


@pytest.fixture
def make(admin):
    """Makes a key."""

    def make(**params):
        return admin.call("key.create", **({"name": "demo"} | params))

    return make


def test_everything_that_comes_with_ok(verifier, make):
    key = make(
        name="Ünï",
        owner="erin",
        env="test",
        scopes=["a:read", "b:*"],
        meta={"n": [1, {"x": None}]},
        expires_at=4_000_000_000,
    )
    result = verifier.call("verify", key=key["key"])
    expected = {
        "valid": True,
        "code": "ok",
        "key_id": key["id"],
        "prefix": key["secrets"][0]["prefix"],
        "name": "Ünï",
        "tenant": "default",
        "owner": "erin",
        "env": "test",
        "scopes": ["a:read", "b:*"],
        "meta": {"n": [1, {"x": None}]},
        "expires_at": 4_000_000_000,
    }
    assert {name: result.get(name) for name in expected} == expected
    assert not result.keys() - expected.keys() - OPTIONAL


def test_what_is_nil_is_absent(verifier, make):
    result = verifier.call("verify", key=make()["key"])
    assert None not in result.values()
    assert ALWAYS <= result.keys() <= ALWAYS | {"scopes", "limits", "superseded"}
    assert not result.get("scopes") and not result.get("superseded")


@pytest.mark.parametrize("key", ["", "x" * 257, "x" * 2000, b"", b"\0" * 257])
def test_malformed_by_length(verifier, key):
    assert verifier.call("verify", key=key) == MALFORMED


def test_wrong_checksum_is_malformed(verifier, make):
    key = make()["key"]
    for at in (-1, -6, -7, -38, 8, 15):
        other = "1" if key[at] == "0" else "0"
        broken = key[:at] + other + key[at:][1:]
        assert verifier.call("verify", key=broken) == MALFORMED
    assert verifier.call("verify", key=key)["valid"] is True


FOREIGN = [
    "x",
    "sk_live_abc",
    "x" * 256,
    b"\xff\x00\xfe",
    "ключ",
    "a b\n",
    "ak_",
    "ak_live",
    "bk" + own("7")[2:],
]


@pytest.mark.parametrize("key", [own("0"), own("zz", "test"), *FOREIGN])
def test_not_found(verifier, key):
    assert verifier.call("verify", key=key) == NOT_FOUND


def test_key_as_binary(verifier, make):
    key = make()
    assert verifier.call("verify", key=key["key"].encode())["key_id"] == key["id"]


@pytest.mark.parametrize(
    "change", [str.upper, str.lower, lambda k: k + "\n", lambda k: " " + k, lambda k: k[:-1]]
)
def test_a_key_is_exact(verifier, make, change):
    assert verifier.call("verify", key=change(make()["key"]))["valid"] is False


# Each state with what brings it about; a key in several is denied for the first of them.
CAUSES = {
    "revoked": ({}, {}, "key.revoke"),
    "expired": ({"expires_in": 1}, {}, None),
    "disabled": ({}, {}, "key.disable"),
    "ip_denied": ({"ip_allow": ["10.0.0.0/8"]}, {"ip": "192.0.2.1"}, None),
    "scope_missing": ({"scopes": ["a"]}, {"scopes": ["a", "b"]}, None),
}
COMBINATIONS = [c for n in range(1, 6) for c in itertools.combinations(CAUSES, n)]


def test_order_of_the_verdicts(admin, verifier, make):
    cases = []
    for causes in COMBINATIONS:
        created, asked = {}, {}
        for cause in causes:
            created |= CAUSES[cause][0]
            asked |= CAUSES[cause][1]
        key = make(**created)
        for method in ("key.disable", "key.revoke"):
            if method in [CAUSES[cause][2] for cause in causes]:
                admin.call(method, id=key["id"])
        cases.append((causes, asked | {"key": key["key"]}, key["id"]))
    for causes, asked, key_id in cases:
        if "expired" in causes and "revoked" not in causes:
            poll(
                lambda: verifier.call("verify", **asked)["code"] == "expired",
                f"expired of {causes}",
            )
        result = verifier.call("verify", **asked)
        assert (result["valid"], result["code"], result["key_id"]) == (False, causes[0], key_id)


def test_scope_missing_names_them(verifier, make):
    key = make(scopes=["a", "b:*"])["key"]
    result = verifier.call("verify", key=key, scopes=["c", "a", "b:x", "d:"])
    assert result["code"] == "scope_missing" and sorted(result["missing"]) == ["c", "d:"]
    assert "missing" not in verifier.call("verify", key=key, scopes=["a", "b:anything/at.all"])


SCOPES = [
    (["invoices:*"], "invoices:read", True),
    (["invoices:*"], "invoices:", True),
    (["invoices:*"], "invoices", False),
    (["invoices:*"], "invoices2:read", False),
    (["invoices:read"], "invoices:read", True),
    (["invoices:read"], "invoices:rea", False),
    (["invoices:read"], "invoices:reads", False),
    (["inv*"], "invoices:read", True),
    (["*"], "anything", True),
    (["*"], "apikeyd:admin", False),
    (["*"], "apikeyd:read", False),
    (["*"], "apikeyd", True),
    (["*", "b"], "b", True),
    ([], "a", False),
    (["a"], "b", False),
]


@pytest.mark.parametrize(("granted", "needed", "expected"), SCOPES)
def test_scopes(verifier, make, granted, needed, expected):
    key = make(scopes=granted)["key"]
    assert verifier.call("verify", key=key, scopes=[needed])["valid"] is expected
    assert verifier.call("verify", key=key, scopes=[])["valid"] is True


ADDRESSES = [
    (["10.0.0.0/8"], "10.255.255.255", True),
    (["10.0.0.0/8"], "11.0.0.0", False),
    (["10.0.0.0/8"], "9.255.255.255", False),
    (["10.0.0.0/8"], "::ffff:10.1.2.3", True),
    (["10.0.0.0/8"], "::ffff:a01:203", True),
    (["10.0.0.0/8"], "::10.1.2.3", False),
    (["10.0.0.0/8"], None, False),
    (["::ffff:10.0.0.0/104"], "10.1.2.3", True),
    (["192.0.2.7"], "192.0.2.7", True),
    (["192.0.2.7"], "192.0.2.6", False),
    (["192.0.2.6/31"], "192.0.2.7", True),
    (["2001:db8::/33"], "2001:db8:7fff::1", True),
    (["2001:db8::/33"], "2001:db8:8000::", False),
    (["2001:db8::1"], "2001:DB8:0::1", True),
    (["0.0.0.0/0"], "203.0.113.9", True),
    (["0.0.0.0/0"], "2001:db8::1", False),
    (["::/0"], "2001:db8::1", True),
    (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::5", True),
    ([], None, True),
    ([], "203.0.113.9", True),
]


@pytest.mark.parametrize(("allowed", "ip", "expected"), ADDRESSES)
def test_addresses(verifier, make, allowed, ip, expected):
    asked = {} if ip is None else {"ip": ip}
    result = verifier.call("verify", key=make(ip_allow=allowed)["key"], **asked)
    assert (result["valid"], result["code"]) == (expected, "ok" if expected else "ip_denied")


def test_another_tenant_is_not_found(verifier, make):
    key = make()["key"]
    assert verifier.call("verify", key=key, tenant="default")["valid"] is True
    for tenant in ("other", "defaul", "default2"):
        assert verifier.call("verify", key=key, tenant=tenant) == NOT_FOUND


def test_all_parameters_at_once(verifier, make):
    key = make(scopes=["a"], ip_allow=["10.0.0.1"])["key"]
    result = verifier.call(
        "verify",
        key=key,
        ip="10.0.0.1",
        scopes=["a"],
        tenant="default",
        resource="/v1/x",
        units=12,
        cost=1000,
        agent="curl/7.88 (é)",
        dry_run=True,
    )
    assert result["valid"] is True


def test_a_whole_turn_pipelined(verifier, make):
    keys = [make(name=f"k{n}")["key"] for n in range(20)]
    order = [random.randrange(20) for _ in range(2000)]
    results = verifier.pipeline([("verify", {"key": keys[n]}) for n in order])
    assert [result["name"] for result in results] == [f"k{n}" for n in order]


# -- changes hold for the very next verify


def test_revoke_holds_for_the_very_next_verify(module_daemon, admin, make):
    others = [module_daemon.connect_verify() for _ in range(8)]
    for n in range(50):
        key = make()
        other = others[n % len(others)]
        assert other.call("verify", key=key["key"])["valid"] is True
        admin.call("key.revoke", id=key["id"])
        assert other.call("verify", key=key["key"])["code"] == "revoked"


def test_no_verify_after_the_answer_is_served_from_before(module_daemon, make):
    """While others verify without pause, none begun after a revoke's answer says yes."""
    keys = [make() for _ in range(30)]
    revoked, late, stop = set(), [], threading.Event()

    def hammer():
        client = module_daemon.connect_verify()
        while not stop.is_set():
            for key in keys:
                known = key["id"] in revoked
                if client.call("verify", key=key["key"])["valid"] and known:
                    late.append(key["id"])

    threads = [threading.Thread(target=hammer) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        client = module_daemon.connect()
        for key in keys:
            client.call("key.revoke", id=key["id"])
            revoked.add(key["id"])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert late == []


def test_disable_enable_and_update_hold_at_once(module_daemon, admin, make):
    verifier = module_daemon.connect_verify()
    key = make(scopes=["a"])
    steps = [
        ("key.disable", {}, "disabled"),
        ("key.enable", {}, "ok"),
        ("key.update", {"scopes": ["b"]}, "scope_missing"),
        ("key.update", {"scopes": None}, "scope_missing"),
        ("key.update", {"scopes": ["a", "b"]}, "ok"),
        ("key.update", {"ip_allow": ["10.0.0.1"]}, "ip_denied"),
        ("key.update", {"ip_allow": None}, "ok"),
        ("key.update", {"expires_in": 1000}, "ok"),
        ("key.delete", {}, "not_found"),
    ]
    for method, params, code in steps:
        admin.call(method, id=key["id"], **params)
        assert verifier.call("verify", key=key["key"], scopes=["a"])["code"] == code


def test_new_name_owner_and_meta_are_in_the_next_result(module_daemon, admin, make):
    verifier = module_daemon.connect_verify()
    key = make()
    changes = {"name": "renamed", "owner": "mallory", "meta": {"v": 2}, "expires_at": 4_000_000_001}
    admin.call("key.update", id=key["id"], **changes)
    result = verifier.call("verify", key=key["key"])
    assert {name: result[name] for name in changes} == changes


def test_create_then_verify_pipelined_elsewhere(module_daemon, admin):
    verifier = module_daemon.connect_verify()
    for key in admin.pipeline([("key.create", {"name": f"n{n}"}) for n in range(200)]):
        assert verifier.call("verify", key=key["key"])["valid"] is True


def test_expiry(module_daemon, make):
    verifier = module_daemon.connect_verify()
    key = make(expires_in=1)
    codes = []

    def expired():
        codes.append(verifier.call("verify", key=key["key"])["code"])
        return codes[-1] == "expired"

    poll(expired, "an expired key")
    assert set(codes) <= {"ok", "expired"}


def test_an_expired_key_lives_again_with_a_later_expiry(module_daemon, admin, make):
    verifier = module_daemon.connect_verify()
    key = make(expires_in=1)
    poll(lambda: verifier.call("verify", key=key["key"])["code"] == "expired", "an expired key")
    admin.call("key.update", id=key["id"], expires_in=1000)
    assert verifier.call("verify", key=key["key"])["valid"] is True


def test_all_states_are_there_again_after_a_restart(daemon):
    admin = daemon.connect()
    keys = {}
    for state in ("ok", "disabled", "revoked", "ip_denied", "scope_missing"):
        keys[state] = admin.call(
            "key.create",
            name=state,
            ip_allow=["10.0.0.1"] if state == "ip_denied" else [],
            scopes=["b"] if state == "scope_missing" else ["a"],
        )
    admin.call("key.disable", id=keys["disabled"]["id"])
    admin.call("key.revoke", id=keys["revoked"]["id"])
    daemon.restart()
    verifier = daemon.connect_verify()
    for state, key in keys.items():
        assert verifier.call("verify", key=key["key"], scopes=["a"])["code"] == state


def test_units_and_cost_out_of_range_change_nothing(module_daemon, admin, make):
    key = make()
    before = admin.call("key.get", id=key["id"])
    verifier = module_daemon.connect_verify()
    for bad in ({"cost": 1001}, {"cost": -1}, {"units": -1}, {"units": 2**63}):
        with pytest.raises(RpcError):
            verifier.call("verify", key=key["key"], **bad)
    assert admin.call("key.get", id=key["id"]) == before
