"""The console under test: in tmux, where it has a screen to look at, and on a bare pty, where its bytes can be seen."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
from pathlib import Path

from rpc import HANG
from server import poll

TMUX_CONFIG = """
set -g status off
set -g remain-on-exit on
set -g escape-time 0
set -g default-terminal tmux-256color
set -g set-clipboard on
"""


def environment(**more):
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LC_", "TMUX", "NO_COLOR", "APIKEYD_", "XDG_"))
    }
    return inherited | {"LC_ALL": "C.UTF-8", "TZ": "UTC", "XDG_STATE_HOME": "/proc/none"} | more


class Screen:
    """A program in a tmux of its own. Nothing sleeps: keys are sent, then the screen is polled."""

    def __init__(self, *command, size=(80, 24), env=None):
        self.dir = Path(tempfile.mkdtemp(prefix="ak-tmux-", dir="/tmp"))
        (self.dir / "conf").write_text(TMUX_CONFIG)
        self.socket = str(self.dir / "socket")
        settings = [f"{name}={value}" for name, value in (env or {}).items()]
        self.tmux(
            "-f", self.dir / "conf", "new-session", "-d", "-x", size[0], "-y", size[1],
            "env", *settings, *command, env=environment(TERM="xterm-256color"),
        )  # fmt: skip

    def tmux(self, *args, env=None):
        command = ["tmux", "-S", self.socket, *map(str, args)]
        return subprocess.run(command, env=env or environment(), capture_output=True, text=True, check=True).stdout

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    # -- in

    def keys(self, *names):
        """Keys by tmux's names: "Enter", "C-c", "j"."""
        self.tmux("send-keys", *names)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def bytes(self, data):
        """What no key of tmux sends, such as a mouse."""
        self.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def paste(self, text):
        """As a terminal pastes: bracketed where the program has asked for it."""
        self.tmux("set-buffer", text)
        self.tmux("paste-buffer", "-p", "-r")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    # -- out

    def lines(self):
        return self.tmux("capture-pane", "-p").split("\n")[:-1]

    def text(self):
        return "\n".join(self.lines())

    def wait(self, *wanted, absent=()):
        """Polls until all of these are on the screen (text, or a compiled pattern), and none of the others."""
        absent = (absent,) if isinstance(absent, str) else absent

        def there():
            text = self.text()
            found = all(w.search(text) if isinstance(w, re.Pattern) else w in text for w in wanted)
            return text if found and not any(a in text for a in absent) else None

        try:
            return poll(there, f"{wanted} without {absent}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from None

    def shows(self, expected, seen=lambda screen: picture(screen.text())):
        """Polls until seen(screen) is what is expected: a screen that is half drawn, or waits for data, comes right."""
        try:
            poll(lambda: seen(self) == expected, "what is expected on the screen")
        except AssertionError:
            assert seen(self) == expected

    def cursor(self):
        """Row and column of the terminal's cursor."""
        return tuple(int(n) for n in self.ask("#{cursor_y} #{cursor_x}").split())

    def ask(self, format_):
        return self.tmux("display-message", "-p", format_).strip()

    @property
    def pid(self):
        """The console's own process, for env(1) becomes it."""
        return int(self.ask("#{pane_pid}"))

    def ended(self):
        """Waits for the end of the program and gives its exit code. tmux may be slow to notice, so the kernel is asked."""
        stat = Path(f"/proc/{self.pid}/stat")

        def code():
            try:
                state, *fields = stat.read_text().rpartition(")")[2].split()
                return state == "Z" and (int(fields[-1]) >> 8,)
            except (FileNotFoundError, ProcessLookupError):
                status = self.ask("#{pane_dead_status}")
                return status != "" and (int(status),)

        return poll(code, "the end")[0]


class Pty:
    """A program on a terminal that shows nothing and forgets nothing: every byte it was sent is in `bytes`."""

    def __init__(self, *command, size=(80, 24), env=None, controlling=True, kept=False):
        """kept: by a parent in its session, as a shell is, so that it can be stopped."""
        self.bytes = b""
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            list(map(str, command)), env=environment(**{"TERM": "xterm-256color"} | (env or {})), stdin=slave,
            stdout=slave, stderr=slave, preexec_fn=lambda: self._take_terminal(slave, controlling, kept),
        )  # fmt: skip
        self.slave = slave

    @staticmethod
    def _take_terminal(slave, controlling, kept):
        os.setsid()
        if controlling:
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        if not kept:
            return
        if child := os.fork():
            os.closerange(0, 1024)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(slave, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)

    def child(self):
        """The program itself, where it is kept."""
        pid = self.process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text())

    def send(self, data):
        os.write(self.master, data)

    def read(self, until, what="some output"):
        """Reads until until(bytes so far) holds."""
        deadline = time.monotonic() + HANG
        while not until(self.bytes):
            left = max(0, deadline - time.monotonic())
            assert select.select([self.master], [], [], left)[0], f"waited in vain for {what}: {self.bytes[-2000:]}"
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                data = b""
            assert data, f"the program ended before {what}: {self.bytes[-2000:]}"
            self.bytes += data
        return self.bytes

    def wait(self, *wanted):
        return self.read(lambda seen: all(w in seen for w in wanted), wanted)

    def drain(self):
        """What more there is by now."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                return
            if not data:
                return
            self.bytes += data

    def hang_up(self):
        """The terminal goes away."""
        for fd in ("slave", "master"):
            if getattr(self, fd) >= 0:
                os.close(getattr(self, fd))
                setattr(self, fd, -1)

    def ended(self):
        code = self.process.wait(HANG)
        if self.master >= 0:
            self.drain()
        return code

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.hang_up()


def picture(text):
    """The screen with what differs from run to run made the same: keys, ids, dates."""
    text = re.sub(r"ak_live_\w{8}_(…|\.\.\.)\w{4}", r"ak_live_########_\1####", text)
    text = re.sub(r"ak_live_\w{8}\b", "ak_live_########", text)
    text = re.sub(r"k_[0-9A-Za-z]{10}\b", "k_##########", text)
    text = re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d", "####-##-## ##:##", text)
    text = re.sub(r"serving, since \dm ago", "               serving", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")
