"""An independent MessagePack-RPC client, on Debian's python3-msgpack."""

import collections
import socket

import msgpack

HANG = 60  # seconds after which a test is taken to hang; no test waits for a time
REQUEST, REPLY, NOTIFICATION = 0, 1, 2


class RpcError(Exception):
    """An error reply, "code: sentence"."""

    def __init__(self, error):
        super().__init__(error)
        self.code, _, self.text = error.partition(": ")


class Closed(Exception):
    """The daemon closed the connection."""


def pack(value):
    """MessagePack; a lone byte 0xNN that is not UTF-8 is written as "\\udcNN" in a str."""
    return msgpack.packb(value, unicode_errors="surrogateescape")


def request(msgid, method, params=None):
    """The bytes of a request whose parameters are the map `params`."""
    return pack([REQUEST, msgid, method, [params or {}]])


class Client:
    def __init__(self, path, timeout=HANG):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        try:
            self.sock.connect(str(path))
        except OSError:
            self.sock.close()
            raise
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, max_buffer_size=1 << 28)
        self.events = collections.deque()  # parameters of notifications not yet taken
        self.progress = []  # and of those that tell how far a call is
        self.replies = {}  # of other requests, by msgid
        self.msgid = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    # -- bytes and messages

    def send(self, data):
        self.sock.sendall(data)

    def finish(self):
        """Half-closes: nothing more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)

    def recv(self):
        """The next message, whatever it is; Closed at the end of the stream."""
        while True:
            for message in self.unpacker:
                return message
            try:
                data = self.sock.recv(1 << 16)
            except ConnectionResetError as error:
                raise Closed from error
            if not data:
                raise Closed
            self.unpacker.feed(data)

    def until_closed(self):
        """All messages up to the end of the stream."""
        messages = []
        try:
            while True:
                messages.append(self.recv())
        except Closed:
            return messages

    # -- calls

    def start(self, method, /, **params):
        """Sends a request without waiting for its reply; returns the msgid."""
        self.msgid += 1
        self.send(request(self.msgid, method, params))
        return self.msgid

    def reply(self, msgid):
        """The reply to a request, as [1, msgid, error, result]; others met on the way are kept."""
        while msgid not in self.replies:
            self._sort(self.recv())
        return self.replies.pop(msgid)

    def result(self, msgid):
        _, _, error, result = self.reply(msgid)
        if error is not None:
            assert result is None
            raise RpcError(error)
        return result

    def call(self, method, /, **params):
        return self.result(self.start(method, **params))

    def pipeline(self, calls):
        """Results of many (method, params) sent in one write; an RpcError stands for an error."""
        first = self.msgid + 1
        self.msgid += len(calls)
        self.send(
            b"".join(request(first + n, method, params) for n, (method, params) in enumerate(calls))
        )
        replies = [self.reply(first + n) for n in range(len(calls))]
        return [result if error is None else RpcError(error) for _, _, error, result in replies]

    def event(self):
        """The map of the next `event` notification."""
        while not self.events:
            self._sort(self.recv())
        return self.events.popleft()

    def _sort(self, message):
        if message[0] == NOTIFICATION:
            assert message[1] in ("event", "progress") and len(message) == 3 and len(message[2]) == 1
            (self.events if message[1] == "event" else self.progress).append(message[2][0])
        else:
            assert message[0] == REPLY and len(message) == 4 and message[1] not in self.replies
            self.replies[message[1]] = message


def refusal(client, method, /, **params):
    """The error of a call that must fail."""
    try:
        client.call(method, **params)
    except RpcError as error:
        return error
    raise AssertionError(f"{method} was not refused")


def code_of(client, method, /, **params):
    """Its code alone."""
    return refusal(client, method, **params).code
