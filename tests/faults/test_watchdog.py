"""A thread that hangs is noticed: systemd gets no sign of life, and gets them again when the thread goes on."""

import pathlib

import pytest

from server import poll
from tracing import needs_strace, strace

WATCHDOG_USEC = 400_000


@pytest.fixture
def watched(new_daemon):
    return new_daemon(env={"WATCHDOG_USEC": str(WATCHDOG_USEC)}, args=["--workers", "2"]).start()


def test_signs_of_life(watched):
    for _ in range(3):
        watched.wait_for("WATCHDOG=1")


def threads_named(daemon, name):
    """Their ids; a thread that has only just begun has no name yet."""
    task = pathlib.Path(f"/proc/{daemon.pid}/task")
    return sorted(int(path.name) for path in task.iterdir() if (path / "comm").read_text() == f"{name}\n")


@needs_strace
@pytest.mark.parametrize(("name", "words"), [("worker", "worker 0 has not"), ("writer", "the store's thread has not")])
def test_a_thread_that_hangs(watched, name, words):
    poll(lambda: len(threads_named(watched, "worker")) == 2 and threads_named(watched, "writer"), "the threads")
    thread = threads_named(watched, name)[0]
    with strace(watched, "-e", "trace=all", "-e", "inject=all:delay_enter=600s", thread=thread):
        before = watched.output().count(words)
        # a question from before may have been answered just now; the next one is not
        poll(lambda: watched.output().count(words) >= before + 2, "the hanging thread")
        watched.notifications()
        poll(lambda: watched.output().count(words) >= before + 4, "more of it")
        assert "WATCHDOG=1" not in watched.notifications()
    watched.wait_for("WATCHDOG=1")
    assert watched.connect().call("key.create", name="alive")
