"""apikeyctl usage: the same numbers as a table with bars, as lines of fields, as JSON."""

import json
import os
import subprocess

import pytest

from rpc import HANG
from terminal import Terminal


@pytest.fixture
def ctl(build, daemon):
    def run(*args):
        return subprocess.run(
            [build / "apikeyctl", "--socket", daemon.socket, *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG,
        )

    return run


@pytest.fixture
def used(admin, verifier):
    """A key with three allowed verifies of 5 units and one that was denied."""
    key = admin.call("key.create", name="demo")
    for _ in range(3):
        verifier.call("verify", key=key["key"], units=5)
    verifier.call("verify", key=key["key"], scopes=["no"])
    return key


def test_nothing_yet(ctl):
    done = ctl("--color", "never", "usage")
    assert done.returncode == 0
    assert json.loads(ctl("--json", "usage").stdout) == {"step": "hour", "points": []}


def test_fields(ctl, used):
    for words in (["usage", used["id"], "--step", "day"], ["usage", "--tenant", "default", "--from", "2d", "--step", "day"]):
        lines = [line.split("\t") for line in ctl("--plain", *words).stdout.splitlines()]
        assert [sum(int(line[i]) for line in lines) for i in (1, 2, 3)] == [3, 1, 15]
        assert all(line[0].endswith("T00:00:00Z") for line in lines)


def test_graph(ctl, one_day, used):
    lines = ctl("usage", used["id"], "--graph", "--from", "30d", "--step", "day").stdout.splitlines()
    assert len(lines) == 12 and max(map(len, lines)) <= 80
    names = [(n, line.split()[0]) for n, line in enumerate(lines) if not line.startswith(" ")]
    assert names == [(0, "allowed"), (1, "3"), (8, "denied"), (9, "1")]
    bars = {line[8:].strip() for line in lines[:11]}
    assert len(bars) == 1 and set(bars.pop()) in ({"#"}, {"█"})  # all of it today
    bare = ctl("usage", "--graph", "--from", "2020-01-01", "--to", "2020-01-03").stdout.splitlines()
    assert len(bare) == 12 and not [line for line in bare[:11] if set(line[8:]) - {" "}]


@pytest.mark.parametrize(("columns", "widest"), [(0, 78), (200, 78), (78, 78), (77, 77), (42, 42), (40, 40), (1, 36)])
def test_graph_on_a_terminal(build, daemon, verifier, columns, widest):
    """Even use, so that the bars stand over all of it."""
    key = daemon.connect().call("key.create", name="demo")
    verifier.call("verify", key=key["key"])
    command = [build / "apikeyctl", "--socket", daemon.socket, "usage", "--graph", "--step", "minute", "--from", "0s"]
    code, shown = Terminal(command, os.environ | {"LC_ALL": "C"}, columns).end()
    lines = shown.splitlines()
    assert code == 0 and len(lines) == 12 and max(map(len, lines)) == widest


def test_graph_by_code(ctl, used):
    lines = ctl("usage", used["id"], "--graph", "--by", "code").stdout.splitlines()
    assert {"ok", "scope_missing"} <= set(lines) and len(lines) == 2 * 13


@pytest.mark.parametrize("form", ["--plain", "--json"])
def test_a_graph_is_for_people(ctl, form):
    done = ctl(form, "usage", "--graph")
    assert done.returncode == 2 and "--graph is for people" in done.stderr


def test_by_secret(ctl, used):
    lines = ctl("--plain", "usage", used["id"], "--by", "secret").stdout.splitlines()
    assert {line.split("\t")[0] for line in lines} == {used["key"].rpartition("_")[0]}
    for who in ([], ["--tenant", "default"]):
        assert ctl("--plain", "usage", "--by", "secret", *who).stdout.splitlines() == lines


def test_by_resource(ctl, used, verifier):
    verifier.call("verify", key=used["key"], resource="/users")
    for who in ([used["id"]], [], ["--tenant", "default"]):
        lines = [line.split("\t") for line in ctl("--plain", "usage", "--by", "resource", *who).stdout.splitlines()]
        sums = {line[0]: [int(n) for n in line[2:]] for line in lines}
        assert sums == {"/users": [1, 0, 0], "other": [3, 1, 15]}


def test_json(ctl, used):
    points = json.loads(ctl("--json", "usage", used["id"]).stdout)["points"]
    assert [sum(p[i] for p in points) for i in (1, 2, 3)] == [3, 1, 15]


@pytest.mark.parametrize("words, code", [
    (["--from", "soon"], 2), (["--step", "second"], 2), (["k_none"], 3), (["a", "b"], 2),
])
def test_wrong_usage(ctl, words, code):
    done = ctl("usage", *words)
    assert (done.returncode, done.stdout) == (code, "") and done.stderr


@pytest.mark.parametrize("form", [["usage"], ["--plain", "usage"], ["--json", "usage"], ["usage", "--graph"]], ids=" ".join)
def test_what_strangers_asked_for_reaches_no_terminal(ctl, used, verifier, form):
    """A resource may be any UTF-8: often the path that somebody on the net has typed."""
    for resource in ("/a\x1b[2J", "/b\nc\t1", "/d\x07\x00e"):
        assert verifier.call("verify", key=used["key"], resource=resource)["valid"]
    done = ctl("--color", "never", *form, used["id"], "--by", "resource")
    assert done.returncode == 0 and not any(c in done.stdout for c in "\x1b\x07\x00"), done
    if "--json" in form:
        assert set(json.loads(done.stdout)["groups"]) >= {"/a\x1b[2J", "/b\nc\t1"}
    else:
        assert r"/a\x1b[2J" in done.stdout and r"/b\x0ac\x091" in done.stdout
        assert all(line.count("\t") == 4 for line in done.stdout.splitlines() if "--plain" in form)
