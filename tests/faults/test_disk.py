"""A disk that is full, fails or stalls: verifies go on, changes are made or refused, and nobody is told a wrong thing."""

import errno
import select

import pytest

from rpc import Closed, RpcError
from server import poll
from tracing import needs_strace, strace
from volume import Volume, needs_volume

EX_IOERR = 74  # sysexits.h
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
    admin, verifier = small.connect(), small.connect_verify()
    other = admin.call("key.create", name="other")
    small.fill()
    made = refused_at_last(admin)
    for _ in range(10):
        with pytest.raises(RpcError, match="^unavailable: "):
            admin.call("key.create", name="one more")
        assert verifier.call("verify", key=small.made["key"])["valid"]
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


# -- stalling


@needs_strace
def test_verifies_go_on_while_the_disk_stalls(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = admin.call("key.create", name="demo")
    with strace(daemon, "-y", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=600s") as out:
        change = admin.start("key.create", name="stalled")
        poll(lambda: "-wal>" in out.read_text(), "the stall")
        for _ in range(20):
            results = verifier.pipeline([("verify", {"key": key["key"]})] * 50)
            assert all(result["valid"] for result in results)
        assert not select.select([admin.sock], [], [], 0)[0], "the change was answered before it was on the disk"
    assert admin.result(change)["name"] == "stalled"
