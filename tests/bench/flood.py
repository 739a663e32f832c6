"""A flood of wrong keys that begin like one known by its bcrypt, beside verifies of native keys: what these pay for it.

The daemon is held to one core, so the thread that hashes shares the worker's: the worst case, that of a machine with a
single processor to spare. Its niceness leaves it what the worker does not use, and a thirtieth of the rest. What the requests
themselves take is not the hashing's: the rate is held against one beside a client whose wrong keys need no hash."""

import contextlib
import itertools
import json
import pathlib
import select
import statistics
import subprocess
import sys

from servers import HANG, LOAD_CORE, pinned

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from rpc import Client, RpcError  # noqa: E402

PREFIX, OTHER = "legacy-", "unknown-"
BCRYPT = "$2b$10$abcdefghijklmnopqrstuu0VpfV66tsfkY/ruXJA0EHRX/Wuj/6n2"  # of a usual cost
PIPELINED = 32  # twice what may wait for the hasher
RATE = 100_000  # native verifies a second
PACED = ("--connections", 50, "--depth", 16, "--rate", RATE)
PAIRS = 3  # a round
FULL = ("--connections", 50, "--depth", 16)


def prepare(daemon):
    with Client(daemon.admin) as client:
        client.call("key.import", name="old", prefix=PREFIX, bcrypt=BCRYPT)


@contextlib.contextmanager
def asked(daemon, prefix):
    """Meanwhile one client, which yields to the load, asks for wrong keys of that prefix; its counts are there at the end."""
    command = pinned(LOAD_CORE, "nice", "-n", 19, sys.executable, __file__, daemon.socket, prefix)
    client = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    counts = {}
    client.stdout.readline()  # the first is answered
    yield counts
    counts.update(json.loads(client.communicate("", timeout=HANG)[0]))


def flood(load, daemon, keys, seconds):
    """One round: the paced load without and with the flood, and pairs of the load as fast as it goes, beside a client whose
    wrong keys need no hash and beside the flood."""
    times = ("--seconds", seconds, "--warm-up", seconds / 4)
    alone = load.run(daemon, keys, *PACED, *times)["us"]["p99"]
    with asked(daemon, PREFIX) as wrong:
        flooded = load.run(daemon, keys, *PACED, *times)["us"]["p99"]
    pairs = []
    for _ in range(PAIRS):
        pair = {}
        for prefix in (OTHER, PREFIX):
            with asked(daemon, prefix):
                pair[prefix] = load.run(daemon, keys, *FULL, *times)["per_second"]
        pairs.append(pair)
    return {"p99": {"alone": alone, "flooded": flooded}, "wrong": wrong, "pairs": pairs}


def rows(rounds, verdict):
    """What, value, what is asked."""
    p99 = statistics.median(r["p99"]["flooded"] / r["p99"]["alone"] for r in rounds)
    rate = statistics.median(pair[PREFIX] / pair[OTHER] for r in rounds for pair in r["pairs"])
    hashed, busy = (statistics.median(r["wrong"][name] for r in rounds) for name in ("answered", "busy"))
    where = "while wrong keys are held against a bcrypt on the same core"
    yield f"verify's p99 at {RATE:,} a second, {where}, to that without", f"{p99:.2f}", verdict(p99, 1.5, at_most=True)
    yield "the most verifies a second, likewise, to that beside wrong keys that need no hash", f"{rate:.2f}", verdict(rate, 0.95)
    yield "wrong keys hashed meanwhile, and told that it is busy", f"{hashed:,.0f}", f"{busy:,.0f}"


def send(path, prefix):
    """Wrong keys, as many as go, until standard input ends; says when the first is answered, and at the end how many were."""
    client, counts, numbers = Client(path, timeout=HANG), {"answered": 0, "busy": 0}, itertools.count()
    waiting = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        while len(waiting) < PIPELINED:
            waiting.append(client.start("verify", key=f"{prefix}wrong-{next(numbers)}"))
        message = client.recv()
        waiting.remove(message[1])
        counts["busy" if message[2] is not None else "answered"] += 1
        assert message[2] is None or RpcError(message[2]).code == "busy", message
        if counts["answered"] == 1 and message[2] is None:
            print("answered", flush=True)
    print(json.dumps(counts))


if __name__ == "__main__":
    send(*sys.argv[1:])
