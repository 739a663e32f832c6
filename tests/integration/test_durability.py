"""kill -9: what was acknowledged is there, nothing is half done; and no secret is in any file."""

import base64
import collections
import hashlib
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import threading

import pytest

from leaks import leaks
from people import NOBODY
from rpc import HANG, Closed, RpcError
from server import poll
from tracing import needs_strace, strace

ROUNDS = int(os.environ.get("KILL_ROUNDS", "25"))
CLIENTS = 4
FATES = {
    "key.disable": "disabled",
    "key.enable": "active",
    "key.revoke": "revoked",
    "key.delete": None,
}


class Believer(threading.Thread):
    """Makes random changes until the connection breaks and remembers what was acknowledged.

    The state of a key is (status, version); a version is written to three fields at once. believed
    holds the last acknowledged state by id, pending what a change not yet answered would bring."""

    def __init__(self, daemon, seed, believed):
        super().__init__(daemon=True)
        self.client = daemon.connect()
        self.chance = random.Random(seed)
        self.believed = believed
        self.secrets = {}
        self.pending = {}
        self.changes = 0
        self.audited = {}  # acknowledged changes by id
        self.unexpected = None

    def run(self):
        try:
            while True:
                self.change()
                self.changes += 1
        except (Closed, OSError):
            pass  # the kill
        except Exception as error:  # shown by the test
            self.unexpected = error

    def change(self):
        alive = [
            key_id
            for key_id, (status, _) in self.believed.items()
            if status not in (None, "revoked")
        ]
        if len(alive) < 5 or self.chance.random() < 0.3:
            version = self.chance.randrange(10**9)
            key = self.call("key.create", **self.fields(version))
            self.believed[key["id"]] = ("active", version)
            self.secrets[key["id"]] = key["key"]
            self.audited[key["id"]] = 1
            return
        key_id = self.chance.choice(alive)
        status, version = self.believed[key_id]
        method = self.chance.choice(["key.update", *FATES])
        params = {}
        if method == "key.update":
            version = self.chance.randrange(10**9)
            params = self.fields(version)
        state = (FATES.get(method, status), version)
        self.pending = {key_id: state}
        self.call(method, id=key_id, **params)
        self.believed[key_id] = state
        self.pending = {}
        self.audited[key_id] = self.audited.get(key_id, 0) + 1

    def call(self, method, **params):
        return self.client.call(method, **params)

    @staticmethod
    def fields(version):
        return {"name": f"v{version}", "notes": f"v{version}", "meta": {"v": version}}


def state_of(client, key_id):
    try:
        key = client.call("key.get", id=key_id)
    except RpcError as error:
        assert error.code == "not_found"
        return (None, None)
    version = key["meta"]["v"]
    assert key["name"] == key["notes"] == f"v{version}", "a change is half done"
    return (key["status"], version)


def check(daemon, believers):
    client, verifier = daemon.connect(), daemon.connect_verify()
    verdicts = {"active": "ok", "disabled": "disabled", "revoked": "revoked", None: "not_found"}
    for believer in believers:
        for key_id, believed in believer.believed.items():
            state = state_of(client, key_id)
            allowed = (
                [believed, *believer.pending.values()] if key_id in believer.pending else [believed]
            )
            if state[0] is None:
                assert None in [status for status, _ in allowed], "an acknowledged key is lost"
            else:
                assert state in allowed, "an acknowledged change is lost"
            believer.believed[key_id] = state
            if key_id in believer.secrets:
                verdict = verifier.call("verify", key=believer.secrets[key_id])
                assert verdict["code"] == verdicts[state[0]]
                if verdict["valid"]:
                    assert verdict["meta"]["v"] == state[1]


def test_kill_9_under_random_changes(daemon):
    seed = random.randrange(2**32)
    print("seed", seed)  # shown when the test fails
    chance = random.Random(seed)
    believed = [{} for _ in range(CLIENTS)]
    audited, unanswered = collections.Counter(), collections.Counter()
    for _ in range(ROUNDS):
        believers = [Believer(daemon, chance.random(), one) for one in believed]
        for believer in believers:
            believer.start()
        enough = chance.randrange(1, 150)
        poll(
            lambda: sum(b.changes for b in believers) >= enough
            or any(b.unexpected for b in believers),
            "changes",
        )
        daemon.signal(signal.SIGKILL)
        for believer in believers:
            believer.join(HANG)
            assert believer.unexpected is None and not believer.is_alive()
        daemon.ended(-signal.SIGKILL)
        daemon.start()
        check(daemon, believers)
        known = sum(status is not None for one in believed for status, _ in one.values())
        total = daemon.connect().call("key.list")["total"]
        assert 0 <= total - known <= ROUNDS * CLIENTS, "more unknown keys than unanswered creates"
        for believer in believers:
            audited.update(believer.audited)
            unanswered.update(believer.pending.keys())
    daemon.stop()
    rows = audit_rows(daemon)
    assert audited
    for key_id, count in audited.items():
        assert count <= rows[key_id] <= count + unanswered[key_id], "audit and changes differ"


def audit_rows(daemon):
    """How many rows the audit log holds of each key."""
    database = sqlite3.connect(f"file:{daemon.data}/apikeyd.db?mode=ro", uri=True)
    rows = dict(database.execute("SELECT object, count(*) FROM audit GROUP BY object"))
    database.close()
    return rows


def test_counts_survive_kill_9(daemon):
    """What a verify counted was counted, though nothing was written for it."""
    key = daemon.connect().call("key.create", name="demo", scopes=["a"])
    counted = 0
    for rounds in range(1, 4):
        verifier = daemon.connect_verify()
        for n in range(50 * rounds):
            verifier.call("verify", key=key["key"], units=3, ip="192.0.2.1", dry_run=n % 2 == 1)
            verifier.call("verify", key=key["key"], units=3, ip="192.0.2.1", scopes=["b"])
        counted += 25 * rounds
        daemon.kill9()
        daemon.start()
        stored = daemon.connect().call("key.get", id=key["id"])
        assert (stored["requests"], stored["units"]) == (counted, 3 * counted)
        assert stored["secrets"][0]["last_ip"] == "192.0.2.1" and stored["last_used_at"]


def test_revoke_then_kill_9(daemon):
    for _ in range(5):
        key = daemon.connect().call("key.create", name="demo")
        daemon.connect().call("key.revoke", id=key["id"])
        daemon.kill9()
        daemon.start()
        assert daemon.connect_verify().call("verify", key=key["key"])["code"] == "revoked"


def test_retry_with_the_same_request_id_after_kill_9(daemon):
    """Whoever repeats every unanswered create with its request_id has each key once."""
    chance = random.Random(11)
    ids = {}
    for batch in range(8):
        wanted = [f"{batch}-{n}" for n in range(20)]
        client = daemon.connect()
        for name in wanted:
            client.start("key.create", name=name, request_id=name)
        for _ in range(chance.randrange(20)):
            key = client.recv()[3]
            ids[key["name"]] = key["id"]
        daemon.kill9()
        daemon.start()
        client = daemon.connect()
        for name in wanted:
            key = client.call("key.create", name=name, request_id=name)
            assert ids.setdefault(name, key["id"]) == key["id"]
    keys = daemon.connect().call("key.list", limit=1000)
    assert {key["name"]: key["id"] for key in keys["keys"]} == ids and keys["total"] == len(ids)


# -- killed at every system call of one change


@needs_strace
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "write", "sendto"])
def test_killed_at_every_system_call_of_a_change(daemon, call):
    kills = 0
    while killed_at(daemon, call, kills + 1):
        kills += 1
        assert kills < 100
    assert kills, "a change makes no such call"


def killed_at(daemon, call, n):
    """Revokes a key while strace kills the daemon at its n-th such call; looks at what is left.

    False if the change took fewer of them."""
    key = daemon.connect().call("key.create", name="demo")
    client = daemon.connect()
    with strace(daemon, "-e", f"trace={call}", "-e", f"inject={call}:signal=KILL:when={n}"):
        try:
            allowed = [client.call("key.revoke", id=key["id"])["status"]]
            survived = True
        except (Closed, OSError):
            allowed = ["active", "revoked"]
            survived = False
            daemon.ended(-signal.SIGKILL)
    if survived:
        daemon.kill9()  # acknowledged: it must hold all the same
    daemon.start()
    status = daemon.connect().call("key.get", id=key["id"])["status"]
    verdict = daemon.connect_verify().call("verify", key=key["key"])["code"]
    assert status in allowed and verdict == {"active": "ok"}.get(status, status)
    return not survived


# -- secrets


ISSUED = 600  # by key.create; 1,000 together with those of rotations and imports


def issue(admin):
    """Keys of every origin, as {"key": full text, "secret": what must be nowhere}."""
    made = admin.pipeline([("key.create", {"name": f"k{n}", "request_id": f"r{n}"}) for n in range(ISSUED)])
    turned = admin.pipeline([("key.rotate", {"id": key["id"], "grace": n}) for n, key in enumerate(made[:200])])
    texts = [f"legacy-{random.getrandbits(200):052x}" for _ in range(200)]
    admin.pipeline([("key.import", {"name": "old", "plaintext": text}) for text in texts[:100]])
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts[100:]]
    admin.pipeline([("key.import", {"name": "old", "sha256": digest}) for digest in hashes])
    own = [{"key": key["key"], "secret": key["key"].rpartition("_")[2][:32]} for key in [*made, *turned]]
    return own + [{"key": text, "secret": text} for text in texts] + [{"secret": digest} for digest in hashes]


def misplace(admin, text):
    """A key pasted where it does not belong."""
    for method, params in {
        "key.get": {"id": text},
        "key.create": {"name": "x", text: 1},
        "key.list": {"cursor": text},
        "auth.login": {"username": text, "password": text},
        "auth.key": {"key": text},
    }.items():
        with pytest.raises(RpcError):
            admin.call(method, **params)


def test_no_secret_is_in_any_file(daemon):
    daemon.config = 'log_level = "debug"\n'
    daemon.restart()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    keys = issue(admin)
    texts = [key["key"] for key in keys if "key" in key]
    assert len(texts) == 1000
    verdicts = verifier.pipeline([("verify", {"key": text, "resource": "r"}) for text in texts])
    assert all(verdict["key_id"] for verdict in verdicts)
    verifier.pipeline([("verify", {"key": text[:-1] + "!"}) for text in texts])
    for text in texts[:800:100]:  # in the form of ours; a word of another form may be a user name
        misplace(admin, text)
    admin.call("key.revoke", id=verdicts[0]["key_id"])
    admin.call("backup.create", path=str(daemon.data / "copy"))
    secrets = [key["secret"] for key in keys]
    assert leaks(daemon, secrets) == []
    daemon.kill9()
    assert leaks(daemon, secrets) == []
    daemon.start()
    daemon.stop()
    assert leaks(daemon, secrets) == []


SPELLED = {
    "plain": str.encode,
    "hex": lambda secret: secret.encode().hex().encode(),
    "base64": lambda secret: base64.b64encode(b"x" + secret.encode()),
}


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
@pytest.mark.parametrize("name", ["apikeyd.db", "apikeyd.db-wal", "usage.counters", "usage.counters.log", "limits.counters.kept"])
def test_the_search_finds_what_it_looks_for(stopped, name, spelled):
    """So that it cannot pass by being blind."""
    secret = stopped.made["key"].rpartition("_")[2]
    with open(stopped.data / name, "ab") as file:
        file.write(b"\0noise" + spelled(secret) + b"noise\0")
    assert leaks(stopped, [secret[:32]]) == [name]


def test_files_are_private(daemon):
    daemon.connect().call("key.create", name="demo")
    for path in daemon.data.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_core_dumps(daemon):
    """Their limit is 0, and the process is not dumpable: its files under /proc are root's."""
    process = pathlib.Path("/proc", str(daemon.pid))
    limits = (process / "limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]


def test_its_own_account_cannot_look_into_it(unprivileged):
    daemon = unprivileged.start()
    process = pathlib.Path("/proc", str(daemon.pid))
    assert daemon.status("Uid") == NOBODY and (process / "mem").stat().st_uid == 0
    for name in ("mem", "environ", "maps"):
        done = subprocess.run([*daemon.prefix, "head", "-c1", process / name], capture_output=True, timeout=HANG, check=False)
        assert done.returncode != 0 and b"ermission" in done.stderr, (name, done)
