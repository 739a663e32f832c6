"""A daemon that answers as a test wants: for what a true one does too seldom."""

import contextlib
import pathlib
import shutil
import socket
import tempfile
import threading

import msgpack

from rpc import HANG, NOTIFICATION, REPLY

HANG_UP = object()  # in place of an answer
SILENCE = object()


class Impostor:
    """answers: one for each request, in order: a result, an Exception for an error, HANG_UP, SILENCE, or a function of the
    parameters that gives one of these. Requests are remembered as (method, params). A ping is answered beside these,
    as long as it is alive."""

    def __init__(self, *answers, alive=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="im-", dir="/tmp"))
        self.socket = self.dir / "admin.sock"
        self.answers = list(answers)
        self.alive = alive
        self.requests = []
        self.notifications = []  # sent after each answer
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.socket))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(HANG)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._talk(connection)

    def _talk(self, connection):
        unpacker = msgpack.Unpacker(raw=False)
        while data := connection.recv(65536):
            unpacker.feed(data)
            for _, msgid, method, params in unpacker:
                if method == "ping" and self.alive:
                    connection.sendall(msgpack.packb([REPLY, msgid, None, {"time": 0}]))
                    continue
                self.requests.append((method, params[0]))
                answer = self.answers.pop(0)
                if answer is SILENCE:
                    continue
                if callable(answer):
                    answer = answer(params[0])
                if answer is HANG_UP:
                    return
                failed = isinstance(answer, Exception)
                reply = [REPLY, msgid, str(answer) if failed else None, None if failed else answer]
                connection.sendall(msgpack.packb(reply))
                for event in self.notifications:
                    connection.sendall(msgpack.packb([NOTIFICATION, "event", [event]]))
