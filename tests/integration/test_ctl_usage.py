"""The command line as such: help, cut words, suggestions, wrong usage. No daemon is asked."""

import json
import os
import subprocess

import pytest

from rpc import HANG

COMMANDS = [
    *(f"key {verb}" for verb in "create list show update rotate explain import disable enable revoke delete".split()),
    *(f"plan {verb}" for verb in "create list show update delete".split()),
    *"verify|events|usage|stats|hello|ping|daemon status|daemon reload".split("|"),
]


@pytest.fixture
def ctl(build):
    def run(*args, env=None):
        return subprocess.run(
            [build / "apikeyctl", "--socket", "/nonexistent/admin.sock", *args],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG, env=os.environ | (env or {}),
        )

    return run


def test_help_fits_a_screen_with_examples_first(ctl):
    done = ctl("--help")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert lines[0].startswith("apikeyctl key create ")
    assert len(lines) <= 24 and max(map(len, lines)) <= 80
    for word in " ".join(COMMANDS).split():
        assert word in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_first(ctl, command):
    done = ctl(*command.split(), "--help")
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert "apikeyctl" in lines[0] and command.split()[-1] in lines[0]
    assert f"Usage: apikeyctl {command}" in done.stdout
    assert max(map(len, lines)) <= 80
    assert ctl("help", *command.split()).stdout == done.stdout


def test_a_noun_has_help(ctl):
    done = ctl("key", "--help")
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines()] == [c.split()[1] for c in COMMANDS if c.startswith("key")]


def test_version(ctl):
    done = ctl("--version")
    assert done.returncode == 0 and done.stdout.startswith("apikeyctl ")


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("k l --help", "key list"),
        ("key li --help", "key list"),
        ("key dis --help", "key disable"),
        ("d s --help", "daemon status"),
        ("ver --help", "verify"),
        ("--json key --help list", "key list"),
    ],
)
def test_words_may_be_cut(ctl, typed, meant):
    assert f"Usage: apikeyctl {meant}" in ctl(*typed.split()).stdout


@pytest.mark.parametrize(
    "typed, said",
    [
        ("", "which command?"),
        ("key", "possibilities are:\n  key create"),
        ("key d", "possibilities are:\n  key disable "),
        ("keys list", 'did you mean "key list"?'),
        ("list keys", 'did you mean "key list"?'),
        ("list", 'did you mean "key list"?'),
        ("key crate --name x", 'did you mean "key create"?'),
        ("verfiy", 'did you mean "verify"?'),
        ("daemon stats", 'did you mean "daemon status"?'),
        ("key list --statsu active", "no option --statsu; did you mean --status?"),
        ("key list --zzzzzz", "no option --zzzzzz\n"),
        ("key list -s", "no option -s"),
        ("key list extra", '"extra" is too much'),
        ("key list -- --json", '"--json" is too much'),
        ("key show", "key show needs ID"),
        ("key create", "--name NAME is needed"),
        ("key create --name", "--name needs a value"),
        ("key create --name a --name b", "--name is given twice"),
        ("key create --name a --meta b", "--meta takes NAME=VALUE"),
        ("key revoke --yes=no k_1", "--yes takes no value"),
        ("key update k_1", "nothing to change"),
        ("key create --name a --rate 5", "--rate takes a limit such as 100/60s"),
        ("key create --name a --rate 5/2027-01-31", "--rate takes a limit such as 100/60s"),
        ("key create --name a --quota x/day", "--quota takes a limit such as 1000/day"),
        ("key explain", "either the ID of a key, or --file with its text"),
        ("key explain k_1 --file -", "either the ID of a key, or --file with its text"),
        ("plan update basic", "nothing to change"),
        ("plan show", "plan show needs NAME"),
        ("verify --units many", "--units takes a whole number"),
        ("events --count 0", "--count takes a whole number from 1"),
        ("ping --color=sometimes", "--color is always, never or auto"),
        ("ping --json --plain", "--json or --plain, not both"),
    ],
)
def test_wrong_usage_goes_to_standard_error(ctl, typed, said):
    done = ctl(*typed.split())
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == "" or typed == "ping --json --plain"


def test_wrong_usage_in_json(ctl):
    done = ctl("--json", "keys", "list")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {"error": "usage", "message": 'no command "keys list"; did you mean "key list"?'}


@pytest.mark.parametrize(
    "time", ["tomorrow", "", "90", "d", "90dd", "-1d", "2027-02-30", "2027-1-1", "2027-01-01T12:00:00",
             "2027-01-01T25:00:00Z", "2027-01-01T12:00:00+24:00", "99999999999999999999d", "9223372036854775807d"],
)
def test_times_that_are_none(ctl, time):
    done = ctl("key", "create", "--name", "x", "--expires", time)
    assert done.returncode == 2
    assert "--expires takes a time such as" in done.stderr


@pytest.mark.parametrize("args", [["ak_live_secret"], ["ak_live_secret", "--json"], ["--json", "a", "b"]])
def test_a_key_as_an_argument_is_refused_with_advice(ctl, args):
    done = ctl("verify", *args)
    assert done.returncode == 2
    assert "printf" in done.stderr and "ak_live_secret" not in done.stderr + done.stdout


WHOLE = "ak_live_abcdefgh_abcdefghijklmnopqrstuvwxyzABCDEF0E9UuI"


@pytest.mark.parametrize("args", [["verify", WHOLE], ["key", "show", WHOLE], ["key", "revoke", "--yes", "k_1", WHOLE], ["usage", WHOLE],
                                  ["key", "list", "--query", WHOLE], ["key", "create", "--name", "x", f"--notes={WHOLE}"]])
def test_no_command_takes_a_whole_key_as_an_argument(ctl, args):
    done = ctl(*args)
    assert done.returncode == 2
    assert "printf" in done.stderr and WHOLE.rpartition("_")[0] in done.stderr and WHOLE not in done.stderr + done.stdout
