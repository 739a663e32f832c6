"""The console as a whole: its options, its sizes, who may only read, and how much it sends."""

import re
import subprocess

import pytest

from console import picture
from fake import HELLO, key


def run(program, *args):
    return subprocess.run([program, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_dump_keys(program):
    done = run(program, "--dump-keys")
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert done.returncode == 0 and all(len(row) == 4 for row in rows)
    assert ["keys,key", "revoke", "R x", "Deny the key for good, after a question."] in rows
    for place in "keys", "key", "help", "form", "new-key":
        used = [name for row in rows if place in row[0].split(",") for name in row[2].split()]
        assert len(used) == len(set(used)), f"a key with two meanings in {place}"


def test_version_and_help(program):
    assert run(program, "--version").stdout.startswith("apikey-tui 0.")
    done = run(program, "--help")
    assert done.returncode == 0 and "--read-only" in done.stdout and len(done.stdout.splitlines()) <= 24


@pytest.mark.parametrize("args", [["--nothing"], ["word"], ["--symbols", "runes"], ["--color", "blue"], ["--socket"]])
def test_wrong_usage(program, args):
    done = run(program, *args)
    assert done.returncode == 2 and "usage:" in done.stderr and done.stdout == ""


def test_no_terminal(program):
    done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "no terminal" in done.stderr and done.stdout == ""


@pytest.mark.parametrize("quit_", ["q", "F10", "C-c"])
def test_quit(tui, daemon, quit_):
    screen = tui(daemon.socket, view="")
    screen.wait("There is no key yet")
    screen.keys(quit_)
    assert screen.ended() == 0


READS = {"hello", "auth.whoami", "events.subscribe", "stats.get", "key.list", "key.get", "key.explain", "usage.query", "alert.list",
         "audit.list"}  # fmt: skip


@pytest.fixture(params=["option", "role"])
def reader(request, fake, tui):
    """A console that may not change anything: told so, or because of who asks; and its daemon."""
    page = {"keys": [key(1)], "next": None, "total": 1}
    role = "viewer" if request.param == "role" else "admin"
    daemon = fake(hello=HELLO | {"role": role}, key_list=page, key_get=key(1))
    return tui(daemon.socket, *(["--read-only"] if request.param == "option" else [])), daemon


def test_readers_have_no_changing_keys(reader):
    screen, daemon = reader
    screen.wait("name 1", "read-only", absent=("R revoke", "n new"))
    for keys in "d", "R", "x", "n", "y":
        screen.keys(keys)
    screen.keys("?")
    screen.wait("Look at the selected key", absent="Create")
    screen.keys("End")
    screen.wait("Leave the form", absent="Deny the key")
    screen.keys("q", "Enter")
    screen.wait("it verifies", absent="disable")
    for keys in "d", "R", "x", "y":
        screen.keys(keys)
    screen.keys("?", ":")
    screen.type("new")
    screen.keys("Enter")
    screen.wait("There is no view new")
    assert not [m for m, _ in daemon.asked if m not in READS]


def test_resize_storm(admin, tui, daemon):
    admin.pipeline([("key.create", {"name": f"key {n:03}"}) for n in range(60)])
    screen = tui(daemon.socket)
    before = picture(screen.wait("60 active", "0 revoked", "serving", "key 059", "key 043", "? help"))
    for size in (40, 10), (200, 60), (1, 1), (39, 9), (2, 50), (300, 1), (80, 24), (1, 1), (80, 24):
        screen.resize(*size)
    screen.shows(before)
    screen.resize(40, 10)
    screen.wait("serving", "key 059", "? help", absent="60 active")
    screen.resize(39, 10)
    screen.wait("Too small: 39x10, needs 40x10", absent="key 059")
    screen.resize(200, 60)
    screen.wait("key 059", "key 010", "CREATED", "TENANT")
    screen.resize(80, 24)
    screen.shows(before)


@pytest.mark.parametrize(
    ("stroke", "place"),
    [
        ("Enter", ("it verifies", "last used never", "allowed 0", "none in 1 h", re.compile("^Alerts.*\nnone", re.M), "R revoke")),
        ("n", ("Only the name", "[ Create ]", "Esc cancel")),
        ("?", ("Here", "more ▼", "Esc back")),
        ("R", ("Revoke steady?", "y revoke it")),
        (":", (re.compile("^:", re.M),)),
        ("/", (re.compile("^/", re.M),)),
    ],
)
def test_every_place_bears_any_size(admin, tui, daemon, stroke, place):
    """`place` is the last of what comes to be seen there: before it the console may still wait for the daemon."""
    admin.call("key.create", name="steady")
    screen = tui(daemon.socket)
    screen.wait("steady", "1 active", "0 revoked", "serving")
    screen.keys(stroke)
    wanted = picture(screen.wait(*place, absent="waiting"))
    for size in (1, 1), (40, 10), (41, 11), (3, 3), (200, 60), (80, 24):
        screen.resize(*size)
    screen.shows(wanted)


def test_bytes(admin, tui_pty, daemon, sanitized):
    admin.pipeline([("key.create", {"name": f"key {n:04}"}) for n in range(300)])
    console = tui_pty(daemon.socket)
    console.wait(b"300 active", b"key 0299", b"q\033", b"serving")
    first = len(console.bytes)
    assert first <= 6000
    for stroke, seen in (b"j", b"2 of 300"), (b"j", b"3 of 300"), (b"k", b"2 of 300"):
        before = len(console.bytes)
        console.send(stroke)
        console.read(lambda all_: len(all_) > before, seen)
        console.drain()
        assert len(console.bytes) - before <= 800
