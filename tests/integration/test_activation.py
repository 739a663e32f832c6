"""Sockets handed over by systemd: told apart by name, and alive over a restart."""

import pathlib
import socket
import sys
import threading

import pytest

from rpc import Client, Closed
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


def test_no_connection_is_refused_over_a_restart(new_daemon, listeners):
    daemon = new_daemon()
    pairs = [(name, listeners(daemon.dir / name)) for name in ("admin", "verify")]
    options = activated(daemon, pairs)
    daemon.start(**options)
    stop, refused, served = threading.Event(), [], []

    def callers():
        while not stop.is_set():
            try:
                with Client(daemon.dir / "verify") as client:
                    client.call("ping")
                    served.append(1)
            except (ConnectionRefusedError, FileNotFoundError) as error:
                refused.append(error)
            except (Closed, OSError):
                pass  # closed by the stop before it was read: to be tried again

    threads = [threading.Thread(target=callers) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            poll(lambda n=len(served): len(served) > n + 20, "calls")
            daemon.stop()
            daemon.start(**options)
        poll(lambda n=len(served): len(served) > n + 20, "calls")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert refused == []


@pytest.mark.parametrize("names", [("verify", "other"), ("verify", "verify")])
def test_activation_with_wrong_names(new_daemon, listeners, names):
    daemon = new_daemon()
    options = activated(
        daemon, [(name, listeners(daemon.dir / str(n))) for n, name in enumerate(names)]
    )
    with pytest.raises(AssertionError, match="apikeyd ended with (6[4-9]|7[0-8])"):
        daemon.start(**options)
    assert f'"{names[1]}"' in daemon.output()
