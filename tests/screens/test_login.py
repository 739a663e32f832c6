"""Logging in where the daemon cannot tell who the operator is."""

import pytest

from console import memory_holds, picture
from fake import HELLO, key

NOBODY = HELLO | {"authenticated": False, "user": None, "role": None}
ADA = HELLO | {"user": "ada", "role": "operator", "tenant": "default"}
SECRET = "a long enough secret"

FORM = """\
Log in to see and change anything.

User
             your name to the daemon
Password

             [ Log in ]"""


@pytest.fixture
def asks(fake):
    """A daemon that has to be logged in to."""
    who = {"name": None}

    def login(params):
        if params != {"username": "ada", "password": SECRET}:
            return "unauthenticated: name or password is wrong"
        who["name"] = "ada"
        return {"token": "t0ken" * 8, "expires_at": 4102444800, "user": "ada", "role": "operator", "tenant": "default"}

    daemon = fake(
        hello=lambda _: ADA if who["name"] else NOBODY, auth_login=login,
        key_list=lambda _: {"keys": [key(1)], "next": None, "total": 1} if who["name"] else "unauthenticated: log in",
        stats_get=lambda _: daemon.stats if who["name"] else "unauthenticated: log in",
    )  # fmt: skip
    daemon.stats = {"version": "0", "sealed": False, "started_at": 1_700_000_000, "keys": 1, "verifies": {"ok": 0}}
    daemon.who = who
    return daemon


def test_form(asks, tui):
    screen = tui(asks.socket)
    text = picture(screen.wait("[ Log in ]", "your name"))
    assert "\n".join(text.split("\n")[1:8]) == FORM


def test_login(asks, tui, sanitized):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.type("ada")
    screen.keys("Tab")
    screen.type(SECRET)
    screen.wait("*" * len(SECRET), absent=SECRET)
    screen.keys("Enter", "Enter")
    screen.wait("name 1", "serving", "ada", absent="Log in")
    assert sanitized or not memory_holds(screen.pid, SECRET.encode())


def test_a_wrong_password_is_said_and_gone(asks, tui):
    screen = tui(asks.socket, size=(40, 10))
    screen.wait("[ Log in ]")
    screen.type("ada")
    screen.keys("Tab")
    screen.type("wrong")
    screen.keys("Enter", "Enter")
    screen.wait("name or password", absent="*")
    screen.type(SECRET)
    screen.keys("Enter", "Enter")
    screen.wait("name 1", absent="Log in")


def test_nothing_is_sent_without_both(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.keys("BTab", "Enter")
    screen.wait("who are you?", "a login needs a password")
    assert not any(method == "auth.login" for method, _ in asks.asked)


def test_a_session_that_has_ended_asks_again(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.type("ada")
    screen.keys("Tab")
    screen.type(SECRET)
    screen.keys("Enter", "Enter")
    screen.wait("name 1")
    asks.who["name"] = None
    screen.wait("[ Log in ]")


def test_escape_ends_it(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.keys("Escape")
    assert screen.ended() == 0


@pytest.fixture
def real(new_daemon, tmp_path):
    """A daemon that trusts nobody, with an administrator."""
    (tmp_path / "admin-password").write_text(SECRET)
    return new_daemon(config="trust_peer = false\n", env={"CREDENTIALS_DIRECTORY": str(tmp_path)}).start()


def test_a_real_daemon_and_its_restart(real, tui):
    screen = tui(real.socket)
    screen.wait("[ Log in ]")
    screen.type("admin")
    screen.keys("Tab")
    screen.type(SECRET)
    screen.keys("Enter", "Enter")
    screen.wait("There is no key yet", "admin", absent="Log in")
    real.kill9()
    screen.wait("Not connected")
    real.start()
    screen.wait("There is no key yet", "serving", absent="Log in")
    screen.keys(":")
    screen.type("sessions")
    screen.keys("Enter")
    screen.wait("apikeyd  Sessions", "row 1 of 1", "admin", "yes")
    screen.keys("x")
    screen.wait("End session")
    screen.keys("y")
    screen.wait("[ Log in ]")
