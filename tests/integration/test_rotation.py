"""Rotation: a new secret under the same id, grace times, who still uses the old one."""

import collections
import random
import threading

import pytest

from leaks import leaks
from rpc import Closed, code_of
from server import poll

MOST = 16  # secrets of one key
DAY = 86400


def verdict_of(verifier, key, **params):
    return verifier.call("verify", key=key, **params)


def test_both_secrets_verify_in_the_grace_time(admin, verifier):
    first = admin.call("key.create", name="demo", scopes=["a:*"], meta={"team": "x"})
    second = admin.call("key.rotate", id=first["id"], grace=3600)
    assert second["id"] == first["id"] and second["key"] != first["key"]
    assert second["masked"] == f"{second['key'].rpartition('_')[0]}_…{second['key'][-4:]}"
    old, new = verdict_of(verifier, first["key"]), verdict_of(verifier, second["key"])
    assert old.pop("superseded") is True
    ends = old.pop("grace_ends")
    assert second["created_at"] + 3600 <= ends <= admin.call("ping")["time"] + 3600
    assert old.pop("prefix") != new.pop("prefix")
    assert old == new and new["valid"] and new["key_id"] == first["id"]


def test_without_grace_the_old_one_is_over_at_once(daemon):
    admin = daemon.connect()
    others = [daemon.connect_verify() for _ in range(4)]
    key = admin.call("key.create", name="demo")
    for _ in range(30):
        before, key = key, admin.call("key.rotate", id=key["id"], grace=0)
        for verifier in others:
            assert verdict_of(verifier, before["key"])["code"] == "expired"
            assert verdict_of(verifier, key["key"])["code"] == "ok"


def test_the_grace_time_ends_by_itself(admin, verifier):
    first = admin.call("key.create", name="demo")
    second = admin.call("key.rotate", id=first["id"], grace=1)
    poll(lambda: verdict_of(verifier, first["key"])["code"] == "expired", "the end of the grace time")
    assert verdict_of(verifier, second["key"])["code"] == "ok"
    assert [s["status"] for s in admin.call("key.get", id=first["id"])["secrets"]] == ["expired", "active"]


def test_rotating_again_moves_every_running_grace_time(admin, verifier):
    keys = [admin.call("key.create", name="demo")]
    for grace in (DAY, 10 * DAY, 5):
        keys.append(admin.call("key.rotate", id=keys[0]["id"], grace=grace))
        ends = {verdict_of(verifier, key["key"], dry_run=True)["grace_ends"] for key in keys[:-1]}
        assert len(ends) == 1
        assert keys[-1]["created_at"] <= ends.pop() - grace <= admin.call("ping")["time"]


def test_grace_is_extended_and_cut_short(admin, verifier):
    key = admin.call("key.create", name="demo")
    assert code_of(admin, "key.update", id=key["id"], grace=5) == "conflict"
    admin.call("key.rotate", id=key["id"], grace=100)
    for grace in (10 * DAY, 50):
        updated = admin.call("key.update", id=key["id"], grace=grace)
        assert verdict_of(verifier, key["key"])["grace_ends"] == updated["secrets"][0]["expires_at"]
        assert 0 <= admin.call("ping")["time"] + grace - updated["secrets"][0]["expires_at"] <= 60
    admin.call("key.update", id=key["id"], grace=0)
    assert verdict_of(verifier, key["key"])["code"] == "expired"
    assert code_of(admin, "key.update", id=key["id"], grace=DAY) == "conflict"
    assert verdict_of(verifier, key["key"])["code"] == "expired", "what has run out must not come back"


def test_who_still_uses_the_old_one(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    first = admin.call("key.create", name="demo")
    for _ in range(5):
        verdict_of(verifier, first["key"], ip="192.0.2.1", units=2)
    second = admin.call("key.rotate", id=first["id"], grace=DAY)
    for _ in range(3):
        verdict_of(verifier, first["key"], ip="192.0.2.2", units=2)
    verdict_of(verifier, first["key"])  # without an address: the last one known stays
    verdict_of(verifier, second["key"], ip="2001:db8::1")
    for _ in range(2):
        key = admin.call("key.get", id=first["id"])
        old, new = key["secrets"]
        assert (old["status"], old["last_ip"], old["requests"], old["requests_since"]) == ("superseded", "192.0.2.2", 9, 4)
        assert (new["status"], new["last_ip"], new["requests"]) == ("active", "2001:db8::1", 1)
        assert "requests_since" not in new and old["last_used_at"]
        assert (key["requests"], key["units"]) == (10, 16)
        daemon.restart()
        admin = daemon.connect()


@pytest.mark.parametrize("grace", [-1, 366 * DAY + 1, 2**63 - 1, "7d", 1.5, True])
def test_no_such_grace(admin, grace):
    key = admin.call("key.create", name="demo")
    assert code_of(admin, "key.rotate", id=key["id"], grace=grace) == "invalid_argument"
    assert code_of(admin, "key.update", id=key["id"], grace=grace) == "invalid_argument"
    assert len(admin.call("key.get", id=key["id"])["secrets"]) == 1


def test_grace_must_be_given(admin):
    key = admin.call("key.create", name="demo")
    assert code_of(admin, "key.rotate", id=key["id"]) == "invalid_argument"


def test_states(admin, verifier):
    assert code_of(admin, "key.rotate", id="k_nope", grace=0) == "not_found"
    key = admin.call("key.create", name="demo")
    admin.call("key.disable", id=key["id"])
    new = admin.call("key.rotate", id=key["id"], grace=0)
    assert verdict_of(verifier, new["key"])["code"] == "disabled"
    admin.call("key.enable", id=key["id"])
    assert verdict_of(verifier, new["key"])["code"] == "ok"
    admin.call("key.revoke", id=key["id"])
    assert code_of(admin, "key.rotate", id=key["id"], grace=0) == "conflict"
    lapsing = admin.call("key.create", name="short", expires_in=1)
    poll(lambda: admin.call("key.get", id=lapsing["id"])["status"] == "expired", "an expired key")
    assert code_of(admin, "key.rotate", id=lapsing["id"], grace=0) == "conflict"


def test_found_by_any_prefix(admin):
    first = admin.call("key.create", name="demo")
    second = admin.call("key.rotate", id=first["id"], grace=0)
    for key in (first, second):
        assert admin.call("key.get", id=key["key"].rpartition("_")[0])["id"] == first["id"]
        assert admin.call("key.list", query=key["key"].rpartition("_")[0])["total"] == 1


def test_the_oldest_makes_room_and_totals_stay(daemon):
    """Past the bound secrets that ran out are forgotten, what they were used for is not."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    keys = [admin.call("key.create", name="demo")]
    for n in range(MOST + 3):
        verdict_of(verifier, keys[-1]["key"], units=7)
        keys.append(admin.call("key.rotate", id=keys[0]["id"], grace=0))
        assert keys[-1]["requests"] == n + 1 and keys[-1]["units"] == 7 * (n + 1)
    used = keys[-1]["last_used_at"]
    for _ in range(2):
        key = admin.call("key.get", id=keys[0]["id"])
        assert len(key["secrets"]) == MOST and key["requests"] == MOST + 3 and key["last_used_at"] == used
        assert verdict_of(verifier, keys[-1]["key"], dry_run=True)["code"] == "ok"
        codes = [verdict_of(verifier, key["key"], dry_run=True)["code"] for key in keys[:-1]]
        assert codes == ["not_found"] * 4 + ["expired"] * (MOST - 1)
        daemon.kill9()
        daemon.start()
        admin, verifier = daemon.connect(), daemon.connect_verify()
    other = admin.call("key.create", name="other")  # takes a counter that was given back
    assert "last_used_at" not in other and other["requests"] == 0


def test_no_room_while_all_verify(admin, verifier):
    keys = [admin.call("key.create", name="demo")]
    for _ in range(MOST - 1):
        keys.append(admin.call("key.rotate", id=keys[0]["id"], grace=DAY))
    assert code_of(admin, "key.rotate", id=keys[0]["id"], grace=DAY) == "conflict"
    assert {verdict_of(verifier, key["key"])["code"] for key in keys} == {"ok"}
    admin.call("key.update", id=keys[0]["id"], grace=0)
    assert admin.call("key.rotate", id=keys[0]["id"], grace=0)["key"]


def test_request_id(daemon):
    admin = daemon.connect()
    key = admin.call("key.create", name="demo")
    first = admin.call("key.rotate", id=key["id"], grace=60, request_id="r")
    full = first.pop("key")
    for _ in range(2):
        assert daemon.connect().call("key.rotate", id=key["id"], grace=60, request_id="r") == first
        daemon.restart()
    assert code_of(daemon.connect(), "key.rotate", id=key["id"], grace=61, request_id="r") == "conflict"
    assert len(daemon.connect().call("key.get", id=key["id"])["secrets"]) == 2
    assert verdict_of(daemon.connect_verify(), full)["code"] == "ok"


def test_event(daemon):
    admin, watcher = daemon.connect(), daemon.connect()
    key = admin.call("key.create", name="demo")
    watcher.call("events.subscribe", topics=["key"])
    new = admin.call("key.rotate", id=key["id"], grace=60)
    event = watcher.event()
    assert (event["type"], event["key"]) == ("key.rotated", key["id"])
    assert [s["status"] for s in event["record"]["secrets"]] == ["superseded", "active"]
    assert new["key"][-38:] not in repr(event)


def test_no_secret_in_any_file(daemon):
    admin = daemon.connect()
    key = admin.call("key.create", name="demo")
    secrets = [admin.call("key.rotate", id=key["id"], grace=5)["key"] for _ in range(5)]
    assert leaks(daemon, [secret[-38:] for secret in secrets]) == []


def test_pipelined_rotations(admin, verifier):
    """Many in one commit: each adds a secret to what the one before left."""
    key = admin.call("key.create", name="demo")
    answers = admin.pipeline([("key.rotate", {"id": key["id"], "grace": 0})] * 40)
    assert len({answer["key"] for answer in answers}) == 40
    codes = [verdict_of(verifier, answer["key"])["code"] for answer in answers]
    assert codes == ["not_found"] * 24 + ["expired"] * 15 + ["ok"]
    poll(lambda: admin.call("stats.get")["secrets"] == MOST, "forgotten secrets gone from memory")
    assert admin.call("stats.get")["keys"] == 1


class Model:
    """What rotation is, in few words: per key a list of [text, ends, uses]; ends None for the newest."""

    def __init__(self):
        self.secrets, self.gone, self.past = [], [], 0

    def rotate(self, text, now, grace):
        if len(self.secrets) == MOST:
            out = next((s for s in self.secrets if s[1] is not None and s[1] <= now), None)
            if out is None:
                return False
            self.secrets.remove(out)
            self.gone.append(out[0])
            self.past += out[2]
        self.set_grace(now, grace, self.secrets)
        self.secrets.append([text, None, 0])
        return True

    def set_grace(self, now, grace, secrets):
        running = [s for s in secrets if s[1] is None or s[1] > now]
        for secret in running:
            secret[1] = now + grace
        return bool(running)

    def code(self, secret, now):
        return "ok" if secret[1] is None or secret[1] > now else "expired"


def test_random_sequences_against_a_model(daemon):
    """Graces are 0 or so long that no clock matters, so that the model knows each verdict."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    admin, verifier = daemon.connect(), daemon.connect_verify()
    for _ in range(12):
        key, model = admin.call("key.create", name="demo"), Model()
        model.secrets.append([key["key"], None, 0])
        for step in range(60):
            what = chance.choice(["rotate", "rotate", "grace", "verify", "verify", "verify"])
            grace = chance.choice([0, 0, 1000 * 60, DAY * 300])
            if what == "rotate":
                full = len(model.secrets) == MOST and all(s[1] is None or s[1] > step for s in model.secrets)
                if full:
                    assert code_of(admin, "key.rotate", id=key["id"], grace=grace) == "conflict"
                else:
                    answer = admin.call("key.rotate", id=key["id"], grace=grace)
                    assert model.rotate(answer["key"], step, grace)
            elif what == "grace":
                if model.set_grace(step, grace, model.secrets[:-1]):
                    admin.call("key.update", id=key["id"], grace=grace)
                else:
                    assert code_of(admin, "key.update", id=key["id"], grace=grace) == "conflict"
            else:
                secret = chance.choice(model.secrets)
                verdict = verdict_of(verifier, secret[0])
                assert verdict["code"] == model.code(secret, step)
                assert verdict.get("superseded", False) == (secret[1] is not None)
                secret[2] += verdict["valid"]
        stored = admin.call("key.get", id=key["id"])
        assert [s["prefix"] for s in stored["secrets"]] == [s[0].rpartition("_")[0] for s in model.secrets]
        assert [s["requests"] for s in stored["secrets"]] == [s[2] for s in model.secrets]
        assert stored["requests"] == model.past + sum(s[2] for s in model.secrets)
        assert {verdict_of(verifier, text)["code"] for text in model.gone} <= {"not_found"}


class Rotator(threading.Thread):
    """Rotates its key until the connection breaks; remembers every secret it was given."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.client = daemon.connect()
        self.key = self.client.call("key.create", name="demo")
        self.given = collections.deque([self.key["key"]], maxlen=MOST)

    def run(self):
        try:
            while True:
                self.given.append(self.client.call("key.rotate", id=self.key["id"], grace=0)["key"])
        except (Closed, OSError):
            pass


def test_kill_9_while_rotating(daemon):
    for rounds in range(8):
        rotators = [Rotator(daemon) for _ in range(3)]
        for rotator in rotators:
            rotator.start()
        poll(lambda: all(len(r.given) > 1 + rounds for r in rotators), "rotations")
        daemon.kill9()
        daemon.start()
        admin, verifier = daemon.connect(), daemon.connect_verify()
        for rotator in rotators:
            rotator.join()
            prefixes = [s["prefix"] for s in admin.call("key.get", id=rotator.key["id"])["secrets"]]
            last = rotator.given[-1]
            assert last.rpartition("_")[0] in prefixes[-2:], "an acknowledged rotation is lost"
            in_force = prefixes[-1] == last.rpartition("_")[0]  # else the one on its way was stored
            assert verdict_of(verifier, last)["code"] == ("ok" if in_force else "expired")
            for text in list(rotator.given)[:-1]:
                assert not verdict_of(verifier, text)["valid"]


def test_limits_go_on(admin, verifier):
    """Both secrets draw on the same window: rotating is no way around a limit."""
    old = admin.call("key.create", name="demo", rate=[{"window": 86400, "limit": 4}])
    assert [verdict_of(verifier, old["key"])["code"] for _ in range(2)] == ["ok"] * 2
    new = admin.call("key.rotate", id=old["id"], grace=DAY)
    codes = [verdict_of(verifier, key["key"])["code"] for key in (new, old, new, old)]
    assert codes == ["ok", "ok", "rate_limited", "rate_limited"]
