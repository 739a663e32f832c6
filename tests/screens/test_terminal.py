"""The terminal: put back at every end, stopped and continued, and keys that come in pieces or together."""

import os
import re
import signal
import termios

import pytest

from fake import key
from server import poll


def restored(console):
    """What a terminal must have been sent and be set to after the end."""
    console.drain()
    left = console.bytes.rfind(b"\033[?1049l")
    assert left > console.bytes.rfind(b"\033[?1049h") and b"\033[?2004l" in console.bytes
    return termios.tcgetattr(console.slave) == console.before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_signals_end_it_and_restore_the_terminal(tui_pty, daemon, number):
    console = tui_pty(daemon.socket)
    console.wait(b"serving")
    console.process.send_signal(number)
    assert console.ended() == 0
    assert restored(console)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL])
def test_a_crash_restores_the_terminal(tui_pty, daemon, number):
    console = tui_pty(daemon.socket)
    console.wait(b"serving")
    console.process.send_signal(number)
    assert console.ended() == -number
    assert restored(console)


def test_ends_when_the_terminal_goes(tui_pty, daemon):
    console = tui_pty(daemon.socket)
    console.wait(b"serving")
    console.hang_up()
    assert console.ended() == 0


def test_ends_when_the_terminal_goes_without_a_signal(tui_pty, daemon):
    console = tui_pty(daemon.socket, controlling=False)
    console.wait(b"serving")
    console.hang_up()
    assert console.ended() == 0


def test_suspend_and_continue(tui, daemon, program):
    screen = tui(daemon.socket)
    screen.close()
    daemon.connect().call("key.create", name="still there")
    shell = type(screen)("sh", "-i", env={"PS1": "PROMPT ", "ENV": "/dev/null"})
    try:
        shell.type(f"{program} --socket {daemon.socket}")
        shell.keys("Enter")
        shell.wait("1 active", "serving")
        shell.keys("C-z")
        shell.wait("PROMPT", "Stopped", absent="serving")
        shell.type("echo typed again")
        shell.keys("Enter")
        shell.wait(re.compile("^typed again", re.M))
        shell.type("fg")
        shell.keys("Enter")
        shell.wait("1 active", "serving", "q quit")
        shell.keys("2")
        shell.wait("row 1 of 1")
        shell.keys("Enter")
        shell.wait("it verifies")
        shell.keys("q")
        shell.wait("row 1 of 1")
        shell.keys("q")
        shell.wait("apikeyd  Overview")
        shell.keys("q")
        shell.wait("PROMPT", absent="serving")
    finally:
        shell.close()


def test_ctrl_z_where_nobody_could_go_on_with_it(fake, tui_pty):
    """As under `ssh host apikey-tui`: no shell would ever continue what has stopped."""
    console = tui_pty(fake(key_list={"keys": [key(1)], "next": None, "total": 1}).socket)
    console.wait(b"name 1", b"serving")
    console.send(b"\x1a")
    console.read(lambda seen: seen.count(b"\033[?2004h") == 2, "that it goes on")
    console.send(b"R")
    console.wait(b"Revoke name 1?")


def is_stopped(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] == "T"


def test_a_stop_while_it_draws_is_not_lost(admin, tui_pty, daemon):
    admin.pipeline([("key.create", {"name": f"key {n:04}"}) for n in range(20)])
    console = tui_pty(daemon.socket, kept=True)
    console.wait(b"20 active", b"key 0019", b"serving")
    process = console.child()
    for n in range(100):
        console.send(b"j" if n % 2 == 0 else b"k")
        os.kill(process, signal.SIGTSTP)
        poll(lambda: is_stopped(process), "that it stops")
        os.kill(process, signal.SIGCONT)
        poll(lambda: not is_stopped(process), "that it goes on")
        console.drain()


def test_keys_that_come_together(admin, tui_pty, daemon):
    for name in "first", "second":
        admin.call("key.create", name=name, notes=f"of the {name}")
    console = tui_pty(daemon.socket, size=(120, 40))
    console.wait(b"2 active", b"row 1 of 2", b"serving")
    console.send(b"j\r")
    console.wait(b"of the first")


def test_the_end_of_a_paste_comes_in_pieces(fake, tui_pty):
    """Over a slow line, with more time between than a terminal's sequence may take."""
    daemon = fake()
    console = tui_pty(daemon.socket)
    console.wait(b"There is no key yet", b"serving")
    polls = lambda: sum(method == "stats.get" for method, _ in daemon.asked)
    for pieces in (b"\033", b"[201~"), (b"\033[20", b"1~"), (b"\033[200~x\033[2", b"\033[201~"):
        console.send(b"/\x15\033[200~pasted" + pieces[0])
        begun = polls()
        poll(lambda: polls() >= begun + 2, "two seconds of the console's")
        before = len(console.bytes)
        console.send(pieces[1] + b"\x15typed")
        console.read(lambda seen: b"typed" in seen[before:] or b"type" in seen[before:] and b"d" in seen[before:], "what is typed after")
        console.send(b"\033")


@pytest.mark.parametrize("end", [b"\033[4~", b"\033[F", b"\033OF", b"G"])
def test_every_way_to_say_end(admin, tui, daemon, end):
    admin.pipeline([("key.create", {"name": f"{n} key"}) for n in range(30)])
    screen = tui(daemon.socket)
    screen.wait("29 key")
    screen.tmux("send-keys", "-H", *[f"{byte:x}" for byte in end])
    screen.wait("0 key", "row 30 of 30")


@pytest.mark.parametrize("term", ["xterm-256color", "screen", "vt100", "xterm-kitty"])
def test_keys_that_no_terminal_describes_do_nothing(tui_pty, daemon, term):
    """Such as Ctrl-Left within tmux as it comes: their sequences are no Esc with letters after it."""
    console = tui_pty(daemon.socket, env={"TERM": term})
    console.wait(b"There is no key yet", b"serving")
    console.send(b"n")
    console.wait(b"Only the name")
    console.send(b"kept")
    for sequence in b"\033[1;5D", b"\033[1;3C", b"\033[24;5~", b"\033[I", b"\033Op", b"\033O5D", b"\033[>0;276;0c":
        console.send(sequence)
    console.send(b"\023")
    console.wait(b"not be shown again")
    assert [k["name"] for k in daemon.connect().call("key.list")["keys"]] == ["kept"]


def test_characters_that_come_byte_by_byte(tui_pty, daemon):
    console = tui_pty(daemon.socket)
    console.wait(b"There is no key yet")
    console.send(b"/")
    for byte in "日ü".encode():
        console.send(bytes([byte]))
    console.wait("日".encode(), "ü".encode())
    console.send(b"\xff\xc3z")  # bytes that are no characters are not taken
    console.wait(b"z")
    assert b"\\xff" not in console.bytes
