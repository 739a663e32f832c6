"""A verify of the usual form is read by a short cut: it must answer as the general way does, whatever is in it."""

import random

import pytest

from rpc import pack

SEED = 20261121
CASES = 3000


@pytest.fixture(scope="module")
def keys(module_daemon):
    admin = module_daemon.connect()
    common = {"name": "k", "scopes": ["a:read", "b:*"]}
    return [
        admin.call("key.create", **common)["key"],
        admin.call("key.create", **common, ip_allow=["10.0.0.0/8", "2001:db8::/32"])["key"],
        admin.call("key.create", **common, rate=[{"window": 60, "limit": 5}])["key"],
        admin.call("key.create", **common, units_per_request=300)["key"],
    ]


def text(rng, *likely):
    return rng.choice(likely) if rng.random() < 0.9 else rng.choice([5, None, True, [], b"a"])


def number(rng, *likely):
    return rng.choice(likely) if rng.random() < 0.9 else rng.choice(["1", None, -1, 1.0, 2**40])


def scopes(rng):
    known = ["a:read", "b:x", "c", "a..b", "..", "", "A", "x" * 64, "x" * 65, "b:*", 5]
    return [rng.choice(known) for _ in range(rng.choice([0, 1, 1, 2, 3, 16]))]


def parameters(rng, keys):
    values = {
        "key": text(rng, *keys, *keys, keys[0][:-1], keys[0] + "x", "", "x" * 255, "x" * 256),
        "ip": text(rng, "10.1.2.3", "192.0.2.1", "2001:db8::1", "::ffff:10.0.0.1", "10.01.2.3", "10.1.2",
                   "10.1.2.3.4", "256.1.1.1", "1.1.1.1 ", "", "::1%lo", "0.0.0.0", "1.1.1.1\0"),
        "scopes": scopes(rng) if rng.random() < 0.9 else rng.choice(["a", 5, {"a": 1}]),
        "tenant": text(rng, "default", "other", "", "A", "x" * 64, "x" * 65),
        "resource": text(rng, "r", "", "x" * 255, "x" * 256, "x" * 257, "é", "\udcff"),
        "units": number(rng, 0, 1, 127, 128, 255, 256, 300, 301, 65536, 2**32 - 1, 2**32, 10**12, 10**12 + 1),
        "cost": number(rng, 0, 1, 2, 6, 127, 128, 255, 256, 1000, 1001, 2**32),
        "agent": text(rng, "", "curl/8", "x" * 300, "x" * 512, "x" * 513, "é", "\udcff"),
        "dry_run": rng.choice([True, True, True, False, None, 1]),
        "dry_rum": 1,
    }  # fmt: skip
    chosen = [name for name in values if name == "key" or rng.random() < 0.25]
    if rng.random() < 0.95 and "dry_rum" in chosen:
        chosen.remove("dry_rum")
    if rng.random() < 0.03:
        chosen.append(rng.choice(chosen))
    if rng.random() < 0.02:
        chosen.remove("key")
    rng.shuffle(chosen)
    return [(name, values[name]) for name in chosen]


def encode(pairs, msgid, params_header):
    body = b"".join(pack(name) + pack(value) for name, value in pairs)
    return b"\x94\x00" + pack(msgid) + pack("verify") + params_header + bytes([0x80 | len(pairs)]) + body


def test_both_ways_answer_the_same(module_daemon, keys):
    rng = random.Random(SEED)
    client = module_daemon.connect_verify()
    valid = errors = 0
    for msgid in range(CASES):
        pairs = parameters(rng, keys)
        if not any(name == "dry_run" and value is True for name, value in pairs):
            pairs = [pair for pair in pairs if pair[0] != "key" or pair[1] != keys[2]] or [("key", "x")]
        short = encode(pairs, msgid, b"\x91")
        client.send(short)
        first = client.recv()
        client.send(encode(pairs, msgid, b"\xdc\x00\x01"))
        assert first == client.recv(), (pairs, first)
        valid += first[2] is None and first[3]["valid"]
        errors += first[2] is not None
        # cut anywhere, it is not answered before it is whole
        cut = rng.randrange(1, len(short))
        client.send(short[:cut])
        client.send(short[cut:])
        assert client.recv() == first, pairs
    assert valid > CASES / 20 and errors > CASES / 20


def test_many_in_one_write_with_broken_ones_between(module_daemon, keys):
    client = module_daemon.connect_verify()
    good = encode([("key", keys[0]), ("scopes", ["a:read"])], 7, b"\x91")
    bad = encode([("scopes", ["A"]), ("key", keys[0])], 8, b"\x91")
    client.send((good + bad) * 100)
    replies = [client.recv() for _ in range(200)]
    assert [error for _, msgid, error, _ in replies if msgid == 7] == [None] * 100
    assert sum(error.startswith("invalid_argument: scopes[0]: ") for _, msgid, error, _ in replies if msgid == 8) == 100
