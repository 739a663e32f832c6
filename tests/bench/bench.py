"""make bench: apikeyd beside redis-server and a bare echo server, in one run, as a table and a JSON line.

Servers run on one core and the load on the other. Every round measures one after the other, and a ratio is the
median of the rounds' ratios, so that the machine's drift cancels. Nothing here passes or fails by a time.
"""

import argparse
import contextlib
import dataclasses
import datetime
import json
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import fanout
import flood
import month
from servers import LOAD_CORE, SERVER_CORE, Apikeyd, Echo, Load, Redis, Script, system_calls

SMALL, MEDIUM, LARGE = 1_000, 1_000_000, 10_000_000
REQUEST_OVERHEAD = 22  # bytes of a verify request but for the key
STARTS = 3
COUNTING_PAIRS = 12  # short, one right after the other, so that the machine's drift stays out of what is a few percent


@dataclasses.dataclass(frozen=True)
class Scenario:
    keys: int
    connections: int
    depth: int
    least: float | None = None  # what is asked of the ratio to redis
    full: bool = False  # every key with two rates, a quota, two scopes and a network; asked with address and scope
    least_script: float | None = None  # what is asked of the ratio to a script's verdict
    one_core: bool = False  # the load on the servers' core, and the latency is what counts

    def __str__(self):
        if self.one_core:
            return f"p50 in µs, 1 connection, both on one core, {self.keys:,} keys"
        with_limits = " with limits" if self.full else ""
        return f"thousand a second, {self.connections} × depth {self.depth}, {self.keys:,} keys{with_limits}"

    @property
    def store(self):
        return self.keys, self.full

    def value(self, result):
        return result["us"]["p50"] if self.one_core else result["per_second"] / 1000

    def options(self, seconds):
        return ("--connections", self.connections, "--depth", self.depth, "--seconds", seconds, "--warm-up", seconds / 4)


SCENARIOS = [
    Scenario(SMALL, 50, 16, least=1.0),
    Scenario(SMALL, 50, 1, least=1.0),
    Scenario(SMALL, 1, 1, one_core=True),
    Scenario(MEDIUM, 50, 16, least=2.5),
    Scenario(MEDIUM, 50, 1, least=1.0),
    Scenario(SMALL, 50, 16, least=0.85, full=True, least_script=10),
    Scenario(MEDIUM, 50, 16, least=2.0, full=True, least_script=10),
]
LARGE_SCENARIOS = [Scenario(LARGE, 50, 16), Scenario(LARGE, 50, 1)]


def progress(text):
    print(f"  BENCH {text}", file=sys.stderr, flush=True)


def store(build, count, full):
    """The data directory and key file of a store of so many keys; made once, and again when seed is newer."""
    made, seed = build / "bench" / f"{count}{'-full' if full else ''}", build / "tests" / "seed"
    data, keys = made / "data", made / "keys"
    if not keys.exists() or keys.stat().st_mtime < seed.stat().st_mtime:
        progress(f"makes a store of {count:,} keys")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        partial = made / "keys.partial"
        options = ["--scopes", "2", *(["--full"] if full else [])]
        subprocess.run([seed, "--data", data, "--keys", str(count), *options, "--keys-out", partial], check=True)
        partial.rename(keys)
    return data, keys


def commit():
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() or None


class Bench:
    def __init__(self, build, directory, seconds):
        self.build, self.directory, self.seconds = build, directory, seconds
        self.load = Load(build / "tests" / "load")
        self.keys = {}  # (count, full): key file
        self.servers = {}  # (count, full): [apikeyd, redis, echo, and with limits the scripts]
        self.uncounting = {}  # (count, full): the daemon that was built without counting
        self.counting = {}  # (count, full): pairs of results, that of apikeyd first
        self.starts = {}  # (count, full): seconds and seconds of work of every start
        self.memory = {}  # (count, full): resident bytes at moments
        self.calls = {}
        self.fan_outs, self.entries_a_second, self.floods, self.queries = [], 0, [], {}
        self.commit = commit()

    def place(self, name):
        path = self.directory / name
        path.mkdir()
        return path

    def apikeyd(self, name, data):
        return Apikeyd(self.place(name)).serve(self.build / "apikeyd", data)

    def uncounted(self, place):
        """One that was built without counting, on a copy of the store."""
        return Apikeyd(place, "uncounted").serve(self.build / "uncounted" / "apikeyd", place / "data")

    def measure_empty(self):
        with self.apikeyd("empty", self.place("nothing")) as daemon:
            self.memory[0, False] = {"ready": daemon.resident()}

    def bring_up(self, stack, count, full):
        """Servers with so many keys, every one of which has been asked for once."""
        data, keys = store(self.build, count, full)
        name = f"{count}{'f' if full else ''}"
        copy = None if full or count > MEDIUM else self.place(f"u{name}")
        if copy is not None:
            shutil.copytree(data, copy / "data")  # now: it is not to be copied while it is served
        progress(f"starts servers with {count:,} keys{' with limits' if full else ''}")
        self.keys[count, full], self.starts[count, full] = keys, []
        for number in range(1, STARTS):
            with self.apikeyd(f"a{name}-{number}", data) as daemon:
                self.starts[count, full].append(daemon.started)
        daemon = stack.enter_context(self.apikeyd(f"a{name}", data))
        daemon.protocol = "verify-full" if full else "verify"
        self.starts[count, full].append(daemon.started)
        memory = self.memory[count, full] = {"ready": daemon.resident()}
        asked = self.load.each_once(daemon, keys)
        assert asked["answers"] == count
        memory["asked"] = daemon.resident()
        redis = stack.enter_context(Redis(self.place(f"r{name}")).serve())
        empty = redis.resident()
        self.load.each_once(redis, keys, protocol="redis-set")
        memory["redis"] = redis.resident() - empty
        with keys.open() as lines:
            request = REQUEST_OVERHEAD + len(lines.readline().rstrip("\n"))
        answer = round(asked["answer_bytes"])
        echo = stack.enter_context(Echo(self.place(f"e{name}")).serve(self.build / "tests" / "echo", request, answer))
        servers = self.servers[count, full] = [daemon, redis, echo]
        if full:
            hashes = stack.enter_context(Redis(self.place(f"h{name}")).serve())
            self.load.each_once(hashes, keys, protocol="redis-hset")
            servers += [Script(redis, "redis-count"), Script(hashes, "redis-verify")]
        for server in servers:
            server.sleep()
        if copy is not None:
            other = self.uncounting[count, full] = stack.enter_context(self.uncounted(copy))
            self.load.each_once(other, keys)
            other.sleep()

    def measure(self, scenario, turn):
        """One round: each server once, beginning with another each time; results by server."""
        servers = self.servers[scenario.store]
        first = turn % len(servers)
        core = SERVER_CORE if scenario.one_core else LOAD_CORE
        options = scenario.options(self.seconds)
        results = {}
        for server in servers[first:] + servers[:first]:
            with server.awake():
                results[server.name] = self.load.run(
                    server, self.keys[scenario.store], *options, "--random", turn, core=core)
        return results

    def measure_counting(self):
        for (count, full), other in self.uncounting.items():
            pairs = self.counting[count, full] = []
            daemon, keys = self.servers[count, full][0], self.keys[count, full]
            options = Scenario(count, 50, 16).options(self.seconds / 2)
            for turn in range(COUNTING_PAIRS):
                results = {}
                for server in (daemon, other) if turn % 2 else (other, daemon):
                    with server.awake():
                        results[server] = self.load.run(server, keys, *options, "--random", turn)
                pairs.append((results[daemon], results[other]))

    def measure_queries(self):
        """On a copy, to which a month is added."""
        data, keys = store(self.build, MEDIUM, False)
        with tempfile.TemporaryDirectory(prefix="usage-", dir=self.build / "bench") as copy:
            shutil.copytree(data, copy, dirs_exist_ok=True)
            with self.apikeyd("with-an-hour", copy) as daemon:
                self.load.each_once(daemon, keys)
            month.add_month(pathlib.Path(copy))
            with self.apikeyd("with-a-month", copy) as daemon:
                self.queries = month.query_month(self.load, daemon, keys)

    def measure_events(self, rounds):
        """On a copy, since keys and entries are made."""
        data, keys = store(self.build, SMALL, False)
        copy = self.directory / "events"
        shutil.copytree(data, copy)
        with self.apikeyd("with-events", copy) as daemon:
            for _ in range(rounds):
                self.fan_outs.append(fanout.fan_out(self.build, self.load, daemon, keys, self.seconds))
            self.entries_a_second = fanout.check_log(daemon)
            flood.prepare(daemon)
            for _ in range(rounds):
                self.floods.append(flood.flood(self.load, daemon, keys, self.seconds))

    def count_calls(self):
        for depth in (16, 1):
            for server in self.servers[SMALL, False][:3]:
                trace = self.directory / "strace"
                with server.awake():
                    self.calls[server.name, depth] = system_calls(
                        server, self.load, self.keys[SMALL, False], depth, trace)


class Rounds:
    """What was measured: for every scenario the rounds, each with a result by server."""

    def __init__(self):
        self.of = {}

    def add(self, scenario, results):
        self.of.setdefault(scenario, []).append(results)

    def median(self, scenario, server, value=None):
        return statistics.median((value or scenario.value)(results[server]) for results in self.of[scenario])

    def ratio(self, scenario, server, value=None):
        """apikeyd's to another's, round by round."""
        value = value or scenario.value
        return statistics.median(value(results["apikeyd"]) / value(results[server]) for results in self.of[scenario])


def per_second(result):
    return result["per_second"]


def per_work(result):
    """Answers for a second of the server's processor time, waiting left out."""
    return result["answers"] / result["server_work"]


def share(result):
    """How much of its core the server had."""
    return result["server_work"] / result["seconds"]


def verdict(value, target, at_most=False):
    if target is None:
        return ""
    met = value <= target if at_most else value >= target
    return f"{'≤' if at_most else '≥'} {target:g} {'met' if met else 'MISSED'}"


def print_row(*cells):
    print("|", " | ".join(cells), "|")


def print_scenarios(rounds):
    print_row("", "apikeyd", "redis", "echo", "to redis", "asked", "to redis, for equal work", "to echo")
    print_row("---", *["---:"] * 4, "---", "---:", "---:")
    for scenario in rounds.of:
        ratio = rounds.ratio(scenario, "redis")
        digits = 1 if scenario.one_core else 0
        print_row(
            str(scenario),
            *(f"{rounds.median(scenario, name):,.{digits}f}" for name in ("apikeyd", "redis", "echo")),
            f"{ratio:.2f}",
            verdict(ratio, 1.0, at_most=True) if scenario.one_core else verdict(ratio, scenario.least),
            "" if scenario.one_core else f"{rounds.ratio(scenario, 'redis', per_work):.2f}",
            f"{rounds.ratio(scenario, 'echo'):.2f}",
        )


def print_disturbance(rounds):
    shares = {name: rounds.median(SCENARIOS[0], name, share) for name in ("apikeyd", "redis", "echo")}
    print(f"\nShare of the core that each had, {SCENARIOS[0].connections} × depth {SCENARIOS[0].depth}: ", end="")
    print(*(f"{name} {value:.0%}" for name, value in shares.items()), sep=", ", end=". ")
    print("Where it is well under 100 %, others were at work: rates are low and ratios rough.")


def facts(bench, rounds):
    """Rows that are no ratio to another server: what, value, what is asked."""
    empty = bench.memory[0, False]["ready"]
    for count, full in sorted(bench.servers):
        if count == SMALL or full:
            continue
        memory = bench.memory[count, full]
        asked = memory["asked"]
        start, work = (statistics.median(column) for column in zip(*bench.starts[count, full]))
        goal = count == MEDIUM
        yield f"bytes a key, all in, {count:,} keys", f"{asked / count:.0f}", verdict(
            asked / count, 300 if goal else None, at_most=True)
        yield "the same without the empty daemon", f"{(asked - empty) / count:.0f}", ""
        yield "the same before any verify", f"{(memory['ready'] - empty) / count:.0f}", ""
        yield "redis, likewise", f"{memory['redis'] / count:.0f}", ""
        yield f"seconds to READY, {count:,} keys", f"{start:.2f}", verdict(start, 2 if goal else None, at_most=True)
        yield "processor seconds of them", f"{work:.2f}", ""
    for scenario in rounds.of:
        if scenario.full:
            ratio = rounds.ratio(scenario, "redis-verify")
            name = f"to a verdict by a script in redis, {scenario.connections} × depth {scenario.depth}, {scenario.keys:,} keys with limits"
            yield name, f"{ratio:.1f}", verdict(ratio, scenario.least_script)
            yield "to a script that gets the record and counts, without a verdict", f"{rounds.ratio(scenario, 'redis-count'):.1f}", ""
    for (count, _), pairs in bench.counting.items():
        ratio, work = (statistics.median(value(ours) / value(other) for ours, other in pairs) for value in (per_second, per_work))
        yield f"to one built without counting, depth 16, {count:,} keys", f"{ratio:.2f}", verdict(ratio, 0.9)
        yield "the same for equal work", f"{work:.2f}", ""
    if (LARGE, False) in bench.servers:
        large, small = (rounds.median(Scenario(keys, 50, 16, least), "apikeyd") for keys, least in ((LARGE, None), (SMALL, 1.0)))
        yield f"{LARGE:,} keys to {SMALL:,}, depth 16", f"{large / small:.2f}", verdict(large / small, 0.5)
    yield from month.rows(bench.queries, verdict)
    yield from fanout.rows(bench.fan_outs, bench.entries_a_second, verdict)
    yield from flood.rows(bench.floods, verdict)
    for (name, depth), calls in bench.calls.items():
        total = "not traceable" if calls is None else f"{sum(calls.values()):.2f}"
        most = ", ".join(sorted(calls, key=calls.get, reverse=True)[:3]) if calls else ""
        yield f"system calls an answer, {name}, depth {depth}", total, most


def print_facts(bench, rounds):
    print()
    print_row("", "value", "asked")
    print_row("---", "---:", "---")
    for row in facts(bench, rounds):
        print_row(*row)


def print_latencies(rounds):
    print()
    names = ("p50", "p90", "p99", "p99.9", "max")
    print_row("µs", "server", *names)
    print_row("---", "---", *["---:"] * len(names))
    for scenario in rounds.of:
        where = f"{scenario.connections} × {scenario.depth}, {scenario.keys:,} keys"
        for server in ("apikeyd", "redis", "echo"):
            medians = (rounds.median(scenario, server, lambda result, name=name: result["us"][name]) for name in names)
            print_row(where, server, *(f"{value:,.1f}" for value in medians))


def save(path, bench, rounds):
    line = {
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "commit": bench.commit,
        "kernel": platform.release(),
        "rounds": [dataclasses.asdict(scenario) | {"results": results} for scenario, results in rounds.of.items()],
        "memory": {str(store): memory for store, memory in bench.memory.items()},
        "counting": {str(store): pairs for store, pairs in bench.counting.items()},
        "queries": bench.queries,
        "fan_outs": bench.fan_outs,
        "floods": bench.floods,
        "starts": {str(store): starts for store, starts in bench.starts.items()},
        "calls": {f"{name}, depth {depth}": calls for (name, depth), calls in bench.calls.items()},
        "facts": [list(row) for row in facts(bench, rounds)],
    }
    with path.open("a") as out:
        print(json.dumps(line), file=out)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--seconds", type=float, default=2, help="of one measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true", help="10,000,000 keys too")
    return parser.parse_args()


def stop(number, _frame):
    raise SystemExit(128 + number)


def main():
    signal.signal(signal.SIGTERM, stop)
    args = options()
    scenarios = SCENARIOS + (LARGE_SCENARIOS if args.large else [])
    rounds = Rounds()
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="akb-", dir="/tmp"))  # sun_path is 108 bytes
        bench = Bench(args.build.resolve(), pathlib.Path(directory), args.seconds)
        bench.measure_empty()
        for count, full in sorted({scenario.store for scenario in scenarios}):
            bench.bring_up(stack, count, full)
        for turn in range(args.rounds):
            progress(f"round {turn + 1} of {args.rounds}")
            for scenario in scenarios:
                rounds.add(scenario, bench.measure(scenario, turn))
        progress("measures counting, pair by pair")
        bench.measure_counting()
        progress("queries a month of usage")
        bench.measure_queries()
        progress("sends events, checks the audit log, floods with wrong keys")
        bench.measure_events(args.rounds)
        progress("counts system calls")
        bench.count_calls()
    print_scenarios(rounds)
    print_disturbance(rounds)
    print_facts(bench, rounds)
    print_latencies(rounds)
    save(args.build / "bench.jsonl", bench, rounds)


if __name__ == "__main__":
    main()
