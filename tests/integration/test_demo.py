"""The README's first command shows the whole way, with and without a terminal, again and again, and leaves nothing
running."""

import os
import pathlib
import pty
import select
import subprocess
import time

import pytest

from rpc import HANG

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def setting(build, tmp_path):
    """The demo's command and an environment that keeps it in a directory of the test's."""
    settings = {"XDG_STATE_HOME": str(tmp_path / "state"), "TMPDIR": "/tmp", "BUILD": str(build), "TERM": "xterm-256color"}
    return {"args": [ROOT / "docs/demo.sh"], "env": os.environ | settings}


def daemons(state):
    """Processes that serve this data directory."""
    found = []
    for cmdline in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(state).encode() in cmdline.read_bytes():
                found.append(cmdline.parent.name)
        except OSError:
            pass  # it has just ended
    return found


def test_without_a_terminal(setting, tmp_path):
    for run in range(2):
        done = subprocess.run(**setting, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG)
        assert done.returncode == 0, done
        assert "ak_live_" in done.stdout and "revoked" in done.stdout
        listed = done.stdout.partition("apikeyctl key list")[2]
        assert listed.count("first-key") == run + 1 and listed.count("second-key") == run + 1, done.stdout
        assert "Done" in done.stdout
        assert daemons(tmp_path) == []


def test_a_second_one_at_the_same_time_says_why_not(setting, daemon, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state/apikeyd-demo").symlink_to(daemon.data)
    done = subprocess.run(**setting, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG)
    assert done.returncode == 1 and "did not start" in done.stdout, done
    assert daemon.connect().call("ping")


def test_on_a_terminal_the_console_opens(setting, tmp_path):
    child, terminal = pty.fork()
    if child == 0:
        os.execve(setting["args"][0], [str(setting["args"][0])], setting["env"])
    seen, asked = b"", False
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        if select.select([terminal], [], [], 1)[0]:
            try:
                seen += os.read(terminal, 4096)
            except OSError:
                break  # the other end is closed: it has ended
        if not asked and b"second-key" in seen.partition(b"7. The console")[2]:
            os.write(terminal, b"q")
            asked = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    assert asked and status == 0, seen.decode(errors="replace")
    assert b"Done" in seen
    assert daemons(tmp_path) == []
