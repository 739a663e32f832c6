#!/usr/bin/python3
"""How far a guesser can tell an unknown user from a wrong password by time: pairs of tries, one of each in turns, and the
mean and median of their differences, by the clock and in the daemon's processor time. For a quiet machine.

    login_time.py [PROGRAM] [PAIRS]"""

import pathlib
import random
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from rpc import RpcError  # noqa: E402
from server import Daemon  # noqa: E402

TRIES = 4  # of one name: the fifth locks it


def processor_ns(daemon):
    """What all threads of the daemon have used so far."""
    tasks = pathlib.Path(f"/proc/{daemon.pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


def attempt(daemon, client, name):
    """Nanoseconds by the clock, and of the processor, of one wrong login."""
    used, begun = processor_ns(daemon), time.monotonic_ns()
    try:
        client.call("auth.login", username=name, password="not the password of anybody")
        raise AssertionError("let in")
    except RpcError as error:
        assert error.code == "unauthenticated", error
    ended = time.monotonic_ns()
    return ended - begun, processor_ns(daemon) - used


def measure(daemon, pairs):
    """For each pair what the known name took more than the unknown one."""
    client = daemon.connect()
    for n in range(-(-pairs // TRIES)):
        client.call("user.create", username=f"known-{n:05}", role="viewer", password=f"a long password {n}")
    differences = []
    for n in range(pairs):
        names = [f"known-{n // TRIES:05}", f"ghost-{n // TRIES:05}"]
        took = {name: attempt(daemon, client, name) for name in random.sample(names, 2)}
        differences.append([a - b for a, b in zip(took[names[0]], took[names[1]])])
    return differences


def main(program="build/apikeyd", pairs="500"):
    daemon = Daemon(program).start()
    try:
        differences = measure(daemon, int(pairs))
    finally:
        daemon.clean_up()
    for what, column in zip(("clock", "processor"), zip(*differences)):
        error = statistics.stdev(column) / len(column) ** 0.5
        print(
            f"{what:10} known - unknown over {len(column)} pairs: mean {statistics.mean(column) / 1e6:+.3f} ms"
            f" (standard error {error / 1e6:.3f}), median {statistics.median(column) / 1e6:+.3f} ms"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
