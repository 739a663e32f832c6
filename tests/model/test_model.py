"""The engine against a small model of it, over random sequences with the clock as an argument."""

import datetime
import fractions
import functools
import ipaddress
import random
import subprocess

import pytest

SEED = 20261121
SEQUENCES, STEPS = 300, 60
QUOTA = 0x80000000
PERIODS = ["day", "month"]
OF = ["requests", "units"]


# -- the model: plain, slow, exact


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def span(period, seconds):
    day = utc(seconds).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return int(day.timestamp()), int((day + datetime.timedelta(1)).timestamp())
    first = day.replace(day=1)
    return int(first.timestamp()), int((first + datetime.timedelta(32)).replace(day=1).timestamp())


def covers(granted, need):
    if not granted.endswith("*"):
        return granted == need
    stem = granted[:-1]
    return need.startswith(stem) and (not need.startswith("apikeyd:") or stem.startswith("apikeyd:"))


def plain(address):
    address = ipaddress.ip_address(address)
    return getattr(address, "ipv4_mapped", None) or address


def network(text):
    """An IPv4-mapped network is its IPv4 one."""
    net = ipaddress.ip_network(text)
    mapped = getattr(net.network_address, "ipv4_mapped", None)
    return ipaddress.ip_network((mapped, net.prefixlen - 96)) if mapped and net.prefixlen >= 96 else net


class Rate:
    def __init__(self, window, limit):
        self.window, self.limit = window, limit
        self.what, self.passed = window, []  # (ms, cost)

    def used(self, steady):
        ms = self.window * 1000
        index, elapsed = divmod(steady, ms)
        current = sum(cost for at, cost in self.passed if at // ms == index)
        previous = sum(cost for at, cost in self.passed if at // ms == index - 1)
        return current + fractions.Fraction(previous * (ms - elapsed), ms), current, previous

    def remaining(self, _wall, steady):
        return max(0, int((self.limit - self.used(steady)[0]) // 1))

    def amount(self, cost, _units):
        return cost

    def use(self, _wall, steady, cost, _units):
        self.passed.append((steady, cost))

    def reset(self, wall, steady):
        ms = self.window * 1000
        _, current, previous = self.used(steady)
        left = ms - steady % ms + ms if current else ms - steady % ms if previous else 0
        return -(-(wall + left) // 1000)

    def passes(self, _wall, steady, cost, _units):
        return self.used(steady)[0] + cost <= self.limit


class Quota:
    def __init__(self, period, of, limit):
        self.period, self.of, self.limit = period, of, limit
        self.what, self.passed = QUOTA | PERIODS.index(period) << 1 | OF.index(of), []

    def used(self, wall):
        begin, end = span(self.period, wall // 1000)
        return sum(n for at, n in self.passed if begin <= at // 1000 < end)

    def remaining(self, wall, _steady):
        return max(0, self.limit - self.used(wall))

    def amount(self, _cost, units):
        return units if self.of == "units" else 1

    def use(self, wall, _steady, _cost, units):
        self.passed.append((wall, self.amount(0, units)))

    def reset(self, wall, _steady):
        return span(self.period, wall // 1000)[1]

    def passes(self, wall, _steady, _cost, units):
        return self.amount(0, units) <= self.remaining(wall, 0)


class Key:
    def __init__(self, units, limits, scopes, networks):
        self.units, self.limits, self.scopes = units, limits, scopes
        self.networks = [network(text) for text in networks]
        self.counts = {limit.what: limit.passed for limit in limits}

    def change_limits(self, limits):
        """Counts go on where what is counted stays; without any limit they rest."""
        if limits:
            for limit in limits:
                limit.passed = self.counts.get(limit.what, [])
            self.counts = {limit.what: limit.passed for limit in limits}
        self.limits = limits

    def retry_after(self, wall, steady, cost, units):
        def passes(seconds):
            then = wall + seconds * 1000, steady + seconds * 1000
            return all(limit.passes(*then, cost, units) for limit in self.limits)

        if any(limit.amount(cost, units) > limit.limit for limit in self.limits):
            return 0
        low, high = 0, 1
        while not passes(high):
            low, high = high, high * 2
        while high - low > 1:  # without traffic, what passes once passes ever after
            middle = (low + high) // 2
            low, high = (low, middle) if passes(middle) else (middle, high)
        return high

    def code(self, wall, steady, cost, units, address, missing):
        at = wall, steady, cost, units
        rates = [limit for limit in self.limits if isinstance(limit, Rate)]
        quotas = [limit for limit in self.limits if isinstance(limit, Quota)]
        if self.networks and not (address and any(plain(address) in net for net in self.networks)):
            return "ip_denied"
        if missing:
            return "scope_missing"
        if self.units and units > self.units:
            return "units_exceeded"
        if not all(limit.passes(*at) for limit in rates):
            return "rate_limited"
        return "ok" if all(limit.passes(*at) for limit in quotas) else "quota_exceeded"

    def ask(self, wall, steady, cost, units, dry, address, needs):
        at = wall, steady, cost, units
        missing = sum(1 << n for n, need in enumerate(needs) if not any(covers(g, need) for g in self.scopes))
        # scopes are not looked at once the address is denied
        code = self.code(*at, address, missing)
        retry = 0 if all(limit.passes(*at) for limit in self.limits) else self.retry_after(*at)
        if code == "ok" and not dry:
            for limit in self.limits:
                limit.use(*at)
        shown = [str(n) for limit in self.limits for n in (limit.remaining(wall, steady), limit.reset(wall, steady))]
        return " ".join([code, str(retry), f"{0 if code == 'ip_denied' else missing:x}", *shown])


# -- random keys, questions and clocks


def random_limits(rng):
    windows = rng.sample([1, 2, 7, 10, 60, 61, 3600, 86400, 2678400], rng.randrange(4))
    kinds = rng.sample([(period, of) for period in PERIODS for of in OF], rng.randrange(3))
    largest = rng.choice([1, 3, 10, 100, 2**31])
    rates = [Rate(window, rng.randint(1, largest)) for window in windows]
    return rates + [Quota(*kind, rng.randint(1, largest)) for kind in kinds]


SCOPES = ["a", "a:read", "a:write", "a:*", "b:*", "b", "*", "apikeyd:*", "apikeyd:keys", "api*", "a:read:x"]
NEEDS = ["a", "a:read", "a:write", "b:", "b:x", "apikeyd:keys", "apikeyd:x", "api", "c"]
NETWORKS = ["10.0.0.0/8", "192.0.2.7", "192.0.2.128/25", "2001:db8::/33", "::ffff:198.51.100.0/120", "0.0.0.0/0", "::1"]
ADDRESSES = ["10.255.0.1", "11.0.0.0", "192.0.2.7", "192.0.2.127", "192.0.2.128", "2001:db8:7fff::1", "2001:db8:8000::",
             "::ffff:10.1.1.1", "198.51.100.9", "::1", "::ffff:192.0.2.200"]  # fmt: skip


def random_key(rng):
    scopes = rng.sample(SCOPES, rng.choice([0, 0, 1, 2, 4]))
    networks = rng.sample(NETWORKS, rng.choice([0, 0, 0, 1, 2]))
    return Key(rng.choice([0, 0, 5, 2**31]), random_limits(rng), scopes, networks), scopes, networks


def key_line(key, scopes, networks):
    limits = [n for limit in key.limits for n in (limit.what, limit.limit)]
    words = [key.units, len(key.limits), *limits, len(scopes), *scopes, len(networks), *networks]
    return " ".join(["key", *map(str, words)])


def random_step(rng):
    """Milliseconds to the next question: most come at once, some at the edge of a window or a day."""
    return rng.choice([0, 0, 0, 1, 17, 400, 999, 1000, 1001, 5000, 59_999, 60_000, 1_800_000, 43_200_000, 86_400_000,
                       rng.randrange(10_000), rng.randrange(3 * 2_678_400_000)])  # fmt: skip


def random_question(rng, key):
    largest = min([limit.limit for limit in key.limits], default=5)
    cost = rng.choice([1, 1, 1, 2, rng.randint(1, min(1000, 2 * largest))])
    units = rng.choice([0, 1, rng.randint(0, 2 * largest), 10**12])
    needs = rng.sample(NEEDS, rng.choice([0, 0, 1, 3]))
    fitting = [need for need in needs if any(covers(granted, need) for granted in key.scopes)]
    return cost, units, rng.random() < 0.2, rng.choice([None, *ADDRESSES]), rng.choice([needs, fitting, fitting])


@functools.cache
def sequence(number):
    """Commands, and what the model says to each that answers."""
    rng = random.Random(SEED + number)
    key, scopes, networks = random_key(rng)
    commands, said = [key_line(key, scopes, networks)], []
    wall, steady = rng.randrange(4 * 10**12), rng.randrange(10**11)
    for _ in range(STEPS):
        if rng.random() < 0.05:
            key.change_limits(random_limits(rng))
            commands.append(key_line(key, scopes, networks))
        step = random_step(rng)
        wall, steady = wall + step, steady + step
        cost, units, dry, address, needs = random_question(rng, key)
        words = [wall, steady, cost, units, int(dry), address or "-", len(needs), *needs]
        commands.append(" ".join(["ask", *map(str, words)]))
        said.append(key.ask(wall, steady, cost, units, dry, address, needs))
    return commands, said


def drive(build, commands):
    done = subprocess.run([build / "tests/model"], input="\n".join(commands) + "\n", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize("number", range(SEQUENCES))
def test_a_sequence(build, number):
    commands, said = sequence(number)
    answers = drive(build, commands)
    asked = [command for command in commands if command.startswith("ask")]
    assert len(answers) == len(said)
    for place, (answer, model) in enumerate(zip(answers, said)):
        assert answer == model, f"question {place}: {asked[place]}"


def test_the_sequences_are_worth_it():
    """Every verdict comes often, with waits and without."""
    said = [line for n in range(SEQUENCES) for line in sequence(n)[1]]
    counts = {code: sum(line.startswith(code + " ") for line in said) for code in (
        "ok", "ip_denied", "scope_missing", "units_exceeded", "rate_limited", "quota_exceeded")}
    assert min(counts.values()) > 100, counts
    assert sum(line.startswith("rate_limited 0 ") for line in said) > 20


def test_calendar(build):
    rng = random.Random(SEED)
    moments = [rng.randrange(253402300800 - 40 * 86400) for _ in range(3000)]
    answers = drive(build, [f"span {period} {at}" for at in moments for period in (0, 1)])
    for n, at in enumerate(moments):
        for period in (0, 1):
            begin, end, index = map(int, answers[2 * n + period].split())
            assert (begin, end) == span(PERIODS[period], at)
            assert index == (at // 86400 if period == 0 else (utc(at).year - 1970) * 12 + utc(at).month - 1)
