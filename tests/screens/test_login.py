"""Logging in where the daemon cannot tell who the operator is."""

import getpass
import re

import pytest

from console import picture
from leaks import memory_holds
from fake import HELLO, key
from server import poll

NOBODY = HELLO | {"authenticated": False, "user": None, "role": None}
ADA = HELLO | {"user": "ada", "role": "operator", "tenant": "default"}
SECRET = "a long enough secret"

FORM = """\
Log in to see and change anything.

User
             your name to the daemon
Password

             [ Log in ]"""

RECOVERY = {(80, 24): """\
A one-time code, and the password from now on.

User         ada

New password
             not shown
Code

Again

             [ Set it and log in ]""", (40, 10): """\
User         ada
New password
Code
Again
             [ Set it and log in ]

             not shown"""}  # fmt: skip


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


def test_nothing_is_sent_without_a_name(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.keys("BTab", "Enter")
    screen.wait("who are you?")
    assert not any(method == "auth.login" for method, _ in asks.asked)


def to_recovery(screen):
    """An empty password leads to the way in by a code."""
    screen.wait("[ Log in ]")
    screen.type("ada")
    screen.keys("Tab", "Tab", "Enter")
    screen.wait("New password")


@pytest.mark.parametrize("size", RECOVERY)
def test_recovery_form(asks, tui, size):
    screen = tui(asks.socket, size=size)
    to_recovery(screen)
    screen.shows(RECOVERY[size], seen=lambda screen: "\n".join(picture(screen.text()).split("\n")[1:-2]).rstrip())
    screen.keys("Escape")
    screen.wait("[ Log in ]", "ada", absent="New password")


def recover(screen, code, password, again):
    for text in (password, code, again):
        screen.keys("C-u")
        screen.type(text)
        screen.keys("Tab")
    screen.keys("Enter")


def test_way_in_by_a_code(asks, tui, sanitized):
    def take(params):
        return {"username": "ada"} if params["code"] == "abcd-efgh" else "unauthenticated: no such code"

    asks.answers["auth.recover"] = take
    screen = tui(asks.socket)
    to_recovery(screen)
    recover(screen, "abcd-efgh", SECRET, "another")
    screen.wait("this is another one than above")
    assert not any(method == "auth.recover" for method, _ in asks.asked)
    screen.keys("BTab", "BTab")
    recover(screen, "wrong", SECRET, SECRET)
    screen.wait("no such code")
    screen.keys("C-u")
    screen.type("abcd-efgh")
    screen.keys("Tab", "Tab", "Enter")
    screen.wait("name 1", "serving", "ada", absent="Code")
    asked = [(params["username"], params["code"], params["new_password"]) for method, params in asks.asked if method == "auth.recover"]
    assert asked == [("ada", "wrong", SECRET), ("ada", "abcd-efgh", SECRET)]
    assert sanitized or not memory_holds(screen.pid, SECRET.encode())


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


def test_help_of_the_login(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.type("ada")
    screen.keys("F1")
    screen.wait("Here", "Leave the form", absent="[ Log in ]")
    screen.keys("q")
    screen.wait("[ Log in ]", "ada")


def test_a_password_is_pasted_with_its_newline(asks, tui):
    screen = tui(asks.socket)
    screen.wait("[ Log in ]")
    screen.paste("ada\n")
    screen.keys("Tab")
    screen.paste(SECRET + "\n")
    screen.wait("*" * len(SECRET))
    screen.keys("C-s")
    screen.wait("name 1", "serving", "ada", absent="Log in")


def test_a_recovery_is_left_before_an_answer(asks, tui):
    asks.answers["auth.recover"] = None
    screen = tui(asks.socket)
    to_recovery(screen)
    recover(screen, "abcd-efgh", SECRET, SECRET)
    poll(lambda: "auth.recover" in [method for method, _ in asks.asked])
    screen.keys("Escape")
    screen.wait("[ Log in ]", "Left before an answer: not known whether it was done.")
    screen.keys("Escape")
    assert screen.ended() == 0


@pytest.mark.parametrize(("keys", "asks_for"), [("R", "Revoke name 1?"), (":", "overview"), ("P", "Find a key:")])
def test_what_is_typed_after_the_session_has_ended_goes_to_the_login(asks, tui, keys, asks_for):
    asks.who["name"] = "ada"
    screen = tui(asks.socket)
    screen.wait("name 1", "R revoke")
    screen.keys(keys)
    screen.wait(asks_for)
    asks.who["name"] = None
    screen.wait("[ Log in ]", absent=asks_for)
    screen.type("yada")
    screen.wait("User         yada")
    assert "key.revoke" not in [method for method, _ in asks.asked]


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


def test_a_real_code(real, tui):
    with real.connect() as client:
        client.call("auth.login", username="admin", password=SECRET)
        code = client.call("user.recovery_codes")["codes"][0]
    screen = tui(real.socket)
    screen.wait("[ Log in ]")
    screen.type("admin")
    screen.keys("Tab", "Tab", "Enter")
    screen.wait("New password")
    recover(screen, code, "short", "short")
    screen.wait(re.compile("New password.*\n +.*(password|characters|short)"))
    recover(screen, code, "entirely different words", "entirely different words")
    screen.wait("There is no key yet", "admin", absent="New password")


def test_another_role_is_in_force_at_once(real, tui):
    """Of whoever is known by the account of this host, and has no session that would end. The daemon ends the subscription."""
    admin = real.connect()
    admin.call("auth.login", username="admin", password=SECRET)
    admin.call("user.create", username="ada", role="viewer", tenant="default", os_account=getpass.getuser())
    screen = tui(real.socket)
    screen.wait("There is no key yet", "ada, read-only", absent="n new")
    admin.call("user.update", username="ada", role="operator")
    screen.wait("n new", absent="read-only")
    admin.call("key.create", name="live")
    screen.wait("live", "row 1 of 1")
    admin.call("user.update", username="ada", role="viewer")
    screen.wait("read-only", absent="R revoke")
    admin.call("key.create", name="still live")
    screen.wait("still live", "row 2 of 2")
