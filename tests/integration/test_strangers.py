"""Unknown and malformed keys: counted by where they come from, and no refusal for anybody."""

import pytest

FROM = {
    None: "none",
    "127.0.0.1": "loopback",
    "10.1.2.3": "private",
    "::ffff:192.168.0.1": "private",
    "fd00::1": "private",
    "192.0.2.1": "ipv4",
    "2001:db8::1": "ipv6",
}


def unknown(admin):
    return admin.call("stats.get")["unknown_from"]


@pytest.mark.parametrize(("ip", "kind"), FROM.items())
@pytest.mark.parametrize("key", ["", "nobody's key"])
def test_counted_by_where_they_come_from(daemon, admin, verifier, ip, kind, key):
    before = unknown(admin)
    params = {"key": key} | ({"ip": ip} if ip else {})
    verifier.pipeline([("verify", params)] * 3)
    after = unknown(admin)
    assert set(after) == set(FROM.values())
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {kind: 3}


def test_all_of_them_and_no_others(admin, verifier):
    key = admin.call("key.create", name="demo")
    verifier.pipeline([("verify", {"key": key["key"]}), ("verify", {"key": ""}), ("verify", {"key": "x"})] * 5)
    stats = admin.call("stats.get")
    assert sum(stats["unknown_from"].values()) == 10
    assert stats["verifies"]["malformed"] + stats["verifies"]["not_found"] == 10


def test_a_stranger_refuses_nobody(admin, verifier):
    """Whoever guesses at a key's secret, from its owner's very address, takes nothing of its limits."""
    limit = {"window": 86400, "limit": 20}
    key = admin.call("key.create", name="demo", rate=[limit], ip_allow=["192.0.2.1"])
    text = key["key"]
    guesses = [text[:-38] + "0" * 38, text[:-1] + ("0" if text[-1] != "0" else "1"), text[:-1], text + "0"]
    verifier.pipeline([("verify", {"key": guess, "ip": "192.0.2.1", "cost": 1000}) for guess in guesses * 50])
    replies = verifier.pipeline([("verify", {"key": text, "ip": "192.0.2.1"})] * 21)
    assert [reply["code"] for reply in replies] == ["ok"] * 20 + ["rate_limited"]
    assert admin.call("key.get", id=key["id"])["requests"] == 20
