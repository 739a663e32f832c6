"""Keys: made, shown once, found again, changed, disabled, revoked, deleted; and request_id."""

import os
import re
import time
import zlib

import pytest

from leaks import memory_holds
from rpc import RpcError, code_of
from server import poll

FIELDS = {
    "name": "Billing, nightly",
    "tenant": "default",
    "owner": "erin",
    "env": "test",
    "scopes": ["invoices:read", "reports:*"],
    "ip_allow": ["10.0.0.0/8", "2001:db8::/32"],
    "expires_at": 4_000_000_000,
    "email": "erin@example.org",
    "notes": "asked for by mail\nsee ticket 12",
    "meta": {"team": "billing", "tags": ["a", 1, True, {"deep": None}]},
}
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(text):
    """Six base62 digits of the CRC-32, the most significant first."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits


def without_times(key):
    """A key as a result, without what a verify or the passing of time changes."""
    return {
        name: value
        for name, value in key.items()
        if name not in ("key", "last_used_at", "requests", "units")
    }


def test_key_text(admin):
    key = admin.call("key.create", name="demo")
    assert re.fullmatch(r"ak_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}", key["key"])
    assert key["key"][-6:] == checksum(key["key"][:-6])
    prefix = key["key"].rpartition("_")[0]
    assert key["masked"] == f"{prefix}_…{key['key'][-4:]}"
    assert [secret["prefix"] for secret in key["secrets"]] == [prefix]
    assert re.fullmatch(r"k_[0-9A-Za-z]+", key["id"])


def test_keys_differ(admin):
    keys = [r for r in admin.pipeline([("key.create", {"name": "same"})] * 200)]
    for field in ("id", "key", "masked"):
        assert len({key[field] for key in keys}) == 200


def test_defaults(admin):
    before = int(time.time())
    key = admin.call("key.create", name="demo")
    assert (key["tenant"], key["owner"], key["created_by"], key["env"]) == (
        "default",
        "root",
        "root",
        "live",
    )
    assert key["status"] == "active"
    assert before - 1 <= key["created_at"] <= time.time() + 1
    assert not key.get("scopes") and not key.get("ip_allow") and key.get("expires_at") is None
    for absent in ("email", "notes", "meta", "plan", "units_per_request", "last_used_at"):
        assert key.get(absent) is None
    assert not key.get("rate") and not key.get("quota")


def test_every_field_is_stored_and_given_back(daemon):
    admin = daemon.connect()
    created = admin.call("key.create", **FIELDS)
    full = created.pop("key")
    assert {name: created[name] for name in FIELDS} == FIELDS
    assert full.startswith("ak_test_")
    assert admin.call("key.get", id=created["id"]) == created
    assert admin.call("key.list")["keys"] == [created]
    daemon.restart()
    assert daemon.connect().call("key.get", id=created["id"]) == created


def test_expires_in_is_counted_from_now(admin):
    before = int(time.time())
    key = admin.call("key.create", name="demo", expires_in=3600)
    assert before - 1 <= key["expires_at"] - 3600 <= time.time() + 1


def test_the_full_key_is_shown_once(admin):
    key = admin.call("key.create", name="demo", request_id="once")
    ref = {"id": key["id"]}
    full = key["key"]
    answers = [
        admin.call("key.create", name="demo", request_id="once"),
        admin.call("key.get", **ref),
        admin.call("key.list"),
        admin.call("key.update", **ref, notes="x"),
        admin.call("key.disable", **ref),
        admin.call("key.enable", **ref),
        admin.call("key.revoke", **ref),
        admin.call("stats.get"),
        admin.call("key.delete", **ref),
    ]
    assert full[-38:] not in repr(answers)
    assert all("key" not in answer for answer in answers)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads another's memory")
def test_a_new_keys_text_stays_in_no_memory(daemon, admin, verifier, sanitized):
    """Neither what was issued nor what was asked about, once it is answered."""
    key = admin.call("key.create", name="demo")
    keys = [key["key"], admin.call("key.rotate", id=key["id"], grace=60)["key"]]
    late = admin.call("key.import", name="old", prefix="old", plaintext="an old key, which services hold")
    assert late["id"]
    for text in [*keys, "an old key, which services hold"]:
        assert verifier.call("verify", key=text)["valid"]
    for text in [*keys, "an old key, which services hold"]:
        assert sanitized or not memory_holds(daemon.pid, text[-30:].encode()), text


@pytest.mark.parametrize(
    "method", ["key.get", "key.update", "key.disable", "key.enable", "key.revoke", "key.delete"]
)
def test_not_found(admin, method):
    key = admin.call("key.create", name="other")
    for ref in ("k_nope", "ak_live_00000000", key["id"][:-1], key["id"] + "x", key["id"].upper()):
        assert code_of(admin, method, id=ref) == "not_found"
    assert without_times(admin.call("key.get", id=key["id"])) == without_times(key)


@pytest.mark.parametrize(
    "method", ["key.get", "key.update", "key.disable", "key.enable", "key.revoke", "key.delete"]
)
def test_by_prefix(admin, method):
    key = admin.call("key.create", name="demo")
    prefix = key["key"].rpartition("_")[0]
    assert admin.call(method, id=prefix)["id"] == key["id"]


def test_a_full_key_is_no_reference(admin):
    """The daemon must not take, or echo, a secret where a name is meant."""
    key = admin.call("key.create", name="demo")["key"]
    admin.call("key.import", name="old", plaintext=(old := "legacy-0123456789-abcdefg"))
    for method in ("key.get", "key.update", "key.disable", "key.revoke", "key.delete", "key.explain", "usage.query"):
        for secret in (key, old):
            with pytest.raises(RpcError) as error:
                admin.call(method, **{"key" if method == "usage.query" else "id": secret})
            assert error.value.code == "not_found" and secret[-20:] not in error.value.text
    with pytest.raises(RpcError, match="^not_found: no key ak_live_0123ABCD$"):
        admin.call("key.get", id="ak_live_0123ABCD")


def test_update(daemon):
    admin = daemon.connect()
    key = admin.call("key.create", name="first", notes="old", scopes=["a"])
    changes = {name: FIELDS[name] for name in FIELDS if name not in ("tenant", "env")}
    updated = admin.call("key.update", id=key["id"], **changes)
    assert {name: updated[name] for name in changes} == changes
    assert updated["id"] == key["id"] and updated["masked"] == key["masked"]
    daemon.restart()
    assert daemon.connect().call("key.get", id=key["id"]) == updated


def test_update_leaves_the_rest_alone(admin):
    key = admin.call("key.create", **FIELDS)
    expected = without_times(key) | {"notes": "only this"}
    assert without_times(admin.call("key.update", id=key["id"], notes="only this")) == expected
    assert without_times(admin.call("key.get", id=key["id"])) == expected


@pytest.mark.parametrize("field", ["scopes", "ip_allow", "expires_at", "email", "notes", "meta"])
def test_nil_empties_a_field(admin, field):
    key = admin.call("key.create", **FIELDS)
    emptied = admin.call("key.update", id=key["id"], **{field: None})
    assert not emptied.get(field)
    rest = {name: value for name, value in FIELDS.items() if name != field}
    assert {name: emptied[name] for name in rest} == rest


def test_disable_and_enable(admin):
    key = admin.call("key.create", name="demo")
    for method, status in [
        ("disable", "disabled"),
        ("disable", "disabled"),
        ("enable", "active"),
        ("enable", "active"),
    ]:
        assert admin.call(f"key.{method}", id=key["id"])["status"] == status
        assert admin.call("key.get", id=key["id"])["status"] == status


def test_revoking_twice_is_harmless(admin):
    key = admin.call("key.create", name="demo")
    first = admin.call("key.revoke", id=key["id"])
    assert first["status"] == "revoked"
    assert admin.call("key.revoke", id=key["id"]) == first


def test_a_revoked_key_stays_revoked(admin):
    key = admin.call("key.create", name="demo")
    admin.call("key.revoke", id=key["id"])
    for method in ("enable", "disable", "update"):
        try:
            admin.call(f"key.{method}", id=key["id"])
        except RpcError as error:
            assert error.code == "conflict"
        assert admin.call("key.get", id=key["id"])["status"] == "revoked"


def test_delete(daemon, admin, verifier):
    key = admin.call("key.create", name="demo")
    admin.call("key.delete", id=key["id"])
    assert code_of(admin, "key.delete", id=key["id"]) == "not_found"
    assert code_of(admin, "key.get", id=key["id"]) == "not_found"
    assert (
        admin.call("key.list") == {"keys": [], "next": None, "total": 0}
        or not admin.call("key.list")["total"]
    )
    assert verifier.call("verify", key=key["key"]) == {"valid": False, "code": "not_found"}
    daemon.restart()
    assert daemon.connect_verify().call("verify", key=key["key"]) == {
        "valid": False,
        "code": "not_found",
    }


def test_status_expired(admin):
    key = admin.call("key.create", name="demo", expires_in=1)
    poll(lambda: admin.call("key.get", id=key["id"])["status"] == "expired", "an expired key")


# -- request_id


CHANGES = {
    "key.update": {"notes": "changed"},
    "key.disable": {},
    "key.enable": {},
    "key.revoke": {},
    "key.delete": {},
}


def test_same_request_id_gives_the_first_outcome(daemon):
    admin = daemon.connect()
    first = admin.call("key.create", name="demo", request_id="r1")
    del first["key"]
    assert admin.call("key.create", name="demo", request_id="r1") == first
    assert admin.call("key.list")["total"] == 1
    daemon.restart()
    admin = daemon.connect()
    assert admin.call("key.create", name="demo", request_id="r1") == first
    daemon.kill9()
    daemon.start()
    assert daemon.connect().call("key.create", name="demo", request_id="r1") == first
    assert daemon.connect().call("key.list")["total"] == 1


@pytest.mark.parametrize(("method", "params"), CHANGES.items())
def test_the_first_outcome_stays_though_the_key_went_on(admin, method, params):
    key = admin.call("key.create", name="demo")
    first = admin.call(method, id=key["id"], request_id="r", **params)
    if method != "key.delete":
        admin.call("key.update", id=key["id"], name="later")
    assert admin.call(method, id=key["id"], request_id="r", **params) == first
    if method != "key.delete":
        assert admin.call("key.get", id=key["id"])["name"] == "later"


@pytest.mark.parametrize("letter", ["r", "é", "🔑"])
def test_a_request_id_has_up_to_64_characters(admin, letter):
    made = [admin.call("key.create", name="demo", request_id=letter * 64) for _ in range(2)]
    assert made[0]["id"] == made[1]["id"]


def test_a_request_id_of_nil_is_none(admin):
    made = [admin.call("key.create", name="demo", request_id=None) for _ in range(2)]
    assert made[0]["id"] != made[1]["id"]


def test_same_request_id_with_other_parameters(admin):
    key = admin.call("key.create", name="demo", request_id="r")
    other = admin.call("key.create", name="other")
    assert code_of(admin, "key.create", name="demo 2", request_id="r") == "conflict"
    assert code_of(admin, "key.create", name="demo", notes="x", request_id="r") == "conflict"
    assert code_of(admin, "key.revoke", id=key["id"], request_id="r") == "conflict"
    admin.call("key.disable", id=key["id"], request_id="d")
    assert code_of(admin, "key.disable", id=other["id"], request_id="d") == "conflict"
    assert code_of(admin, "key.enable", id=key["id"], request_id="d") == "conflict"
    assert admin.call("key.list")["total"] == 2
    assert admin.call("key.get", id=other["id"])["status"] == "active"


def test_a_failed_change_does_not_use_up_its_request_id_wrongly(admin):
    """Asked again, a refused change is refused again; never answered as if it had been done."""
    assert code_of(admin, "key.revoke", id="k_nope", request_id="r") == "not_found"
    assert code_of(admin, "key.revoke", id="k_nope", request_id="r") == "not_found"


def test_same_request_id_pipelined(admin):
    """Many at once, in one commit: one key."""
    answers = admin.pipeline([("key.create", {"name": "demo", "request_id": "r"})] * 50)
    assert len({answer["id"] for answer in answers}) == 1
    assert sum("key" in answer for answer in answers) == 1
    assert admin.call("key.list")["total"] == 1


def test_longest_request_id(admin):
    first = admin.call("key.create", name="demo", request_id="r" * 64)
    assert admin.call("key.create", name="demo", request_id="r" * 64)["id"] == first["id"]
    assert admin.call("key.create", name="demo", request_id="r" * 63)["id"] != first["id"]


def test_hello(daemon, admin, verifier):
    hello = admin.call("hello", client="tests")
    assert hello["server"] and hello["version"] and hello["protocol"] == 1
    assert (hello["socket"], hello["uid"]) == ("admin", os.getuid())
    assert hello["authenticated"] is True and hello["role"] == "admin"
    hello = verifier.call("hello")
    assert hello["socket"] == "verify" and hello["protocol"] == 1


def test_ping_tells_the_time(admin):
    before = int(time.time())
    assert before - 1 <= admin.call("ping")["time"] <= time.time() + 1  # its clock may be a millisecond off


def test_stats(admin, verifier):
    key = admin.call("key.create", name="demo")
    for _ in range(3):
        verifier.call("verify", key=key["key"])
    assert isinstance(admin.call("stats.get"), dict) and admin.call("stats.get")
