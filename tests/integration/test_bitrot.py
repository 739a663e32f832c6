"""A flipped bit in the store or in the counters: found at the start or when it is read, never believed to allow a key."""

import os
import random
import re
import shutil

import pytest

from rpc import Closed, RpcError
from server import poll

FLIPS = int(os.environ.get("BIT_FLIPS", "60"))
ERRORS = ("internal", "unavailable", "outcome_unknown", "not_found")
EX_IOERR = 74  # sysexits.h


@pytest.fixture
def population(daemon):
    """A stopped daemon with keys in every state; gives it, their records and their verdicts."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    keys = []
    for n in range(12):
        params = {"notes": "n" * 50, "scopes": ["a"], "ip_allow": ["10.0.0.0/8"], "meta": {"n": n}}
        keys.append(admin.call("key.create", name=f"k{n}", **params))
    for key in keys[:3]:
        admin.call("key.revoke", id=key["id"])
    for key in keys[3:6]:
        admin.call("key.disable", id=key["id"])
    for key in keys[6:9]:
        admin.call("key.update", id=key["id"], expires_in=1)
    asked = [
        {"key": key["key"], "scopes": ["a"], "ip": "10.0.0.1", "dry_run": True} for key in keys
    ]
    poll(lambda: verifier.call("verify", **asked[8])["code"] == "expired", "expiry")
    records = [admin.call("key.get", id=key["id"]) for key in keys]
    verdicts = [verifier.call("verify", **one) for one in asked]
    daemon.stop()
    return daemon, records, asked, verdicts


def flip(path, chance):
    """Flips a bit among the bytes that are not zero, where it matters most."""
    content = bytearray(path.read_bytes())
    at = chance.choice([n for n, byte in enumerate(content) if byte])
    content[at] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    return at


def answer(client, method, params):
    """The result, or the code of the error."""
    try:
        return client.call(method, **params)
    except RpcError as error:
        return error.code


def test_flipped_bits(population):
    daemon, records, asked, verdicts = population
    whole = daemon.dir / "whole"
    shutil.copytree(daemon.data, whole)
    chance, found = random.Random(), 0
    for _ in range(FLIPS):
        shutil.rmtree(daemon.data)
        shutil.copytree(whole, daemon.data)
        at = flip(daemon.data / "apikeyd.db", chance)
        try:
            daemon.start()
        except AssertionError as error:
            assert re.search(r"ended with (6[4-9]|7[0-8]) ", str(error)), error
            found += 1
            continue
        believes(daemon, at, records, asked, verdicts)
    assert found, "no flip was found, so the test looked at nothing"


def believes(daemon, at, records, asked, verdicts):
    """What a daemon with byte `at` changed may say: the truth, an error, a clean stop."""
    verifier, admin = daemon.connect_verify(), daemon.connect()
    for one, verdict in zip(asked, verdicts):
        assert answer(verifier, "verify", one) in (verdict, "unavailable"), at  # or sealed
    try:
        for record in records:
            found = answer(admin, "key.get", {"id": record["id"]})
            assert found in (record, *ERRORS), at
        daemon.stop()
    except Closed:
        daemon.ended(EX_IOERR)  # it met the damage, said so and ended


# -- counters


LIMITS = {
    "rate": [{"window": 3600, "limit": 50}, {"window": 60, "limit": 40}],
    "quota": [{"period": "day", "of": "requests", "limit": 100}, {"period": "month", "of": "units", "limit": 1000}],
}


@pytest.fixture
def counted(daemon):
    """A daemon that was killed, having counted; gives it and its keys, of which the first is revoked."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    keys = [admin.call("key.create", name=f"k{n}", scopes=["a"], **LIMITS) for n in range(5)]
    for n in range(10):
        for key in keys:
            verifier.call("verify", key=key["key"], resource=f"r{n}", units=1, ip="10.0.0.1")
            verifier.call("verify", key=key["key"], scopes=["b"])
    kept = daemon.data / "limits.counters.log"
    before = kept.stat().st_mtime_ns
    poll(lambda: kept.stat().st_mtime_ns > before, "a sync")
    admin.call("key.revoke", id=keys[0]["id"])
    daemon.kill9()
    return daemon, keys


@pytest.mark.parametrize("boot", ["the same boot", "another boot"])
def test_flipped_bits_of_counters(counted, boot):
    daemon, keys = counted
    whole = daemon.dir / "whole"
    shutil.copytree(daemon.data, whole)
    chance = random.Random()
    files = [path.name for path in whole.glob("*.counters*") if path.read_bytes().strip(b"\0")]
    assert len(files) == 12
    for _ in range(FLIPS // 2):
        shutil.rmtree(daemon.data)
        shutil.copytree(whole, daemon.data)
        name = chance.choice(files)
        where = (name, flip(daemon.data / name, chance))
        if boot == "another boot":
            forget_boot(daemon)
        try:
            daemon.start()
        except AssertionError as error:
            assert re.search(r"ended with (6[4-9]|7[0-8]) ", str(error)), (where, error)
            continue
        counts_on(daemon, keys, where)


def forget_boot(daemon):
    """The mapped files as another boot left them."""
    for path in daemon.data.glob("*.counters"):
        with open(path, "r+b") as file:
            file.seek(16)
            file.write(b"x" * 36)


def counts_on(daemon, keys, where):
    """Whatever it believes to have counted: it denies what is revoked, stays within limits, and answers everything."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    for key in keys:
        verdict = verifier.call("verify", key=key["key"], resource="another", units=2)
        assert verdict["code"] in (["revoked"] if key is keys[0] else ["ok", "rate_limited", "quota_exceeded"]), where
        assert all(0 <= limit["remaining"] <= limit["limit"] for limit in verdict["limits"]), (where, verdict)
        assert 0 < verdict.get("retry_after", 1) <= 32 * 86400, (where, verdict)
        admin.call("key.get", id=key["id"])
        admin.call("usage.query", key=key["id"], by="resource")
    assert admin.call("usage.query", by="secret")["groups"], where
    admin.call("key.delete", id=keys[1]["id"])
    assert verifier.call("verify", key=admin.call("key.create", name="new")["key"])["valid"], where
    daemon.stop()
