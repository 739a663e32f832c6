"""A flipped bit in the store: found at the start or when it is read, never believed."""

import os
import random
import shutil

import pytest

from rpc import RpcError
from server import poll

FLIPS = int(os.environ.get("BIT_FLIPS", "60"))
SYSEXITS = range(64, 79)


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


def test_flipped_bits(population):
    daemon, records, asked, verdicts = population
    whole = daemon.dir / "whole"
    shutil.copytree(daemon.data, whole)
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    refused = 0
    for _ in range(FLIPS):
        shutil.rmtree(daemon.data)
        shutil.copytree(whole, daemon.data)
        at = flip(daemon.data / "apikeyd.db", chance)
        print(f"seed {seed}: byte {at}")  # shown when the test fails
        try:
            daemon.start()
        except AssertionError as error:
            code = int(str(error).split("ended with ")[1].split()[0])
            assert code in SYSEXITS, error
            refused += 1
            continue
        verifier, admin = daemon.connect_verify(), daemon.connect()
        assert [verifier.call("verify", **one) for one in asked] == verdicts
        for record in records:
            try:
                assert admin.call("key.get", id=record["id"]) == record
            except RpcError as error:
                assert error.code in ("internal", "unavailable", "not_found"), error
        daemon.stop()
    assert refused, "no flip was found, so the test looked at nothing"
