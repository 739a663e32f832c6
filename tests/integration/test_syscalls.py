"""What a verify costs the kernel: nothing beyond the reads and writes that a batch shares."""

import re

import pytest

from rpc import request
from tracing import needs_strace, strace

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


pytestmark = needs_strace


def calls_during(daemon, work):
    """How often each system call was made by the daemon while work() ran."""
    with strace(daemon, "-c") as out:
        work()
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
