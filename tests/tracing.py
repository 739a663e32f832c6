"""strace on a running daemon."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess

import pytest

from rpc import HANG
from server import poll


def traceable():
    """The daemon makes itself undumpable, so only root may trace it."""
    if shutil.which("strace") is None or os.getuid() != 0:
        return False
    return subprocess.run(["strace", "-c", "true"], capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(
    not traceable(), reason="no strace, or ptrace is not allowed here"
)


@contextlib.contextmanager
def strace(daemon, *options, thread=None):
    """Traces every thread of the daemon, or one; gives the path of strace's output, complete at the end.

    Where the daemon is killed within, its end must be awaited within, too."""
    out = daemon.dir / "strace"
    tracer = subprocess.Popen(
        ["strace", *(["-f"] if thread is None else []), "-qq", "-o", out, *options, "-p", str(thread or daemon.pid)],
        stderr=subprocess.DEVNULL,
    )
    try:
        poll(lambda: traced(daemon, thread or "*") or ended(daemon), "strace")
        yield out
    finally:
        if daemon.process is not None:
            tracer.send_signal(signal.SIGINT)
        tracer.wait(HANG)


def traced(daemon, threads):
    """Whether every one of these threads is."""
    for status in pathlib.Path(f"/proc/{daemon.pid}/task").glob(f"{threads}/status"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            if "TracerPid:\t0\n" in status.read_text():
                return False
    return True


def ended(daemon):
    """Whether it was killed by what strace injects before anyone saw it traced."""
    return daemon.process.poll() is not None


def complete(out):
    """What a detached strace has written there, once its tracee has ended and it, too."""
    proc = pathlib.Path("/proc")
    poll(lambda: not any(writes_to(process, out) for process in proc.glob("[0-9]*/cmdline")), "the end of strace")
    return out.read_text()


def writes_to(cmdline, out):
    with contextlib.suppress(OSError):  # it has just ended
        return str(out).encode() in cmdline.read_bytes().split(b"\0")
