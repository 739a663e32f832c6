"""backup.create: a whole copy while changes and verifies go on, and nothing where it cannot be made."""

import os
import shutil
import sqlite3
import stat
import threading
import time

import pytest

from rpc import HANG, RpcError


@pytest.fixture
def restored(new_daemon, daemon):
    """Starts another daemon on a copy, with nothing but the pepper beside it."""

    def start(copy):
        other = new_daemon()
        shutil.copy(daemon.data / "pepper", other.data / "pepper")
        shutil.copy(copy, other.data / "apikeyd.db")
        return other.start()

    return start


def test_a_copy_is_a_store(daemon, admin, verifier, restored):
    kept = admin.call("key.create", name="kept", scopes=["a"], rate=[{"window": 60, "limit": 5}])
    gone = admin.call("key.create", name="gone")
    admin.call("key.revoke", id=gone["id"])
    path = daemon.dir / "copy.db"
    result = admin.call("backup.create", path=str(path))
    assert result == {"path": str(path), "bytes": path.stat().st_size}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(daemon.dir).count("copy.db.partial") == 0
    after = admin.call("key.create", name="after")
    other = restored(path)
    client = other.connect()
    assert client.call("verify", key=kept["key"], scopes=["a"])["code"] == "ok"
    assert client.call("verify", key=gone["key"])["code"] == "revoked"
    assert client.call("verify", key=after["key"])["code"] == "not_found"
    assert client.call("audit.verify")["ok"]
    assert client.call("key.create", name="new")["name"] == "new"


def test_one_that_cannot_be_made_says_nothing_of_the_stores_disk(daemon, admin):
    watcher = daemon.connect()
    watcher.call("events.subscribe", topics=["server"])
    with pytest.raises(RpcError, match="^unavailable: "):
        admin.call("backup.create", path=str(daemon.dir / "missing" / "copy"))
    daemon.reload()
    assert watcher.event()["type"] == "server.reloaded"


def test_the_last_one_is_told_also_after_a_restart(daemon, admin):
    assert admin.call("stats.get")["last_backup"] is None
    for name in "first", "second copy":
        before = int(time.time())
        admin.call("backup.create", path=str(daemon.dir / name))
        last = admin.call("stats.get")["last_backup"]
        assert last["path"] == str(daemon.dir / name) and before - 1 <= last["at"] <= before + HANG
    with pytest.raises(RpcError, match="conflict"):
        admin.call("backup.create", path=str(daemon.dir / "first"))
    assert admin.call("stats.get")["last_backup"] == last
    daemon.kill9()
    assert daemon.start().connect().call("stats.get")["last_backup"] == last


def test_no_secret_is_in_it(daemon, admin):
    key = admin.call("key.create", name="demo")["key"]
    path = daemon.dir / "copy.db"
    admin.call("backup.create", path=str(path))
    copy = path.read_bytes()
    assert key[-38:].encode() not in copy and (daemon.data / "pepper").read_bytes() not in copy


def test_changes_go_on_meanwhile(daemon, admin, restored):
    """What was acknowledged before the backup's answer may be in it; what was before its beginning must."""
    for at in range(0, 2048, 64):
        admin.pipeline([("key.create", {"name": f"n{at + n}", "notes": "x" * 2000}) for n in range(64)])
    changer, stop, made = daemon.connect(), threading.Event(), []

    def change():
        while not stop.is_set():
            made.append(changer.call("key.create", name="meanwhile")["id"])

    thread = threading.Thread(target=change)
    thread.start()
    path = daemon.dir / "copy.db"
    before = len(made)
    admin.call("backup.create", path=str(path))
    stop.set()
    thread.join()
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copied = {key["id"] for key in all_keys(restored(path).connect())}
    assert len(copied) >= 2048 + before and set(made[:before]) <= copied
    assert [key in copied for key in made] == sorted((key in copied for key in made), reverse=True)


def all_keys(client):
    cursor, keys = {}, []
    while cursor is not None:
        page = client.call("key.list", limit=1000, **cursor)
        keys += page["keys"]
        cursor = {"cursor": page["next"]} if page["next"] else None
    return keys


def test_what_is_there_stays(daemon, admin):
    path = daemon.dir / "copy.db"
    path.write_text("mine")
    with pytest.raises(RpcError) as error:
        admin.call("backup.create", path=str(path))
    assert error.value.code == "conflict" and path.read_text() == "mine"
    link = daemon.dir / "link.db"
    (daemon.dir / "link.db.partial").symlink_to(path)
    with pytest.raises(RpcError) as error:
        admin.call("backup.create", path=str(link))
    assert error.value.code == "conflict" and path.read_text() == "mine" and not link.exists()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("copy.db", "invalid_argument"),
        ("/", "invalid_argument"),
        ("/nowhere/copy.db", "unavailable"),
        ("/proc/copy.db", "unavailable"),
        ("/tmp/\x1b[2J", "invalid_argument"),
        (5, "invalid_argument"),
    ],
)
def test_where_no_copy_can_be(admin, path, code):
    with pytest.raises(RpcError) as error:
        admin.call("backup.create", path=path)
    assert error.value.code == code
    assert admin.call("key.create", name="demo")


def test_it_is_in_the_audit_log(daemon, admin):
    path = str(daemon.dir / "copy.db")
    admin.call("backup.create", path=path)
    (entry,) = admin.call("audit.list", action="backup.create")["entries"]
    assert entry["object"] == path and entry["outcome"] == "ok"



def test_from_the_command_line(daemon, ctl):
    path = daemon.dir / "copy.db"
    done = ctl("backup", path, "--plain", check=0)
    assert done.stdout == f"path\t{path}\nbytes\t{path.stat().st_size}\n"
    assert "exists already" in ctl("backup", path, check=6).stderr
