"""apikeyctl usage: the same numbers as a table with bars, as lines of fields, as JSON."""

import json
import subprocess

import pytest

from rpc import HANG


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


def test_by_secret(ctl, used):
    lines = ctl("--plain", "usage", used["id"], "--by", "secret").stdout.splitlines()
    assert {line.split("\t")[0] for line in lines} == {used["key"].rpartition("_")[0]}


def test_json(ctl, used):
    points = json.loads(ctl("--json", "usage", used["id"]).stdout)["points"]
    assert [sum(p[i] for p in points) for i in (1, 2, 3)] == [3, 1, 15]


@pytest.mark.parametrize("words, code", [
    (["--from", "soon"], 2), (["--step", "second"], 2), (["k_none"], 3), (["a", "b"], 2), (["--by", "secret"], 2),
])
def test_wrong_usage(ctl, words, code):
    done = ctl("usage", *words)
    assert (done.returncode, done.stdout) == (code, "") and done.stderr
