"""The disk fails under the counters, and under nothing else: it is said once, nothing stops, and nothing is lost."""

import re
import uuid

import pytest

from server import poll
from test_watchdog import threads_named
from tracing import needs_strace, strace
from volume import FAKE_BOOT

ASKED = 50
COMPLAINT = re.compile(r"\w+\.counters: what was counted cannot be written: Input/output error; a power cut would lose it")


@pytest.fixture
def rebooting(new_daemon):
    """A daemon that can be told it is in another boot, by .reboot() after its end: what was kept counts then."""
    daemon = new_daemon()
    boot = daemon.dir / "boot"
    daemon.reboot = lambda: boot.write_text(f"{uuid.uuid4()}\n")
    daemon.reboot()
    daemon.prefix = ["unshare", "--mount", "sh", "-c", FAKE_BOOT, boot]
    return daemon.start()


def synced(daemon):
    """Waits until what has been counted by now is on the disk: the usage's log is written first, the limits' last."""
    log = daemon.data / "usage.counters.log"
    before = log.stat().st_mtime_ns
    key = daemon.connect().call("key.create", name="counted now")
    daemon.connect_verify().call("verify", key=key["key"])
    poll(lambda: log.stat().st_mtime_ns > before, "a sync")
    daemon.connect_verify().call("verify", key=key["key"])
    before = log.stat().st_mtime_ns
    poll(lambda: log.stat().st_mtime_ns > before, "another")


@needs_strace
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_syncs_that_fail_for_a_while(rebooting, call):
    daemon = rebooting
    key = daemon.connect().call("key.create", name="counted")
    verifier = daemon.connect_verify()
    thread = poll(lambda: threads_named(daemon, "keeper"), "the keeper")[0]
    with strace(daemon, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO", thread=thread) as out:
        for struck in range(1, 4):
            for _ in range(ASKED):
                assert verifier.call("verify", key=key["key"])["valid"]
            poll(lambda: out.read_text().count("(INJECTED)") >= 3 * struck, "a failure")
    assert len(COMPLAINT.findall(daemon.output())) == 1
    synced(daemon)
    daemon.kill9()
    daemon.reboot()
    daemon.start()
    assert daemon.connect().call("key.get", id=key["id"])["requests"] == 3 * ASKED
