"""What a verify costs the kernel: nothing beyond the reads and writes that a batch shares."""

import re
import shutil
import signal
import subprocess

import pytest

from rpc import HANG, request
from server import poll

VERIFIES, BATCH = 25_600, 64
BATCHES = VERIFIES // BATCH
INPUT_OUTPUT = {
    "read",
    "readv",
    "recvfrom",
    "recvmsg",
    "write",
    "writev",
    "sendto",
    "sendmsg",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_ctl",
    "poll",
    "restart_syscall",
}


def traceable():
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-c", "true"], capture_output=True).returncode == 0


pytestmark = pytest.mark.skipif(not traceable(), reason="no strace, or ptrace is not allowed here")


def calls_during(daemon, work):
    """How often each system call was made by the daemon while work() ran."""
    out = daemon.dir / "calls"
    strace = subprocess.Popen(
        ["strace", "-c", "-f", "-qq", "-o", out, "-p", str(daemon.pid)], stderr=subprocess.DEVNULL
    )
    poll(lambda: daemon.status("TracerPid") != 0, "strace")
    work()
    strace.send_signal(signal.SIGINT)
    strace.wait(HANG)
    rows = re.findall(
        r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", out.read_text(), re.M
    )
    return {name: int(count) for count, name in rows if name != "total"}


def test_system_calls_of_a_verify(new_daemon, sanitized):
    if sanitized:
        pytest.skip("a sanitizer makes system calls of its own")
    daemon = new_daemon(args=["--workers", "1"]).start()
    keys = daemon.connect().pipeline([("key.create", {"name": f"k{n}"}) for n in range(BATCH)])
    batch = b"".join(request(n, "verify", {"key": key["key"]}) for n, key in enumerate(keys))
    client = daemon.connect_verify()

    def load():
        for _ in range(BATCHES):
            client.send(batch)
            for _ in range(BATCH):
                assert client.recv()[3]["valid"] is True

    load()
    calls = calls_during(daemon, load)
    shared = sum(count for name, count in calls.items() if name in INPUT_OUTPUT)
    others = sum(count for name, count in calls.items() if name not in INPUT_OUTPUT)
    assert BATCHES <= shared <= 8 * BATCHES, calls  # a batch may arrive in pieces
    assert others < BATCHES, calls  # timers of the other threads; none of them per verify
