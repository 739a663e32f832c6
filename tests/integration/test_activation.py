"""Sockets handed over by systemd: told apart by name, and alive over a restart."""

import itertools
import pathlib
import socket
import sys
import threading

import pytest

from rpc import HANG, Client, Closed
from server import poll

ACTIVATE = pathlib.Path(__file__).parent.parent / "activate.py"


@pytest.fixture
def listeners():
    """Makes listening sockets that live on while daemons come and go."""
    made = []

    def listen(path, kind=socket.SOCK_STREAM):
        listener = socket.socket(socket.AF_UNIX, kind)
        listener.bind(str(path))
        if kind == socket.SOCK_STREAM:
            listener.listen(128)
        made.append(listener)
        return listener

    yield listen
    for listener in made:
        listener.close()


def activated(daemon, pairs):
    """Sets the daemon up to be started with these (name, socket) in this order."""
    daemon.prefix = [sys.executable, ACTIVATE, *(f"{n}={s.fileno()}" for n, s in pairs), "--"]
    return {"pass_fds": [s.fileno() for _, s in pairs]}


@pytest.mark.parametrize("order", [("verify", "admin"), ("admin", "verify")])
def test_activation_by_name(new_daemon, listeners, order):
    daemon = new_daemon()
    sockets = {"verify": listeners(daemon.dir / "v"), "admin": listeners(daemon.dir / "a")}
    early = Client(daemon.dir / "v")  # before there is a daemon
    daemon.start(**activated(daemon, [(name, sockets[name]) for name in order]))
    assert early.call("hello")["socket"] == "verify"
    early.close()
    with Client(daemon.dir / "a") as client:
        assert client.call("hello")["socket"] == "admin"
    assert not any(daemon.runtime.iterdir())
    daemon.stop()
    assert (daemon.dir / "v").exists() and (daemon.dir / "a").exists()


class Caller(threading.Thread):
    """Asks on a connection of its own each time, and once more where the stop closed it before it was read."""

    def __init__(self, path, calls):
        super().__init__(daemon=True)
        self.path, self.calls = path, calls
        self.stop, self.unexpected = threading.Event(), None
        self.served, self.again = [], 0

    def run(self):
        try:
            for method, params in self.calls:
                if self.stop.is_set():
                    break
                try:
                    self.served.append(self.call(method, params))
                except (Closed, BrokenPipeError, ConnectionResetError):
                    self.again += 1
                    self.served.append(self.call(method, params))
        except Exception as error:  # shown by the test
            self.unexpected = error

    def call(self, method, params):
        with Client(self.path) as client:
            return client.call(method, **params)


def test_every_call_over_restarts_is_answered_at_the_second_try(new_daemon, listeners):
    daemon = new_daemon()
    pairs = [(name, listeners(daemon.dir / name)) for name in ("admin", "verify")]
    options = activated(daemon, pairs)
    daemon.start(**options)
    with Client(daemon.dir / "admin") as admin:
        key = admin.call("key.create", name="asked for")
    verify = itertools.repeat(("verify", {"key": key["key"]}))
    names = (f"made {n}" for n in itertools.count())
    create = (("key.create", {"name": name, "request_id": name}) for name in names)
    callers = [Caller(daemon.dir / "verify", verify) for _ in range(3)] + [Caller(daemon.dir / "admin", create)]
    for caller in callers:
        caller.start()
    try:
        for _ in range(3):
            some_more(callers)
            daemon.stop()
            daemon.start(**options)
        some_more(callers)
    finally:
        for caller in callers:
            caller.stop.set()
        for caller in callers:
            caller.join(HANG)
    assert [caller.unexpected for caller in callers] == [None] * len(callers)
    assert all(verdict["valid"] for caller in callers[:-1] for verdict in caller.served)
    with Client(daemon.dir / "admin") as admin:
        assert admin.call("key.get", id=key["id"])["requests"] >= sum(len(caller.served) for caller in callers[:-1])
        assert admin.call("key.list")["total"] == 1 + len(callers[-1].served)


def some_more(callers):
    before = [len(caller.served) for caller in callers]
    poll(
        lambda: all(len(c.served) > n + 20 for c, n in zip(callers, before)) or any(c.unexpected for c in callers),
        "calls",
    )


@pytest.mark.parametrize("names", [("verify", "other"), ("verify", "verify")])
def test_activation_with_wrong_names(new_daemon, listeners, names):
    daemon = new_daemon()
    options = activated(
        daemon, [(name, listeners(daemon.dir / str(n))) for n, name in enumerate(names)]
    )
    with pytest.raises(AssertionError, match="apikeyd ended with (6[4-9]|7[0-8])"):
        daemon.start(**options)
    assert f'"{names[1]}"' in daemon.output()


@pytest.mark.parametrize(
    "said", ["LISTEN_FDS=1 LISTEN_FDNAMES=verify", "LISTEN_FDS=x", "LISTEN_FDS=0 LISTEN_FDNAMES=verify"], ids=["closed", "no number", "a name of nothing"]
)
def test_activation_with_what_is_not_there(new_daemon, said):
    """Sockets of its own instead would be others than those that clients know."""
    daemon = new_daemon()
    daemon.prefix = ["sh", "-c", f'LISTEN_PID=$$ {said} exec "$0" "$@"']
    done = daemon.run()
    assert done.returncode == 78 and "sockets handed over" in done.stderr
    assert not any(daemon.runtime.iterdir())
