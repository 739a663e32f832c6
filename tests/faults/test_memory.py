"""Memory ends at any allocation of a call: the answer is right, an error that is true, or the daemon has ended, and the
next start knows what had been done."""

import mmap
import os
import signal
import struct

import pytest

from rpc import HANG, NOTIFICATION, REPLY, Closed, RpcError, request

STEP = int(os.environ.get("ALLOCATION_STEP", "7"))  # every so manieth is tried
ONE, LASTING = 1, 2**31
ENDS = (-signal.SIGABRT, 71, 74)  # the latter as in sysexits.h
TRUE_ERRORS = ("unavailable", "outcome_unknown", "internal", "busy", "too_large")


@pytest.fixture
def poor(new_daemon, build, sanitized):
    """A daemon; .fail(first, count) lets so many of its allocations fail from then on, .rich() gives how many were asked
    for meanwhile and lets none fail."""
    if sanitized:
        pytest.skip("a sanitizer's runtime has an allocator of its own")
    daemon = new_daemon()
    path = daemon.dir / "plan"
    path.write_bytes(bytes(mmap.PAGESIZE))
    library = (build / "tests/failing_memory.so").resolve()
    daemon.env = {"LD_PRELOAD": str(library), "FAILING_MEMORY": str(path)}
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), mmap.PAGESIZE) as plan:

        def fail(first, count):
            plan[:12] = struct.pack("=III", first, 0, 0)
            plan[4:8] = struct.pack("=I", count)

        def rich():
            plan[4:8] = struct.pack("=I", 0)
            return struct.unpack("=I", plan[8:12])[0]

        daemon.fail, daemon.rich = fail, rich
        yield daemon.start()


def ask(client, method, params, key):
    """The states that the key may be in, after a call that may have revoked it."""
    try:
        result = client.call(method, **params)
    except RpcError as error:
        assert error.code in TRUE_ERRORS, error
        return ["active", "revoked"] if error.code == "outcome_unknown" else ["active"]
    except (Closed, OSError):
        return ["active", "revoked"]
    if method == "key.list":
        assert key["id"] in [one["id"] for one in result["keys"]]
    return [result["status"]] if method == "key.revoke" else ["active"]


def alive(daemon):
    """Whether it goes on; if not, it has ended as it may, and is started again."""
    try:
        assert daemon.connect_verify().call("ping")["time"]
        return True
    except (Closed, OSError):
        process, daemon.process = daemon.process, None
        assert process.wait(HANG) in ENDS, daemon.output()
        daemon.start()
        return False


@pytest.mark.parametrize("count", [ONE, LASTING], ids=["one fails", "all fail from there on"])
@pytest.mark.parametrize("method", ["key.revoke", "key.list"])
def test_memory_ends_at_any_allocation(poor, method, count):
    daemon, first, struck = poor, 1, True
    while struck:
        admin, verifier = daemon.connect(), daemon.connect_verify()
        key = admin.call("key.create", name="demo")
        params = {"id": key["id"]} if method == "key.revoke" else {"sort": "created_at", "desc": True, "limit": 3}
        daemon.fail(first, count)
        allowed = ask(admin, method, params, key)
        struck = daemon.rich() >= first
        went_on = alive(daemon)
        for client in (admin, verifier):
            client.close()
        status = daemon.connect().call("key.get", id=key["id"])["status"]
        verdict = daemon.connect_verify().call("verify", key=key["key"])["code"]
        assert status in allowed and verdict == {"active": "ok"}.get(status, status), (first, went_on)
        daemon.forget_clients()
        first += STEP
    assert first > 1 + STEP, "nothing failed"
    assert daemon.connect().call("audit.verify")["ok"]


def whole(client, last):
    """All messages up to the answer to `last`, or to the end of the connection: none of them may be cut."""
    messages = [[REPLY, None]]
    try:
        while messages[-1][1] != last:
            messages.append(client.recv())
    except (Closed, ConnectionError):
        pass
    for kind, *rest in messages[1:]:
        if kind == NOTIFICATION:
            assert {"seq", "at", "type"} <= rest[1][0].keys(), rest
        else:
            assert kind == REPLY and (rest[1] is None) == isinstance(rest[2], dict), rest
            assert rest[0] != last or rest[1] or "time" in rest[2], rest
    return messages


CUT = {
    "here": lambda key: [("stats.get", {}), ("auth.whoami", {})],
    "store": lambda key: [("key.get", {"id": key["id"]})],
    "replay": lambda key: [("events.subscribe", {"topics": ["key"], "since": 0})],
    "event": lambda key: [("events.subscribe", {"topics": ["key"]}), ("key.update", {"id": key["id"], "name": "new"})],
    "unsent": lambda key: [("verify", {"key": key["key"]})] * 800,
}


@pytest.mark.parametrize("calls", CUT.values(), ids=CUT)
def test_no_message_is_cut_where_memory_ends(poor, calls):
    """What follows on the connection would be taken for the rest."""
    daemon, first, struck = poor, 1, True
    while struck:
        admin = daemon.connect()
        key = admin.call("key.create", name="demo", notes="n" * 3000, meta={"m": "m" * 300})
        daemon.fail(first, ONE)
        todo = [*calls(key), ("ping", {})]
        admin.send(b"".join(request(n, *call) for n, call in enumerate(todo, 1000)))
        whole(admin, 1000 + len(todo) - 1)
        struck = daemon.rich() >= first
        alive(daemon)
        daemon.forget_clients()
        first += 1
    assert first > 2, "nothing failed"


def test_a_reload_for_which_there_is_no_memory_comes_later(poor):
    poor.config_file.write_text("environments = {staging}\n")
    poor.fail(1, ONE)
    poor.signal(signal.SIGHUP)
    poor.wait_for("RELOADING=1")
    poor.wait_for("READY=1")
    poor.rich()
    assert poor.connect().call("key.create", name="demo")["env"] == "staging"
