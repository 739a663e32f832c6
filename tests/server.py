"""A real apikeyd on a directory of its own, started and stopped by the tests."""

import contextlib
import mmap
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time

from rpc import HANG, Client

REPORT = re.compile(r"(ERROR|WARNING): (Address|Leak|Thread|Memory)Sanitizer|runtime error:")


class Daemon:
    """Set `config`, `args`, `env` and `prefix` (such as ["prlimit", …]) before start()."""

    def __init__(self, program):
        self.program = pathlib.Path(program).resolve()
        self.dir = pathlib.Path(
            tempfile.mkdtemp(prefix="ak-", dir="/tmp")
        )  # short: sun_path is 108 bytes
        self.data = self.dir / "data"
        self.runtime = self.dir / "run"
        self.socket = self.runtime / "admin.sock"
        self.verify_socket = self.runtime / "verify.sock"
        self.log = self.dir / "log"
        self.config_file = self.dir / "apikeyd.conf"
        self.config, self.args, self.env, self.prefix = "", [], {}, []
        self.process = None
        self.clients = []
        self.data.mkdir(mode=0o700)
        self.runtime.mkdir(mode=0o755)
        self.log.touch()
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.dir / "notify"))
        self.notify.settimeout(HANG)

    # -- life

    def command(self, *args):
        self.config_file.write_text(self.config)
        paths = ["--config", self.config_file, "--data", self.data, "--runtime", self.runtime]
        return [*self.prefix, self.program, *paths, *self.args, *args]

    def environment(self, **more):
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LISTEN_", "NOTIFY_"))
        }
        return inherited | {"NOTIFY_SOCKET": str(self.dir / "notify")} | self.env | more

    def launch(self, **popen):
        """Starts the daemon and waits for nothing."""
        assert self.process is None
        self.notifications()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **popen,
            )

    def start(self, **popen):
        """Starts the daemon and waits for READY=1."""
        self.launch(**popen)
        self.wait_for("READY=1")
        return self

    def wait_for(self, word):
        """Waits until the daemon has notified `word`; returns that notification's lines."""
        deadline = time.monotonic() + HANG
        end = os.pidfd_open(self.process.pid)
        try:
            while True:
                readable, _, _ = select.select(
                    [self.notify, end], [], [], max(0, deadline - time.monotonic())
                )
                if self.notify in readable:
                    lines = self.notify.recv(4096).decode().split("\n")
                    if word in lines:
                        return lines
                elif end in readable:
                    code, self.process = self.process.wait(), None
                    raise AssertionError(
                        f"apikeyd ended with {code} before {word}:\n{self.output()}"
                    )
                else:
                    raise AssertionError(f"apikeyd did not say {word}:\n{self.output()}")
        finally:
            os.close(end)

    def run(self, *args, timeout=HANG):
        """Runs apikeyd to its end, for starts that must fail and options that only print."""
        return subprocess.run(
            self.command(*args),
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def stop(self):
        """SIGTERM; the daemon must end with 0."""
        self.signal(signal.SIGTERM)
        self.ended()

    def ended(self, code=0):
        """Waits for the end of the daemon, which must be with this exit code."""
        process, self.process = self.process, None
        self.forget_clients()
        try:
            got = process.wait(HANG)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"apikeyd did not end:\n{self.output()}") from None
        assert got == code, f"apikeyd ended with {got}:\n{self.output()}"

    def kill9(self):
        self.signal(signal.SIGKILL)
        self.ended(-signal.SIGKILL)

    def crash(self):
        """As kill9(), but it may have ended by itself meanwhile, in whatever way."""
        process, self.process = self.process, None
        process.kill()
        process.wait(HANG)
        self.forget_clients()

    def restart(self):
        self.stop()
        return self.start()

    def reload(self):
        """SIGHUP, then waits until the daemon serves with what it has read."""
        self.notifications()
        self.config_file.write_text(self.config)
        self.signal(signal.SIGHUP)
        self.wait_for("RELOADING=1")
        self.wait_for("READY=1")

    def signal(self, number):
        self.process.send_signal(number)

    def clean_up(self):
        """A daemon that still runs must end cleanly, and no sanitizer may have spoken."""
        try:
            if self.process is not None:
                self.stop()
            assert not REPORT.search(self.output()), self.output()
        finally:
            self.forget_clients()
            self.notify.close()
            shutil.rmtree(self.dir, ignore_errors=True)

    # -- talk

    @property
    def pid(self):
        return self.process.pid

    def connect(self, **options):
        """A new connection to admin.sock, closed with the daemon's end."""
        return self._connect(self.socket, options)

    def connect_verify(self, **options):
        return self._connect(self.verify_socket, options)

    def output(self):
        """All that the daemon has written to standard output and error, over all its starts."""
        return self.log.read_text(errors="replace")

    def status(self, field):
        """A number from /proc/PID/status, such as VmRSS in KiB."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1])

    def cpu_ticks(self):
        """Clock ticks of user and system time used so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def _connect(self, path, options):
        client = Client(path, **options)
        self.clients.append(client)
        return client

    def forget_clients(self):
        for client in self.clients:
            client.close()
        self.clients = []

    def notifications(self):
        """The lines of what the daemon has notified and nobody has waited for."""
        lines = []
        while select.select([self.notify], [], [], 0)[0]:
            lines += self.notify.recv(4096).decode().split("\n")
        return lines


class FakeClock:
    """The wall clock of a daemon, from its next start on: so many seconds ahead as set() says, at any moment."""

    def __init__(self, daemon, library):
        self.path = daemon.dir / "clock"
        self.path.write_bytes(bytes(mmap.PAGESIZE))
        self.ahead = 0
        daemon.env |= {"FAKE_CLOCK": str(self.path), "LD_PRELOAD": str(library)}

    def set(self, ahead):
        self.ahead = ahead
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", ahead))


@contextlib.contextmanager
def open_store(data):
    """The store of a daemon that has ended, in its data directory; what is changed stays, unless something fails."""
    with contextlib.closing(sqlite3.connect(data / "apikeyd.db")) as db, db:
        db.execute("PRAGMA synchronous = OFF")  # no power is cut here
        yield db


def poll(condition, what="the state"):
    """Asks condition() until it holds, and returns its value."""
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"waited in vain for {what}")
