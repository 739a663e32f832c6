"""The console in tmux or on a pty, against the daemon of the test or against a fake one."""

import pytest

from console import Pty, Screen
from fake import Fake


@pytest.fixture
def program(build):
    path = build / "apikey-tui"
    assert path.exists(), f"no apikey-tui in {build}: run make first"
    return str(path)


@pytest.fixture
def opened():
    """What is put here is closed after the test."""
    things = []
    yield things
    for thing in reversed(things):
        thing.close()


@pytest.fixture
def fake(opened):
    def make(**answers):
        opened.append(Fake(**answers))
        return opened[-1]

    return make


@pytest.fixture
def left_in(tmp_path_factory):
    """left_in(view) is the environment of a console that was left in this view the last time; "": in the first."""

    def make(view):
        state = tmp_path_factory.mktemp("state")
        (state / "apikey-tui").write_text(f"view {view}\nused yes\n")
        return {"XDG_STATE_HOME": state}

    return make


@pytest.fixture
def tui(program, opened, left_in):
    """tui(socket, "--read-only", view="keys", size=(40, 10), env={…}) opens a console in tmux."""

    def make(socket, *args, view="keys", **options):
        options["env"] = left_in(view) | options.get("env", {})
        opened.append(Screen(program, "--socket", str(socket), *args, **options))
        return opened[-1]

    return make


@pytest.fixture
def tui_pty(program, opened, left_in):
    def make(socket, *args, view="keys", **options):
        options["env"] = left_in(view) | options.get("env", {})
        opened.append(Pty(program, "--socket", str(socket), *args, **options))
        return opened[-1]

    return make


@pytest.fixture
def screen(tui, daemon):
    """A console of 80x24 on a fresh daemon."""
    return tui(daemon.socket)
