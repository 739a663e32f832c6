"""A client that asks about one key until its connection breaks, and knows what it was answered."""

import random
import threading

from rpc import Closed

DEPTH_MAX = 32


class Asker(threading.Thread):
    """The n-th request asks for n units. A request is among the `sent` before its first byte is, and an answer among
    the `answered` after its last one."""

    def __init__(self, daemon, key, seed):
        super().__init__(daemon=True)
        self.key = key
        self.chance = random.Random(seed)
        self.sent = self.answered = 0
        self.client = daemon.connect_verify()
        self.unexpected = None

    def run(self):
        try:
            while True:
                self.ask(self.chance.randrange(1, DEPTH_MAX))
        except (Closed, OSError):
            self.finish()
        except Exception as error:  # shown by the test
            self.unexpected = error

    def ask(self, depth):
        first = self.sent + 1
        self.sent += depth
        msgids = [self.client.start("verify", key=self.key, units=first + n) for n in range(depth)]
        for msgid in msgids:
            self.took(self.client.reply(msgid))

    def took(self, reply):
        assert reply[2] is None and reply[3]["code"] == "ok", reply
        self.answered += 1

    def finish(self):
        """What was written before the end can be read after it, in order."""
        for reply in self.client.until_closed():
            self.took(reply)


def units(requests):
    """What so many requests of a key have asked for."""
    return requests * (requests + 1) // 2
