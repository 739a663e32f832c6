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
def tui(program, opened):
    """tui(socket, "--read-only", size=(40, 10), env={…}) opens a console in tmux."""

    def make(socket, *args, **options):
        opened.append(Screen(program, "--socket", str(socket), *args, **options))
        return opened[-1]

    return make


@pytest.fixture
def tui_pty(program, opened):
    def make(socket, *args, **options):
        opened.append(Pty(program, "--socket", str(socket), *args, **options))
        return opened[-1]

    return make


@pytest.fixture
def screen(tui, daemon):
    """A console of 80x24 on a fresh daemon."""
    return tui(daemon.socket)
