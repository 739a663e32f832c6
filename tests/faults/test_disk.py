"""A disk that is full, fails or stalls: verifies go on, changes are made or refused, and nobody is told a wrong thing."""

import errno
import os
import re
import select
import shutil

import pytest

from rpc import Closed, RpcError
from server import poll
from tracing import complete, needs_strace, strace
from volume import Volume, needs_volume

EX_IOERR = 74  # sysexits.h
LIMITED = {"rate": [{"window": 3600, "limit": 10}]}
INJECTIONS_MAX = 100  # more calls than one change makes


# -- full


@pytest.fixture
def small(new_daemon):
    """A daemon on a disk of 48 MiB, with a key; .fill() leaves no room on it, .empty() takes that back."""
    with Volume(48) as volume:
        daemon = new_daemon(data=volume.path, prefix=volume.prefix).start()
        filler = volume.path / "filler"

        def fill():
            with open(filler, "ab", buffering=0) as file:
                for size in 1 << 20, 1 << 12, 1:
                    with pytest.raises(OSError) as error:
                        while True:
                            file.write(b"x" * size)
                    assert error.value.errno == errno.ENOSPC

        daemon.fill, daemon.empty = fill, filler.unlink
        daemon.made = daemon.connect().call("key.create", name="made")
        yield daemon
        if daemon.process is not None:
            daemon.crash()


def refused_at_last(admin):
    """Creates keys until the disk takes no more; gives the names of those that were made."""
    made = []
    try:
        while True:
            made.append(admin.call("key.create", name=f"key {len(made)}", notes="n" * 1000)["name"])
    except RpcError as error:
        assert error.code == "unavailable", error
    return made


@needs_volume
def test_a_full_disk(small):
    admin, verifier, watcher = small.connect(), small.connect_verify(), small.connect()
    other = admin.call("key.create", name="other")
    watcher.call("events.subscribe", topics=["server"])
    small.fill()
    made = refused_at_last(admin)
    for _ in range(10):
        with pytest.raises(RpcError, match="^unavailable: "):
            admin.call("key.create", name="one more")
        assert verifier.call("verify", key=small.made["key"])["valid"]
    event = watcher.event()
    assert event["type"] == "server.disk_full" and "full" in event["detail"]
    assert admin.call("key.list", limit=1000)["total"] == len(made) + 2
    assert admin.call("key.revoke", id=small.made["id"])["status"] == "revoked"  # by the reserve
    assert admin.call("key.disable", id=other["id"])["status"] == "disabled"
    small.kill9()
    small.empty()
    small.start()
    admin, verifier = small.connect(), small.connect_verify()
    assert verifier.call("verify", key=small.made["key"])["code"] == "revoked"
    assert verifier.call("verify", key=other["key"])["code"] == "disabled"
    assert admin.call("key.list", limit=1000)["total"] == len(made) + 2
    assert admin.call("key.create", name="room again") and admin.call("audit.verify")["ok"]
    small.stop()


@needs_volume
def test_room_again_without_a_restart(small):
    admin = small.connect()
    small.fill()
    refused_at_last(admin)
    small.empty()
    assert admin.call("key.create", name="room again")["name"] == "room again"
    small.restart()
    assert small.connect().call("key.list", query="room again")["total"] == 1
    small.stop()


@needs_volume
def test_the_reserve_is_there_again_once_there_is_room(small):
    admin = small.connect()
    keys = [admin.call("key.create", name=f"k{n}")["id"] for n in range(2)]
    reserve = small.data / "reserve"
    for key in keys:
        small.fill()
        refused_at_last(admin)
        assert admin.call("key.revoke", id=key)["status"] == "revoked"
        assert not reserve.exists()
        small.empty()
        poll(lambda: reserve.exists() and reserve.stat().st_size == 8 << 20, "the reserve")
    small.stop()


@needs_volume
def test_a_start_on_a_full_disk(small):
    """It serves what it knows; what it cannot write it refuses."""
    small.stop()
    small.fill()
    small.start()
    assert small.connect_verify().call("verify", key=small.made["key"])["valid"]
    small.empty()
    assert small.connect().call("key.create", name="room again")
    small.stop()


# -- failing


@needs_strace
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_every_call_of_a_change_fails_once(daemon, call, error):
    struck = 0
    while fails_at(daemon, call, error, struck + 1):
        struck += 1
        assert struck < INJECTIONS_MAX
    assert struck, "a change makes no such call"
    assert daemon.connect().call("audit.verify")["ok"]


@pytest.fixture
def sickly(new_daemon, build, sanitized):
    """A daemon that runs, and the file that lets its disk fail while it is there."""
    if sanitized:
        pytest.skip("a sanitizer's runtime wants to be loaded first")
    daemon = new_daemon()
    sick = daemon.dir / "sick"
    daemon.env = {"LD_PRELOAD": str((build / "tests/failing_disk.so").resolve()), "FAILING_DISK": str(sick)}
    daemon.start()
    return daemon, sick


def test_who_asked_is_told_that_the_outcome_is_unknown(sickly):
    """Before the daemon ends, every time; asked again it is done once."""
    daemon, sick = sickly
    assert daemon.connect().call("key.list")["total"] == 0  # behind what a start writes
    for n in range(20):
        change = {"name": f"k{n}", "request_id": f"r{n}"}
        sick.touch()
        with pytest.raises(RpcError, match="^outcome_unknown: "):
            daemon.connect().call("key.create", **change)
        daemon.ended(EX_IOERR)
        sick.unlink()
        daemon.start()
        admin = daemon.connect()
        assert admin.call("key.create", **change)["name"] == f"k{n}"
        assert admin.call("key.list")["total"] == n + 1


def test_who_waits_behind_is_told_that_nothing_was_done(sickly):
    """And nothing was."""
    daemon, sick = sickly
    admin = daemon.connect()
    assert admin.call("key.list")["total"] == 0  # behind what a start writes
    sick.touch()
    answers = admin.pipeline([("key.create", {"name": f"k{n}"}) for n in range(200)])
    codes = [answer.code for answer in answers]
    assert set(codes) <= {"outcome_unknown", "unavailable"} and codes[0] == "outcome_unknown"
    assert codes[-1] != "outcome_unknown", "all were in one group"
    daemon.ended(EX_IOERR)
    sick.unlink()
    daemon.start()
    there = {key["name"] for key in daemon.connect().call("key.list", limit=1000)["keys"]}
    assert there <= {f"k{n}" for n, code in enumerate(codes) if code == "outcome_unknown"}


def fails_at(daemon, call, error, n):
    """Revokes a key while the n-th such call of each thread fails; False if there was none.

    An answer is true. Without one the revoke has happened or not, and the start after finds out."""
    key = daemon.connect().call("key.create", name="demo")
    client, verifier = daemon.connect(), daemon.connect_verify()
    allowed = ["active", "revoked"]
    with strace(daemon, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={n}") as out:
        try:
            allowed = [client.call("key.revoke", id=key["id"])["status"]]
        except RpcError as refusal:
            assert refusal.code in ("unavailable", "outcome_unknown"), refusal
            if refusal.code == "unavailable":
                allowed = ["active"]
        except (Closed, OSError):
            pass
        if allowed == ["active", "revoked"]:
            daemon.ended(EX_IOERR)
        else:
            assert verifier.call("verify", key=key["key"])["code"] == {"active": "ok"}.get(*allowed, *allowed)
    struck = "(INJECTED)" in out.read_text()
    if daemon.process is not None:
        daemon.kill9()
    daemon.start()
    status = daemon.connect().call("key.get", id=key["id"])["status"]
    verdict = daemon.connect_verify().call("verify", key=key["key"])["code"]
    assert status in allowed and verdict == {"active": "ok"}.get(status, status)
    return struck


@needs_strace
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fallocate"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_every_call_of_a_start_fails_once(daemon, call, error):
    """Such a start comes about or it does not; whatever it then says is true, and the next one has lost nothing."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    made = [admin.call("key.create", name=f"k{n}", **LIMITED) for n in range(4)]
    admin.call("key.revoke", id=made[0]["id"])
    assert verifier.call("verify", key=made[1]["key"], resource="r")["valid"]
    daemon.kill9()
    whole, struck = daemon.dir / "whole", 0
    shutil.copytree(daemon.data, whole)
    while starts_with_a_failure(daemon, made, call, error, struck + 1):
        struck += 1
        assert struck < INJECTIONS_MAX
        shutil.rmtree(daemon.data)
        shutil.copytree(whole, daemon.data)
    assert struck, "a start makes no such call"


def starts_with_a_failure(daemon, made, call, error, n):
    out = daemon.dir / "strace"
    traced = ["-D", "-f", "-qq", "-o", out, "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={n}"]
    leaks = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"  # which cannot be told under strace
    daemon.prefix = ["strace", "-E", f"ASAN_OPTIONS={leaks}", *traced]
    try:
        daemon.start()
        knows_all(daemon, made)
        poll(lambda: call in out.read_text(), "a call, of the keeper if of no other")
        daemon.crash()
    except AssertionError as problem:
        assert re.search(r"ended with 7[0-9] before", str(problem)), problem
    except (Closed, OSError):
        daemon.ended(EX_IOERR)  # it met the failure only then
    except RpcError as refusal:  # likewise, with what was asked in the same group
        assert refusal.code in ("unavailable", "outcome_unknown"), refusal
        daemon.ended(EX_IOERR) if refusal.code == "outcome_unknown" else daemon.crash()
    struck = "(INJECTED)" in complete(out)
    daemon.prefix = []
    daemon.start()
    knows_all(daemon, made)
    daemon.kill9()
    return struck


def knows_all(daemon, made):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    verdicts = [verifier.call("verify", key=key["key"], dry_run=True) for key in made]
    assert [verdict["code"] for verdict in verdicts] == ["revoked", "ok", "ok", "ok"]
    assert [admin.call("key.get", id=key["id"])["requests"] for key in made] == [0, 1, 0, 0]
    assert [verdict["limits"][0]["remaining"] for verdict in verdicts] == [10, 9, 10, 10]


# -- stalling


STALLS = {"a change": ("key.create", "-wal>"), "a backup": ("backup.create", ".partial>")}


@needs_strace
@pytest.mark.parametrize(("method", "file"), STALLS.values(), ids=STALLS)
def test_verifies_go_on_while_the_disk_stalls(daemon, method, file):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = admin.call("key.create", name="demo")
    params = {"name": "stalled"} if method == "key.create" else {"path": str(daemon.dir / "copy")}
    with strace(daemon, "-y", "-e", "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:delay_enter=600s") as out:
        call = admin.start(method, **params)
        poll(lambda: file in out.read_text(), "the stall")
        for _ in range(20):
            results = verifier.pipeline([("verify", {"key": key["key"]})] * 50)
            assert all(result["valid"] for result in results)
        assert not select.select([admin.sock], [], [], 0)[0], "the call was answered before it was on the disk"
    assert admin.result(call)
