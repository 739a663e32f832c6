"""A daemon that says what a test wants it to say: for texts and sizes that the real one would not hold."""

import contextlib
import socket
import tempfile
import threading
import time
from pathlib import Path

import msgpack

HELLO = {"server": "apikeyd", "version": "0", "protocol": 1, "socket": "admin", "uid": 0, "authenticated": True,
         "user": "root", "role": "admin", "tenant": None}  # fmt: skip
STATS = {"version": "0", "sealed": False, "started_at": 1_700_000_000, "keys": 0, "verifies": {"ok": 0}}


def key(n, **more):
    return {"id": f"k_{n:010}", "name": f"name {n}", "tenant": "default", "owner": "ada", "env": "live",
            "status": "active", "masked": f"ak_live_{n:08}_…abcd", "secrets": [], "scopes": [], "ip_allow": [],
            "created_at": 1_700_000_000, "created_by": "root", "requests": 0, "units": 0} | more  # fmt: skip


class Fake:
    """`answers` gives for each method a function of its parameters, or a value; a str is an error, None no answer."""

    def __init__(self, **answers):
        self.dir = Path(tempfile.mkdtemp(prefix="ak-fake-", dir="/tmp"))
        self.socket = self.dir / "sock"
        self.answers = {
            "hello": HELLO, "stats.get": STATS, "events.subscribe": {"seq": 1},
            "key.list": {"keys": [], "next": None, "total": 0}, "key.get": "not_found: no such key",
            "key.explain": {"checks": []}, "usage.query": {"step": "minute", "points": []},
            "alert.list": {"alerts": [], "next": None}, "audit.list": {"entries": [], "next": None},
        } | {name.replace("_", "."): answer for name, answer in answers.items()}  # fmt: skip
        self.asked, self.seq = [], 1
        self.clients = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.socket))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        unpacker = msgpack.Unpacker(raw=False)
        try:
            while data := client.recv(1 << 16):
                unpacker.feed(data)
                for _, msgid, method, (params,) in unpacker:
                    self._answer(client, msgid, method, params)
        except OSError:
            pass

    def _answer(self, client, msgid, method, params):
        self.asked.append((method, params))
        answer = self.answers.get(method, "unknown_method: no such method")
        answer = answer(params) if callable(answer) else answer
        if answer is None:
            return
        error = answer if isinstance(answer, str) else None
        client.sendall(msgpack.packb([1, msgid, error, None if error else answer], unicode_errors="surrogateescape"))

    def event(self, type_, **more):
        """Tells whoever is connected."""
        self.seq += 1
        self.notify("event", **{"seq": self.seq, "at": int(time.time()), "type": type_} | more)

    def notify(self, method, **params):
        for client in self.clients:
            with contextlib.suppress(OSError):  # it may have gone
                client.sendall(msgpack.packb([2, method, [params]]))

    def digest(self, allowed=0, top=(), at=None, **denied):
        """What verifies came to in a second; top: (name, verifies) of keys."""
        keys = [{"id": f"k_{n:010}", "name": name, "verifies": count} for n, (name, count) in enumerate(top)]
        self.event("usage.digest", seconds=1, verifies=allowed + sum(denied.values()), allowed=allowed, denied=denied,
                   top=keys, **({"at": at} if at else {}))  # fmt: skip

    def close(self):
        self.listener.close()
        for client in self.clients:
            client.close()
