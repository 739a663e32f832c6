"""What the console remembers from one time to the next, and what it does not."""

import os
import signal
import stat

import pytest


@pytest.fixture
def open_(tui, daemon, admin, tmp_path):
    for name in "alpha", "beta":
        admin.call("key.create", name=name)
    state = tmp_path / "state" / "deeper"

    def start(*args):
        screen = tui(daemon.socket, *args, env={"XDG_STATE_HOME": str(state)})
        screen.file = state / "apikey-tui"
        return screen

    return start


def leave(screen):
    screen.keys("F10")
    assert screen.ended() == 0


def test_order_and_filter(open_):
    screen = open_()
    screen.wait("2 active")
    screen.keys("2")
    screen.wait("alpha", "by created")
    screen.keys("s", "S", "/")
    screen.type("alpha")  # less could be in a random prefix or id, too
    screen.keys("Enter")
    screen.wait("/alpha", "1 found", "by name ▼")
    leave(screen)
    assert stat.S_IMODE(os.stat(screen.file).st_mode) == 0o600
    open_().wait("/alpha", "1 found", "by name ▼", "alpha")


def test_view(open_):
    screen = open_()
    screen.wait("apikeyd  Overview", "2 active")
    screen.keys("4")
    screen.wait("apikeyd  Audit", "row 1 of 2")
    leave(screen)
    screen = open_()
    screen.wait("apikeyd  Audit", "row 1 of 2")
    screen.keys("q")
    screen.wait("apikeyd  Overview", "2 active")
    leave(screen)
    open_().wait("apikeyd  Overview", "2 active")


def test_q_leaves_by_way_of_the_overview(open_):
    screen = open_()
    screen.wait("apikeyd  Overview", "2 active")
    screen.keys("4")
    screen.wait("apikeyd  Audit", "row 1 of 2")
    screen.keys("q", "q")
    assert screen.ended() == 0
    screen = open_()
    screen.wait("apikeyd  Audit", "row 1 of 2")
    screen.keys("q", "1", "q")  # to the overview by choice
    assert screen.ended() == 0
    open_().wait("apikeyd  Overview", "2 active")


def test_never_a_secret(open_, admin):
    key = admin.call("key.create", name="secret one")["key"]
    screen = open_()
    screen.wait("3 active")
    screen.keys("/")
    screen.paste(key[17:])
    screen.keys("Enter")
    screen.wait("No key holds this")
    leave(screen)
    assert key[17:37] not in screen.file.read_text()
    open_().wait("alpha", absent=key[17:30])


@pytest.mark.parametrize("text", ["", "\0\0\0", "view\nsort\n", "view nothing\nsort x\norder y\n", "x" * 10000, "view key\n"])
def test_garbage_is_not_believed(open_, tmp_path, text):
    (tmp_path / "state" / "deeper").mkdir(parents=True)
    (tmp_path / "state" / "deeper" / "apikey-tui").write_text(text)
    screen = open_()
    screen.wait("apikeyd  Overview", "2 active")
    screen.keys("2")
    screen.wait("alpha", "by created")


def test_where_nothing_can_be_written(tui, daemon):
    screen = tui(daemon.socket, env={"XDG_STATE_HOME": "/proc/nothing"})
    screen.wait("There is no key yet")
    leave(screen)


HINT = "First time? ? shows what can be done"


def test_the_hint_is_shown_until_something_was_done(open_):
    screen = open_()
    screen.wait("2 active", HINT)
    screen.keys("j")
    leave(screen)
    screen = open_()
    screen.wait("2 active", HINT)
    screen.keys("2")
    screen.wait("row 1 of 2", absent=HINT)
    os.kill(screen.pid, signal.SIGKILL)
    screen = open_()
    screen.wait("2 active", "serving", absent=HINT)
