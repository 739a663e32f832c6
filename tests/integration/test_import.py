"""Keys that were in use elsewhere: taken over as they are, kept as digests, shown never."""

import crypt
import hashlib
import json
import pathlib
import re

import pytest

from rpc import RpcError, code_of
from server import open_store, poll

OLD = "sk-legacy/Zm9vYmFyYmF6 0123 ü"  # no form of ours, 30 characters


def test_an_imported_key_verifies(daemon):
    admin = daemon.connect()
    key = admin.call("key.import", name="old", plaintext=OLD, scopes=["a:*"], notes="from the old system")
    assert "key" not in key and key["notes"] == "from the old system" and key["status"] == "active"
    assert re.fullmatch(r"imported_[0-9A-Za-z]{8}", key["secrets"][0]["prefix"])
    for _ in range(2):
        verdict = daemon.connect_verify().call("verify", key=OLD, scopes=["a:b"])
        assert (verdict["code"], verdict["key_id"], verdict["prefix"]) == ("ok", key["id"], key["secrets"][0]["prefix"])
        assert daemon.connect_verify().call("verify", key=OLD[:-1])["code"] == "not_found"
        daemon.restart()
    assert daemon.connect().call("key.get", id=key["secrets"][0]["prefix"])["id"] == key["id"]


@pytest.mark.parametrize("plain", [b"12345678", b"\x00\xff\xfe" * 5, b"x" * 256])
def test_any_bytes(admin, verifier, plain):
    key = admin.call("key.import", name="bytes", plaintext=plain)
    assert verifier.call("verify", key=plain)["key_id"] == key["id"]


@pytest.mark.parametrize("plain", ["", "1234567", "x" * 257, b"x" * 257, 12345678, None, ["12345678"]])
def test_no_key(admin, plain):
    assert code_of(admin, "key.import", name="x", plaintext=plain) == "invalid_argument"
    assert admin.call("key.list")["total"] == 0


def test_nothing_to_import(admin):
    assert code_of(admin, "key.import", name="x") == "invalid_argument"
    assert code_of(admin, "key.import", plaintext=OLD) == "invalid_argument"


def test_a_key_of_our_form(daemon, new_daemon):
    other = new_daemon().start()
    full = other.connect().call("key.create", name="elsewhere")["key"]
    admin = daemon.connect()
    key = admin.call("key.import", name="moved", plaintext=full)
    assert key["secrets"][0]["prefix"] == full.rpartition("_")[0]
    assert key["masked"].endswith(full[-4:])
    assert daemon.connect_verify().call("verify", key=full)["valid"]
    wrong = full[:-1] + ("0" if full[-1] != "0" else "1")
    assert code_of(admin, "key.import", name="x", plaintext=wrong) == "invalid_argument"


def test_twice_is_a_conflict(admin):
    admin.call("key.import", name="old", plaintext=OLD, prefix="legacy")
    assert code_of(admin, "key.import", name="again", plaintext=OLD) == "conflict"
    assert code_of(admin, "key.import", name="again", plaintext=OLD + "x", prefix="legacy") == "conflict"
    made = admin.call("key.create", name="made")["key"]
    assert code_of(admin, "key.import", name="made", plaintext=made) == "conflict"
    assert admin.call("key.list")["total"] == 2


def test_little_is_shown_of_it(admin):
    short = admin.call("key.import", name="short", plaintext="hunter2hunter2", prefix="p1")
    assert short["masked"] == "p1_…"
    long = admin.call("key.import", name="long", plaintext="x" * 26 + "last", prefix="p2")
    assert long["masked"] == "p2_…last"
    assert admin.call("key.import", name="odd", plaintext="x" * 26 + "\x1b[2J", prefix="p3")["masked"] == "p3_…"
    assert code_of(admin, "key.import", name="x", plaintext="12345678", prefix="my-12345678") == "invalid_argument"


def test_it_can_be_rotated(admin, verifier):
    key = admin.call("key.import", name="old", plaintext=OLD)
    new = admin.call("key.rotate", id=key["id"], grace=3600)["key"]
    assert verifier.call("verify", key=OLD)["superseded"] is True
    assert verifier.call("verify", key=new)["key_id"] == key["id"]
    admin.call("key.update", id=key["id"], grace=0)
    assert verifier.call("verify", key=OLD)["code"] == "expired"


def test_request_id(admin):
    first = admin.call("key.import", name="old", plaintext=OLD, request_id="r")
    assert admin.call("key.import", name="old", plaintext=OLD, request_id="r") == first
    assert code_of(admin, "key.import", name="old", plaintext=OLD + "x", request_id="r") == "conflict"
    assert admin.call("key.list")["total"] == 1


def _column(daemon, sql):
    daemon.stop()
    with open_store(daemon.data) as db:
        return [row[0] for row in db.execute(sql)]


def test_what_is_remembered_of_a_request_depends_on_the_pepper(new_daemon):
    digests = set()
    for _ in range(2):
        daemon = new_daemon().start()
        daemon.connect().call("key.import", name="old", plaintext="pass-1234", prefix="p", request_id="r")
        for path in [*daemon.data.iterdir(), daemon.log]:
            assert b"pass-1234" not in path.read_bytes()
        digests |= set(_column(daemon, "SELECT digest FROM requests"))
    assert len(digests) == 2


def sha256(plain):
    return hashlib.sha256(plain if isinstance(plain, bytes) else plain.encode()).hexdigest()


def algorithms(daemon):
    """Those of all secrets; the daemon is stopped for it."""
    return sorted(_column(daemon, "SELECT algorithm FROM secrets"))


def rehashed(admin):
    return [entry["object"] for entry in admin.call("audit.list", action="key.rehash")["entries"]]


def test_a_key_known_by_its_sha256(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = admin.call("key.import", name="old", sha256=sha256(OLD).upper(), scopes=["a"], prefix="old",
                     rate=[{"window": 60, "limit": 3}])
    assert key["masked"] == "old_…" and key["status"] == "active"
    assert verifier.call("verify", key=OLD[:-1])["code"] == "not_found"
    assert verifier.call("verify", key=OLD, tenant="other")["code"] == "not_found"
    assert not rehashed(admin)
    verdict = verifier.call("verify", key=OLD, scopes=["a"])
    assert (verdict["code"], verdict["key_id"], verdict["limits"][0]["remaining"]) == ("ok", key["id"], 2)
    poll(lambda: rehashed(admin) == [key["id"]], "the native digest")
    entry = admin.call("audit.list", action="key.rehash")["entries"][0]
    assert (entry["actor"], entry["tenant"], entry["outcome"]) == ("apikeyd", "default", "ok")
    assert verifier.call("verify", key=OLD)["limits"][0]["remaining"] == 1
    assert admin.call("key.get", id="old")["requests"] == 2
    assert algorithms(daemon) == [1]
    daemon.start()
    assert daemon.connect_verify().call("verify", key=OLD)["key_id"] == key["id"]
    assert rehashed(daemon.connect()) == [key["id"]]
    assert daemon.connect().call("audit.verify")["ok"]


def test_a_hash_is_no_key(daemon):
    """Whoever has stolen the old system's hashes has no key, in whatever form he sends one."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    admin.call("key.import", name="old", sha256=sha256(OLD))
    for thief in (sha256(OLD), sha256(OLD).upper(), bytes.fromhex(sha256(OLD))):
        assert verifier.call("verify", key=thief)["code"] == "not_found"
    daemon.stop()
    for path in daemon.data.iterdir():
        data = path.read_bytes()
        assert bytes.fromhex(sha256(OLD)) not in data and sha256(OLD).encode() not in data
    daemon.start()
    assert daemon.connect_verify().call("verify", key=OLD)["valid"]


@pytest.mark.parametrize("wrong", ["", "0" * 63, "0" * 65, "g" * 64, b"\x00" * 32, 64, " " + "0" * 63])
def test_no_sha256(admin, wrong):
    assert code_of(admin, "key.import", name="x", sha256=wrong) == "invalid_argument"
    assert admin.call("key.list")["total"] == 0


@pytest.mark.parametrize("form", ["plaintext", "sha256", "bcrypt"])
def test_no_prefix_is_like_an_id(daemon, form):
    """Else a key that may act could act for the tenant of another key, and in its name."""
    admin = daemon.connect()
    admin.call("tenant.create", name="acme")
    victim = admin.call("key.create", name="theirs")["id"]
    known = {"plaintext": OLD, "sha256": sha256(OLD), "bcrypt": crypt.crypt(OLD, "$2b$04$abcdefghijklmnopqrstuu")}
    taken = {"name": "x", "tenant": "acme", "scopes": ["apikeyd:keys"], form: known[form]}
    for prefix in (victim, "k_0123456789"):
        for dry_run in (False, True):
            with pytest.raises(RpcError) as error:
                admin.call("key.import", prefix=prefix, dry_run=dry_run, **taken)
            assert error.value.code == "invalid_argument" and error.value.text.startswith("prefix: ")
    for prefix in (victim[:-1], victim + "0"):
        taken["name"] = prefix
        key = admin.call("key.import", prefix=prefix, **taken)["id"]
        assert admin.call("key.get", id=prefix)["id"] == key
        admin.call("key.delete", id=key)
    assert admin.call("key.get", id=victim)["name"] == "theirs"


def test_one_form_at_a_time(admin):
    assert code_of(admin, "key.import", name="x", sha256=sha256(OLD), plaintext=OLD) == "invalid_argument"
    admin.call("key.import", name="x", sha256=sha256(OLD))
    assert code_of(admin, "key.import", name="x", sha256=sha256(OLD)) == "conflict"


@pytest.mark.parametrize("kind", ["sha256", "bcrypt"])
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_key_that_is_there_as_a_hash(daemon, kind, dry_run):
    """Its text is known for the same key, be it used before or not; one that only begins like it is another."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    known = {"sha256": sha256(OLD)} if kind == "sha256" else {"bcrypt": crypt.crypt(OLD, "$2b$04$abcdefghijklmnopqrstuu")}
    key = admin.call("key.import", name="old", prefix=OLD[:6], **known)
    for used in (False, True):
        if used:
            assert verifier.call("verify", key=OLD)["key_id"] == key["id"]
            poll(lambda: rehashed(admin), "the native digest")
        assert code_of(admin, "key.import", name="x", plaintext=OLD, dry_run=dry_run) == "conflict"
        assert code_of(admin, "key.import", name="x", plaintext=OLD, prefix="other", dry_run=dry_run) == "conflict"
    assert admin.call("key.list")["total"] == 1
    other = admin.call("key.import", name="y", plaintext=OLD + "x", prefix="y", dry_run=dry_run)
    assert (other.get("fingerprint") is not None) == dry_run
    assert admin.call("key.list")["total"] == 1 + (not dry_run)
    assert verifier.call("verify", key=OLD)["key_id"] == key["id"]


def test_a_hash_of_a_key_that_is_there_sleeps(daemon):
    """Nobody can see that they are the same: the one with its own digest answers, whatever it says, while it is there."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    awake = admin.call("key.import", name="awake", plaintext=OLD)
    asleep = admin.call("key.import", name="asleep", sha256=sha256(OLD))
    assert verifier.call("verify", key=OLD)["key_id"] == awake["id"]
    admin.call("key.revoke", id=awake["id"])
    verdict = verifier.call("verify", key=OLD)
    assert (verdict["code"], verdict["key_id"]) == ("revoked", awake["id"])
    assert not rehashed(admin) and "last_used_at" not in admin.call("key.get", id=asleep["id"])["secrets"][0]
    admin.call("key.delete", id=awake["id"])
    assert verifier.call("verify", key=OLD)["key_id"] == asleep["id"]
    poll(lambda: rehashed(admin) == [asleep["id"]], "the native digest")
    assert verifier.call("verify", key=OLD)["key_id"] == asleep["id"]
    assert algorithms(daemon) == [1]


def test_one_key_by_two_hashes(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    first = admin.call("key.import", name="first", sha256=sha256(OLD))
    second = admin.call("key.import", name="second", bcrypt=crypt.crypt(OLD, "$2b$04$abcdefghijklmnopqrstuu"), prefix=OLD[:6])
    for key in (first, second):
        for _ in range(2):
            assert verifier.call("verify", key=OLD)["key_id"] == key["id"]
            poll(lambda: rehashed(admin)[0] == key["id"], "the native digest")
        admin.call("key.delete", id=key["id"])
    assert verifier.call("verify", key=OLD)["code"] == "not_found"
    assert len(rehashed(admin)) == 2


def test_what_denies_it_denies_it_still(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = admin.call("key.import", name="old", sha256=sha256(OLD))
    admin.call("key.revoke", id=key["id"])
    for _ in range(2):
        assert verifier.call("verify", key=OLD)["code"] == "revoked"
        poll(lambda: rehashed(admin), "the native digest")
    assert verifier.call("verify", key=OLD)["key_id"] == key["id"]


def test_a_plan_that_changes_while_keys_get_their_native_digests(daemon):
    """In one commit, often; nothing of a key is left behind to verify once it is deleted."""
    admin, planner, verifier = daemon.connect(), daemon.connect(), daemon.connect_verify()
    admin.call("plan.create", name="p")
    plains = [f"key of the old system {n}" for n in range(200)]
    imports = [("key.import", {"name": plain, "plan": "p", "sha256": sha256(plain)}) for plain in plains]
    keys, changes = admin.pipeline(imports), []
    for n in range(0, len(plains), 4):
        changes.append(planner.start("plan.update", name="p", rate=[{"window": 60, "limit": 100 + n}]))
        verdicts = verifier.pipeline([("verify", {"key": plain}) for plain in plains[n : n + 4]])
        assert all(verdict["valid"] for verdict in verdicts)
    for change in changes:
        planner.result(change)
    poll(lambda: len(admin.call("audit.list", action="key.rehash", limit=1000)["entries"]) == len(keys), "all")
    assert admin.call("stats.get")["keys"] == len(keys)
    admin.pipeline([("key.delete", {"id": key["id"]}) for key in keys])
    verdicts = verifier.pipeline([("verify", {"key": plain}) for plain in plains])
    assert {verdict["code"] for verdict in verdicts} == {"not_found"}


def test_many_verifies_at_once_are_all_allowed(daemon):
    """None falls between the two digests while one takes the other's place, and it takes it once."""
    admin, verifiers = daemon.connect(), [daemon.connect_verify() for _ in range(8)]
    for n in range(50):
        plain = f"a-legacy-key-{n}"
        key = admin.call("key.import", name="old", sha256=sha256(plain))
        asked = [(v, [v.start("verify", key=plain) for _ in range(20)]) for v in verifiers]
        assert {v.result(msgid)["code"] for v, msgids in asked for msgid in msgids} == {"ok"}
        poll(lambda: rehashed(admin)[:1] == [key["id"]], "the native digest")
        assert admin.call("key.get", id=key["id"])["requests"] == 160
    assert len(rehashed(admin)) == 50
    assert algorithms(daemon) == [1] * 50


def test_it_is_explained_before_it_was_used(admin):
    key = admin.call("key.import", name="old", sha256=sha256(OLD))
    assert admin.call("key.explain", key=OLD)["key_id"] == key["id"]
    assert admin.call("key.explain", id=key["id"])["valid"]
    assert not rehashed(admin)


def test_event(daemon):
    admin, watcher = daemon.connect(), daemon.connect()
    watcher.call("events.subscribe", topics=["key"])
    key = admin.call("key.import", name="old", plaintext=OLD)
    event = watcher.event()
    assert (event["type"], event["key"]) == ("key.imported", key["id"]) and OLD not in repr(event)


def test_ctl(ctl, tmp_path):
    done = ctl("key", "import", "--json", "--name", "old", "--scope", "a", input=OLD + "\n", check=0)
    assert OLD not in done.stdout + done.stderr
    assert json.loads(ctl("verify", "--json", "--scope", "a", input=OLD, check=0).stdout)["key_id"] == json.loads(done.stdout)["id"]
    ctl("key", "import", "--name", "again", input=OLD, check=6)
    path = pathlib.Path(tmp_path / "key")
    path.write_text("another-old-key\r\n")
    ctl("key", "import", "--name", "file", "--file", path, "--prefix", "other", check=0)
    ctl("verify", input="another-old-key", check=0)
    assert "other_…" in ctl("key", "show", "other", check=0).stdout
    ctl("key", "import", "--name", "none", "--file", tmp_path / "none", check=2)
    ctl("key", "import", "--name", "none", input="", check=2)
