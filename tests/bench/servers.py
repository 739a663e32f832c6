"""The servers that the bench compares, each pinned to one core, and gone when the bench is."""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

HANG = 120  # seconds after which a server is taken to hang; nothing waits for a time
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
SCRIPTS = {  # those of protocols.c, which has their digests
    "redis-count": """\
local record = redis.call('GET', KEYS[1])
local window = KEYS[1] .. ':60'
if redis.call('INCR', window) == 1 then redis.call('EXPIRE', window, 60) end
return record""",
    "redis-verify": """\
local key = redis.call('HMGET', KEYS[1], 'id', 'enabled', 'limit', 'window')
if not key[1] then return {0, 'not_found', '', 0} end
if key[2] ~= '1' then return {0, 'disabled', key[1], 0} end
local counter = KEYS[1] .. ':window'
local used = redis.call('INCR', counter)
if used == 1 then redis.call('EXPIRE', counter, key[4]) end
if used > tonumber(key[3]) then return {0, 'rate_limited', key[1], redis.call('TTL', counter)} end
return {1, 'ok', key[1], key[3] - used}""",
}
RECORD = 150  # bytes that redis keeps for a key: about what a verify answers


def pinned(core, *command):
    """On one core, and killed when this process ends, however it ends."""
    return ["setpriv", "--pdeathsig", "KILL", "taskset", "-c", str(core), *map(str, command)]


def poll(condition, what):
    deadline = time.monotonic() + HANG
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: waited in vain for {what}")
        time.sleep(0.002)


class Server:
    """`protocol` is the load's name for it, `size` that of its record or answer."""

    name = protocol = ""
    size = RECORD

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.socket = self.dir / f"{self.name}.sock"
        self.process = None

    @contextlib.contextmanager
    def running(self, *command, **popen):
        with open(self.dir / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                pinned(SERVER_CORE, *command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **popen
            )
        try:
            yield self
        finally:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(HANG)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def sleep(self):
        """It does nothing until it is awake(): what it has yet to do takes nothing from the others' core."""
        self.process.send_signal(signal.SIGSTOP)

    def settle(self):
        """Until it has done what was left to do."""
        before = -1.0
        while self.work() - before > 0.01:
            before = self.work()
            time.sleep(0.3)

    @contextlib.contextmanager
    def awake(self):
        self.process.send_signal(signal.SIGCONT)
        self.settle()
        try:
            yield self
        finally:
            self.sleep()

    def log(self):
        """The end of what it wrote, and how it ended if it has."""
        ended = self.process.poll()
        text = (self.dir / f"{self.name}.log").read_text(errors="replace")[-2000:]
        return f"{text}{'' if ended is None else f'{self.name} ended with {ended}'}\n"

    def accepts(self):
        if self.process.poll() is not None:
            raise SystemExit(f"bench: {self.log()}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    @property
    def pid(self):
        return self.process.pid

    def work(self):
        """Seconds of processor time used so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        """Bytes of memory in use."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+)", text, re.M)[1]) * 1024


class Echo(Server):
    name = protocol = "echo"

    @contextlib.contextmanager
    def serve(self, program, request_bytes, answer_bytes):
        self.size = answer_bytes
        with self.running(program, self.socket, request_bytes, answer_bytes):
            poll(self.accepts, "echo")
            yield self


class Redis(Server):
    name, protocol = "redis", "redis-get"

    @contextlib.contextmanager
    def serve(self):
        options = {"port": 0, "unixsocket": self.socket, "save": "", "appendonly": "no", "dir": self.dir}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        with self.running("redis-server", *arguments):
            poll(self.accepts, "redis-server")
            yield self


class Script(Server):
    """A script of SCRIPTS in a redis that runs. redis-verify does for a key with one limit what a verify does: it reads the
    key's record, sees whether the key is there (its end is redis's own EXPIRE) and enabled, counts one more in its window,
    and answers with the verdict. redis-count leaves the verdict to who asks: it gets a record and counts."""

    def __init__(self, redis, protocol):
        self.socket, self.process, self.log = redis.socket, redis.process, redis.log
        self.name = self.protocol = protocol
        script = SCRIPTS[protocol]
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(str(redis.socket))
            client.sendall(f"*3\r\n$6\r\nSCRIPT\r\n$4\r\nLOAD\r\n${len(script)}\r\n{script}\r\n".encode())
            assert client.recv(100).startswith(b"$40\r\n")


class Apikeyd(Server):
    name, protocol = "apikeyd", "verify"

    def __init__(self, directory, name=name):
        self.name = name
        super().__init__(directory)

    @contextlib.contextmanager
    def serve(self, program, data):
        """Ready when it says so; `started` is how long that took and how much work it was, in seconds."""
        config, runtime, notify = self.dir / "apikeyd.conf", self.dir / "run", self.dir / "notify"
        config.touch()  # nothing but the defaults, whatever this machine has in /etc
        runtime.mkdir(exist_ok=True)
        self.socket, self.admin = runtime / "verify.sock", runtime / "admin.sock"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(notify))
            begun = time.monotonic()
            arguments = ["--config", config, "--data", data, "--runtime", runtime, "--workers", 1]
            with self.running(program, *arguments, env=os.environ | {"NOTIFY_SOCKET": str(notify)}):
                self._wait_until_ready(listener)
                self.started = time.monotonic() - begun, self.work()
                yield self

    def _wait_until_ready(self, listener):
        end = os.pidfd_open(self.pid)
        try:
            while True:
                readable, _, _ = select.select([listener, end], [], [], HANG)
                if listener in readable and b"READY=1" in listener.recv(4096):
                    return
                if listener not in readable:
                    raise SystemExit(f"bench: apikeyd is not ready:\n{self.log()}")
        finally:
            os.close(end)


class Load:
    def __init__(self, program):
        self.program = program

    def run(self, server, keys, *options, core=None, protocol=None):
        """One load; its JSON line as a dict."""
        command = pinned(
            LOAD_CORE if core is None else core, self.program, "--socket", server.socket, "--keys", keys,
            "--protocol", protocol or server.protocol, "--size", server.size, "--server", server.pid, *options,
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=HANG * 5)
        if done.returncode != 0:
            raise SystemExit(f"bench: load on {server.name}: {done.stderr}{server.log()}")
        return json.loads(done.stdout)

    def each_once(self, server, keys, protocol=None):
        return self.run(server, keys, "--each-once", "--depth", 64, protocol=protocol)


def system_calls(server, load, keys, depth, trace):
    """System calls for each answer, by name, of a short load under strace; None where it may not trace."""
    tracer = subprocess.Popen(
        pinned(LOAD_CORE, "strace", "-c", "-f", "-q", "-o", trace, "-p", server.pid), stderr=subprocess.DEVNULL
    )
    status = pathlib.Path(f"/proc/{server.pid}/status")
    poll(lambda: tracer.poll() is not None or "TracerPid:\t0\n" not in status.read_text(), "strace")
    if tracer.poll() is not None:
        return None
    result = load.run(server, keys, "--depth", depth, "--seconds", 0.5, "--warm-up", 0)
    tracer.send_signal(signal.SIGINT)
    tracer.wait(HANG)
    calls = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", pathlib.Path(trace).read_text(), re.M)
    return {name: int(count) / result["answers"] for count, name in calls if name != "total"}
