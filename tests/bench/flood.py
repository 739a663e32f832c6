"""A flood of wrong keys that begin like one known by its bcrypt, beside verifies of native keys: what these pay for it.

The daemon is held to one core, so the thread that hashes shares the worker's: the worst case, that of a machine with a
single processor to spare. Its niceness leaves it what the worker does not use, and a tenth of the rest."""

import crypt
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

PREFIX = "legacy-"
SALT = "$2b$10$abcdefghijklmnopqrstuu"  # of a usual cost
PIPELINED = 32  # twice what may wait for the hasher
RATE = 100_000  # native verifies a second
PACED = ("--connections", 50, "--depth", 16, "--rate", RATE)
FULL = ("--connections", 50, "--depth", 16)


def prepare(daemon):
    with Client(daemon.admin) as client:
        client.call("key.import", name="old", prefix=PREFIX, bcrypt=crypt.crypt(f"{PREFIX}right", SALT))


def flood(load, daemon, keys, seconds):
    """One round: the paced load and the one as fast as it goes, without and with the flood. What floods yields to them."""
    times = ("--seconds", seconds, "--warm-up", seconds / 4)
    result = {"p99": {}, "rate": {}, "wrong": {}}
    for name in ("alone", "flooded"):
        command = pinned(LOAD_CORE, "nice", "-n", 19, sys.executable, __file__, daemon.socket)
        flooding = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) if name == "flooded" else None
        if flooding:
            flooding.stdout.readline()  # the first is hashed
        result["p99"][name] = load.run(daemon, keys, *PACED, *times)["us"]["p99"]
        result["rate"][name] = load.run(daemon, keys, *FULL, *times)["per_second"]
        if flooding:
            result["wrong"] = json.loads(flooding.communicate("", timeout=HANG)[0])
    return result


def rows(rounds, verdict):
    """What, value, what is asked."""
    p99 = statistics.median(r["p99"]["flooded"] / r["p99"]["alone"] for r in rounds)
    rate = statistics.median(r["rate"]["flooded"] / r["rate"]["alone"] for r in rounds)
    hashed = statistics.median(r["wrong"]["hashed"] for r in rounds)
    where = "while wrong keys are held against a bcrypt on the same core"
    yield f"verify's p99 at {RATE:,} a second, {where}, to that without", f"{p99:.2f}", verdict(p99, 1.5, at_most=True)
    yield "the most verifies a second, likewise", f"{rate:.2f}", verdict(rate, 0.95)
    yield "wrong keys hashed meanwhile, and told that it is busy", f"{hashed:,.0f}", f"{statistics.median(r['wrong']['busy'] for r in rounds):,.0f}"


def send(path):
    """Wrong keys, as many as go, until standard input ends; says when the first has been hashed, and at the end how many."""
    client, counts, numbers = Client(path, timeout=HANG), {"hashed": 0, "busy": 0}, itertools.count()
    waiting = []
    while not select.select([sys.stdin], [], [], 0)[0]:
        while len(waiting) < PIPELINED:
            waiting.append(client.start("verify", key=f"{PREFIX}wrong-{next(numbers)}"))
        message = client.recv()
        waiting.remove(message[1])
        counts["busy" if message[2] is not None else "hashed"] += 1
        assert message[2] is None or RpcError(message[2]).code == "busy", message
        if counts["hashed"] == 1 and message[2] is None:
            print("hashing", flush=True)
    print(json.dumps(counts))


if __name__ == "__main__":
    send(sys.argv[1])
