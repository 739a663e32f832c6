"""A program on a terminal of its own: what it shows, and what is typed."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from rpc import HANG


class Terminal:
    """Runs a command with a pseudo terminal as standard input, output and error."""

    def __init__(self, command, env, columns=0):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, columns, 0, 0))
        self.shown = b""
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)

    def until(self, text):
        """Reads until the text has been shown."""
        deadline = time.monotonic() + HANG
        while text.encode() not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} not in {self.shown!r}"
            assert self._read(deadline), f"{text!r} not in {self.shown!r} at its end"
        return self

    def type(self, text):
        os.write(self.master, text.encode())
        return self

    def end(self):
        """Waits for the end; gives exit code and all that was shown."""
        deadline = time.monotonic() + HANG
        while self._read(deadline):
            pass
        code = self.process.wait(HANG)
        os.close(self.master)
        return code, self.shown.decode()

    def _read(self, deadline):
        if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
            raise AssertionError(f"hangs after {self.shown!r}")
        try:
            data = os.read(self.master, 65536)
        except OSError:  # EIO: the last one has closed the other side
            return False
        self.shown += data
        return bool(data)
