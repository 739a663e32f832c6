"""Nobody edits the audit log unseen: each tampering is found, with its place, by the daemon and without it."""

import json
import os
import random
import shutil
import subprocess

import pytest

from rpc import HANG, code_of
from server import open_store, poll
from test_audit import life, verify_file

TAMPERINGS = int(os.environ.get("AUDIT_TAMPERINGS", "1000"))  # offline; a tenth of them online, too
COLUMNS = ("at", "actor", "action", "object", "tenant", "outcome", "detail", "mac")


@pytest.fixture
def log(daemon):
    """A stopped daemon with 60 entries; .early is the head after half of them."""
    admin = daemon.connect()
    for n in range(4):
        life(admin, f"k{n}")
        code_of(admin, "key.revoke", id=f"k_{n}")
    admin.call("key.create", name="half", request_id="r")
    daemon.stop()
    daemon.early = head_of(daemon.data)
    admin = daemon.start().connect()
    for n in range(5):
        life(admin, f"k{n}")
    admin.call("key.create", name="whole")
    daemon.stop()
    daemon.size = 4 * 7 + 1 + 5 * 6 + 1
    shutil.copytree(daemon.data, daemon.dir / "whole")
    return daemon


def head_of(data):
    with open_store(data) as db:
        return db.execute("SELECT value FROM notes WHERE name = 'audit_head'").fetchone()[0]


def row(db, n):
    return db.execute(f"SELECT {', '.join(COLUMNS)} FROM audit WHERE n = ?", (n,)).fetchone()


def put(db, n, values):
    db.execute(f"INSERT OR REPLACE INTO audit (n, {', '.join(COLUMNS)}) VALUES (?{', ?' * 8})", (n, *values))


def flip(db, chance, size, _):
    """One field of one entry, by as little as a bit."""
    n, column = chance.randint(1, size), chance.choice(COLUMNS)
    value = row(db, n)[COLUMNS.index(column)]
    if column == "at":
        value += chance.choice((-1, 1, 3600))
    elif column == "mac":
        at = chance.randrange(32)
        value = chance.choice((None, value[:-1], value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]))
    else:
        value = chance.choice((None if value is not None else "", (value or "") + "x", (value or "y")[:-1]))
    db.execute(f"UPDATE audit SET {column} = ? WHERE n = ?", (value, n))
    return n


def move_text(db, chance, size, _):
    """From the end of one field to the beginning of the next: the bytes in their order stay the same."""
    n, i = chance.randint(1, size), chance.randrange(2)
    values = dict(zip(COLUMNS, row(db, n)))
    one, other = (("actor", "action"), ("outcome", "detail"))[i]
    db.execute(
        f"UPDATE audit SET {one} = ?, {other} = ? WHERE n = ?",
        (values[one][:-1], values[one][-1] + (values[other] or ""), n),
    )
    return n


def delete(db, chance, size, _):
    n = chance.randint(1, size)
    db.execute("DELETE FROM audit WHERE n = ?", (n,))
    return n


def close_up(db, chance, size, _):
    """Deletes one and gives the later ones its number and so on."""
    n = chance.randint(1, size)
    db.execute("DELETE FROM audit WHERE n = ?", (n,))
    for later in range(n + 1, size + 1):
        db.execute("UPDATE audit SET n = ? WHERE n = ?", (later - 1, later))
    return n


def swap(db, chance, size, _):
    a, b = chance.sample(range(1, size + 1), 2)
    of_a, of_b = row(db, a), row(db, b)
    put(db, a, of_b)
    put(db, b, of_a)
    return min(a, b)


def cut(db, chance, size, _):
    n = chance.randint(1, size)
    db.execute("DELETE FROM audit WHERE n >= ?", (n,))
    return n


def put_in(db, chance, size, _):
    """After the end, before the beginning, or in the place of another."""
    n = chance.choice((size + 1, size + chance.randint(2, 50), 0, -chance.randint(1, 2**62), -(2**63)))
    put(db, n, row(db, chance.randint(1, size)))
    return size + 1 if n > size else n


def replace(db, chance, size, _):
    a, b = chance.sample(range(1, size + 1), 2)
    put(db, a, row(db, b))
    return a


def change_head(db, chance, size, early):
    head = db.execute("SELECT value FROM notes WHERE name = 'audit_head'").fetchone()[0]
    kind = chance.randrange(5)
    if kind == 0:
        db.execute("DELETE FROM notes WHERE name = 'audit_head'")
        return size + 1
    if kind == 1:
        at = chance.randrange(len(head))
        head = head[:at] + bytes([head[at] ^ 1 << chance.randrange(8)]) + head[at + 1 :]
    else:
        head = (b"", head[:-1], early)[kind - 2]
    db.execute("UPDATE notes SET value = ? WHERE name = 'audit_head'", (head,))
    return int.from_bytes(early[:8], "little") + 1 if head == early else size + 1


def cut_with_head(db, chance, size, early):
    """Back to an early head, but not quite all of what came after is gone."""
    seq = int.from_bytes(early[:8], "little")
    db.execute("UPDATE notes SET value = ? WHERE name = 'audit_head'", (early,))
    db.execute("DELETE FROM audit WHERE n > ?", (chance.randint(seq + 1, size),))
    return seq + 1


KINDS = [flip, move_text, delete, close_up, swap, cut, put_in, replace, change_head, cut_with_head]


def restore(log):
    """The store as it was; and nothing else, for a thousand copies of all the files take longer than the tests."""
    for old in log.data.glob("apikeyd.db-*"):
        old.unlink()
    shutil.copyfile(log.dir / "whole" / "apikeyd.db", log.data / "apikeyd.db")


def tampered(log, chance):
    """A log that somebody has edited; returns what was done, and the place."""
    restore(log)
    kind = chance.choice(KINDS)
    with open_store(log.data) as db:
        place = kind(db, chance, log.size, log.early)
    return kind.__name__, place


def test_it_is_whole_before(build, log):
    outcome = verify_file(build, log.data / "apikeyd.db")
    assert outcome["ok"] is True and outcome["entries"] == log.size
    assert log.start().connect().call("audit.verify") == outcome


def test_tampering_is_found_offline(build, log):
    chance = random.Random()
    for n in range(TAMPERINGS):
        kind, place = tampered(log, chance)
        outcome = verify_file(build, log.data / "apikeyd.db")
        assert not outcome["ok"] and outcome["broken_at"] == place, (n, kind, place, outcome)


def test_tampering_is_found_online(log):
    chance = random.Random()
    for n in range(TAMPERINGS // 10):
        kind, place = tampered(log, chance)
        admin = log.start().connect()
        outcome = admin.call("audit.verify")
        assert not outcome["ok"] and outcome["broken_at"] == place, (n, kind, place, outcome)
        admin.call("key.create", name="goes on")
        log.restart()
        outcome = log.connect().call("audit.verify")
        assert not outcome["ok"] and outcome["broken_at"] == place, "time heals nothing"
        log.stop()


def test_a_store_put_back_is_found_by_a_noted_head(build, log):
    """The whole of an earlier state is whole: only who noted a later head knows."""
    restore(log)
    later = verify_file(build, log.data / "apikeyd.db")["head"]
    with open_store(log.data) as db:
        db.execute("UPDATE notes SET value = ? WHERE name = 'audit_head'", (log.early,))
        db.execute("DELETE FROM audit WHERE n > ?", (int.from_bytes(log.early[:8], "little"),))
    assert verify_file(build, log.data / "apikeyd.db")["ok"] is True
    outcome = verify_file(build, log.data / "apikeyd.db", "--head", later)
    assert not outcome["ok"] and outcome["broken_at"] == int.from_bytes(log.early[:8], "little") + 1
    assert not verify_file(build, log.data / "apikeyd.db", "--head", "3:" + "ab" * 32)["ok"]


def test_the_wrong_pepper_fits_nothing(build, log):
    (log.dir / "other").write_bytes(b"x" * 32)
    outcome = verify_file(build, log.data / "apikeyd.db", "--pepper", log.dir / "other")
    assert outcome["broken_at"] == 1


def test_an_export_is_checked_too(build, log):
    log.start()
    done = subprocess.run(
        [build / "apikeyctl", "--socket", log.socket, "audit", "export"], capture_output=True, timeout=HANG
    )
    assert done.returncode == 0, done
    lines = done.stdout.decode().splitlines()
    assert len(lines) == log.size + 1
    file, pepper = log.dir / "export", ("--pepper", log.data / "pepper")

    def outcome(lines):
        file.write_text("".join(line + "\n" for line in lines))
        return verify_file(build, file, *pepper)

    assert outcome(lines) == log.connect().call("audit.verify")
    chance = random.Random()
    for _ in range(100):
        n = chance.randint(1, log.size)
        assert outcome(lines[: n - 1] + lines[n:])["broken_at"] == n, "deleted"
        assert outcome(lines[: n - 1] + lines[-1:])["broken_at"] == n, "cut"
        assert outcome(lines[: n - 1])["broken_at"] == n, "cut with its head"
        if n > 1:
            place = f"{n - 1}:{json.loads(lines[n - 2])['mac']}"
            forged = {"head": place, "proof": json.loads(lines[-1])["proof"]}
            assert outcome(lines[: n - 1] + [json.dumps(forged)])["broken_at"] == n, "with a forged head"
        changed = json.loads(lines[n - 1])
        changed["detail"] = str(changed["detail"]) + "."
        assert outcome([*lines[: n - 1], json.dumps(changed), *lines[n:]])["broken_at"] == n, "changed"


def test_the_daemon_says_what_it_finds_at_start(log):
    with open_store(log.data) as db:
        db.execute("DELETE FROM audit WHERE n > 50")
    log.start()
    assert "it was cut" in log.output()
    assert poll(lambda: log.connect().call("ping"))
