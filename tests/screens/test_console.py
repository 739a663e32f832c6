"""The console as a whole: its terminal, its connection, and what is everywhere."""

import os
import re
import signal
import socket
import subprocess

import pytest

from console import picture
from fake import HELLO, STATS, key
from server import poll

COLOR = re.compile(rb"\033\[(?:\d*;)*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;\d*)*m")


# -- the daemon goes and comes


def test_killed_and_restarted(daemon, screen):
    daemon.connect().call("key.create", name="first")
    screen.wait("first")
    screen.keys("/")
    screen.type("half typ")
    daemon.kill9()
    screen.wait("Not connected, trying again in", "/half typ")
    screen.type("ed")
    screen.wait("/half typed")
    daemon.start()
    daemon.connect().call("key.create", name="second")
    screen.wait("No key holds this", "serving", "/half typed", absent="Not connected")
    screen.keys("Escape")
    screen.wait("first", "second")
    daemon.connect().call("key.create", name="third")
    screen.wait("third")


def test_form_survives_a_restart(daemon, screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.type("kept")
    daemon.kill9()
    screen.wait("Not connected")
    screen.keys("BTab", "Enter")
    screen.wait("Not known whether it was created", "kept")
    daemon.start()
    screen.wait("serving")
    screen.keys("Enter")
    screen.wait("kept is created")
    assert daemon.connect().call("key.list")["total"] == 1


def test_what_was_not_sent_is_not_done_and_what_was_is_not_known(fake, tui):
    rows = {"keys": [key(1)], "next": None, "total": 1}
    daemon = fake(key_list=rows, key_revoke=lambda _: daemon.clients.pop().shutdown(socket.SHUT_RDWR))
    screen = tui(daemon.socket)
    screen.wait("name 1", "R revoke")
    screen.keys("R")
    screen.wait("Revoke name 1?")
    screen.keys("y")
    screen.wait("Not known whether it was done: ")
    poll(lambda: sum(method == "hello" for method, _ in daemon.asked) == 2)
    screen.wait("serving", "R revoke", absent="connecting")
    screen.keys("R")
    screen.wait("Revoke name 1?")
    for end in daemon.listener, *daemon.clients:
        end.shutdown(socket.SHUT_RDWR)
    screen.wait("Not connected")
    screen.keys("y")
    screen.wait("Not done: not connected")


def test_no_daemon(tui, tmp_path):
    screen = tui(tmp_path / "none.sock")
    screen.wait("Not connected", "cannot connect to", "Waiting for the daemon")
    screen.keys("q")
    screen.wait("Busiest keys")
    screen.keys("q")
    assert screen.ended() == 0


def test_a_silent_daemon_is_noticed(fake, tui):
    screen = tui(fake(stats_get=None).socket)
    screen.wait("The daemon does not answer")


def test_a_daemon_that_does_not_serve_us(fake, tui):
    screen = tui(fake(hello=HELLO | {"authenticated": False, "user": None, "role": None}).socket)
    screen.wait("does not know this user")


def test_no_changing_keys_before_the_role_is_known(fake, tui):
    """Neither at first, nor on a new connection, whatever the role was on the one before."""
    page = {"keys": [key(1)], "next": None, "total": 1}
    daemon = fake(hello=HELLO, key_list=page)
    screen = tui(daemon.socket)
    screen.wait("name 1", "R revoke")
    daemon.answers["hello"] = None
    daemon.clients.pop().shutdown(socket.SHUT_RDWR)
    poll(lambda: sum(method == "hello" for method, _ in daemon.asked) == 2)
    screen.wait("name 1", "connecting", absent="R revoke")
    quiet = fake(hello=None)
    screen = tui(quiet.socket)
    poll(lambda: quiet.asked)
    screen.wait("Waiting for the daemon", "? help", absent=("n new", "R revoke"))


def test_a_sealed_daemon(fake, tui):
    screen = tui(fake(stats_get=STATS | {"sealed": True}).socket)
    screen.wait("The daemon is sealed")


def test_a_refused_listing_is_said(fake, tui):
    screen = tui(fake(key_list="internal: the disk is on fire").socket)
    screen.wait("the disk is on fire")


def test_garbage_instead_of_values(fake, tui):
    screen = tui(fake(key_list={"keys": 7, "next": 1.5, "total": -3}, stats_get=[1], hello=HELLO).socket)
    screen.wait("Keys")
    screen.keys("Enter", "d", "R", "End", "?")
    screen.wait("Here")


# -- who may only read

READS = {"hello", "events.subscribe", "stats.get", "key.list", "key.get", "key.explain", "usage.query", "alert.list",
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


# -- getting around


def test_help_is_made_of_the_actions_and_can_be_searched(screen):
    screen.wait("There is no key yet")
    screen.keys("?")
    screen.wait("Look at the selected key", "Create a key", "Here")
    screen.keys("/")
    screen.type("for good")
    screen.wait("R x", "Deny the key for good", absent="Look at")
    screen.keys("Enter", "Escape")
    screen.wait("Look at the selected key")
    screen.keys("F1")
    screen.wait("There is no key yet")
    screen.keys("n", "F1")
    screen.wait("Go to the next field")


def test_help_does_what_its_row_says(admin, screen):
    admin.call("key.create", name="alone")
    screen.wait("alone", "by created", "? help")
    screen.keys("?")
    screen.wait("Here", "Enter do it")
    screen.keys("/")
    screen.type("deny the key until")
    screen.wait("Deny the key until", absent="Look at")
    screen.keys("Enter", "Enter")
    screen.wait("alone is disabled now. z undoes it.", "apikeyd  Keys")
    screen.keys("?", "/")
    screen.type("turn the")
    screen.keys("Enter", "Enter")
    screen.wait("by created ▲", "apikeyd  Keys")
    screen.keys("?", "/")
    screen.type("end grace")
    screen.wait("Elsewhere", "Deny the old secrets")
    screen.keys("Enter", "Enter")
    screen.wait("This can be done elsewhere", "apikeyd  Help")
    screen.keys("Escape")
    screen.wait("Look at the selected key")
    screen.keys("End")
    screen.wait("Leave the form")
    screen.keys("Home")
    screen.wait("Here", "Look at the selected key")
    screen.keys("Enter")
    screen.wait("apikeyd  Key ", "alone")


def test_help_in_the_midst_of_typing(admin, screen):
    admin.call("key.create", name="alone")
    screen.wait("alone", "? help")
    screen.keys("/")
    screen.type("al")
    screen.keys("F1")
    screen.wait("apikeyd  Help")
    screen.keys("/")
    screen.type("turn the")
    screen.keys("Enter", "Enter")
    screen.wait("/al", "apikeyd  Keys", "alone")
    screen.keys("Enter")
    screen.wait("by created ▲")
    screen.keys("n")
    screen.type("text")
    screen.keys("F1", "/")
    screen.type("the form")
    screen.wait("Leave the form")
    screen.keys("Enter", "Enter")
    screen.wait("apikeyd  Keys", absent="text")


def test_go_to_a_view(admin, screen):
    made = admin.call("key.create", name="found by id")
    screen.wait("found by id")
    screen.keys(":")
    screen.wait(": ", "overview keys plans audit events alerts health tenants")
    screen.type("he")
    screen.keys("Tab")
    screen.wait(":health", "health help", absent="keys plans")
    screen.keys("Tab")
    screen.wait(":help", "health help")
    screen.keys("Tab")
    screen.wait(":he ")
    screen.keys("Tab", "Tab")
    screen.wait(":help")
    screen.keys("Enter")
    screen.wait("Here")
    screen.keys(":")
    screen.type("key " + made["secrets"][0]["prefix"])
    screen.keys("Enter")
    screen.wait("it verifies", made["id"])
    screen.keys("2")
    screen.wait("NAME")
    for view in "key ", "keys ", "":
        screen.keys(":")
        screen.type(view)
        screen.paste(made["key"])
        screen.wait(re.compile("^:.*" + made["secrets"][0]["prefix"] + "( |$)", re.M), absent=made["key"][-10:])
        screen.keys("Enter")
        screen.wait({"key ": made["id"], "keys ": "1 found", "": "There is no view"}[view], absent=made["key"][-10:])
    screen.keys(":")
    screen.type("nothing")
    screen.keys("Enter")
    screen.wait("There is no view nothing")
    for typed, seen in (("sess", "Sessions"), ("a", "There is no view a."), ("aud", "Audit"), ("", "Audit")):
        screen.keys(":")
        screen.type(typed)
        screen.keys("Enter")
        screen.wait(seen)
    screen.keys(":")
    screen.type("quit")
    screen.keys("Enter")
    assert screen.ended() == 0


@pytest.mark.parametrize("quit_", ["q", "F10", "C-c"])
def test_quit(tui, daemon, quit_):
    screen = tui(daemon.socket, view="")
    screen.wait("There is no key yet")
    screen.keys(quit_)
    assert screen.ended() == 0


# -- sizes


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


# -- colours and characters


@pytest.mark.parametrize(
    ("args", "env", "colored"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        (["--color=never"], {}, False),
        (["--color=always"], {"NO_COLOR": "1"}, True),
        ([], {"TERM": "vt100"}, False),
        (["--color=always"], {"TERM": "vt100"}, False),
        ([], {"TERM": "xterm"}, True),
    ],
)
def test_color_codes(admin, tui_pty, daemon, args, env, colored):
    admin.call("key.revoke", id=admin.call("key.create", name="red")["id"])
    console = tui_pty(daemon.socket, *args, env=env)
    console.wait(b"revoked", b"serving")
    console.send(b"\r")
    console.wait(b"denied for good")
    console.send(b"qn")
    console.wait(b"Only the name")
    assert bool(COLOR.search(console.bytes)) == colored


def luminance(number):
    """Of a colour of the 6x6x6 cube or the ramp of greys, as WCAG 2 defines it."""
    levels = (0, 95, 135, 175, 215, 255)
    grey, cube = 8 + 10 * (number - 232), number - 16
    rgb = (grey,) * 3 if number >= 232 else (levels[cube // 36], levels[cube // 6 % 6], levels[cube % 6])
    red, green, blue = (c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read_on_a_light_and_on_a_dark_ground(admin, tui_pty, daemon):
    keys = [admin.call("key.create", name=name)["id"] for name in ("active", "disabled", "revoked")]
    admin.call("key.disable", id=keys[1])
    admin.call("key.revoke", id=keys[2])
    console = tui_pty(daemon.socket)
    console.wait(b"1 active", b"1 disabled", b"1 revoked", b"serving")
    used = {int(n) for n in re.findall(rb"38;5;(\d+)", console.bytes)}
    assert len(used) == 5 and min(used) >= 16  # dim, accent, good, warn, bad; none that a theme changes
    for light in map(luminance, used):
        assert min((1 + 0.05) / (light + 0.05), (light + 0.05) / 0.05) > 3.8
    assert b"48;5;" not in console.bytes and not re.search(rb"\033\[[0-9;]*\b4[0-7]m", console.bytes)


def test_unknown_terminal(tui_pty, daemon):
    console = tui_pty(daemon.socket, env={"TERM": "xterm-kitty-of-tomorrow"})
    console.wait(b'unknown terminal "xterm-kitty-of-tomorrow": using xterm-256color', b"serving")


def test_dumb_terminal(tui_pty, daemon):
    console = tui_pty(daemon.socket, env={"TERM": "dumb"})
    assert console.ended() == 1
    assert b"cannot place a cursor" in console.bytes and b"\033" not in console.bytes


def test_no_terminal(program):
    done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "no terminal" in done.stderr and done.stdout == ""


HOSTILE = [
    "\033[2J\033]0;owned\a", "a\nb\rc\td", "\x9b31mC1", "rlo \u202e evil", "zero\u200bwidth\ufeff", "\x7f\x00nul",
    "broken \udcff\udcc3 utf-8", "\u0301combining first", "\U000e0041tag", "\ue000private", "line\u2028sep", "x" * 200,
]  # fmt: skip


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_hostile_names_never_reach_the_terminal(fake, tui_pty, locale):
    names = [*HOSTILE, "last"]
    keys = [key(n, name=name, owner=name, masked=name, status=name, tenant=name) for n, name in enumerate(names)]
    one = key(0, name=HOSTILE[0], notes="\n".join(HOSTILE), email=HOSTILE[2], scopes=HOSTILE, created_by=HOSTILE[3],
              secrets=[{"prefix": name, "last_ip": name, "last_used_at": 5} for name in HOSTILE],
              meta={name[:200]: name for name in HOSTILE})  # fmt: skip
    daemon = fake(
        key_list={"keys": keys, "next": None, "total": len(keys)}, key_get=one, hello=HELLO | {"user": HOSTILE[0]},
        key_revoke=f"conflict: {HOSTILE[0]}", key_disable=f"internal: {HOSTILE[3]}",
    )  # fmt: skip
    console = tui_pty(daemon.socket, "--color=never", size=(200, 60), env={"LC_ALL": locale})
    console.wait(b"\\x1b[2J", b"last", b"serving")
    console.send(b"R")
    console.wait(b"Revoke ")
    console.send(b"y")
    console.wait(b"Not done: ")
    console.send(b"d\r")
    console.wait(b"Metadata")
    for _ in range(12):
        console.send(b"\033[6~")
    console.send(b"\033[4~")
    console.wait(b"\\u{2028}" if locale == "C" else b"Secret")
    console.send(b"q/x")
    console.wait(b"/", b"x")
    console.drain()
    # what curses itself sends: sequences of CSI and charsets, bracketed paste; none of which the names bring
    shown = re.sub(rb"\033(\[[?>]?[0-9;]*[A-Za-z@`]|[()][0AB]|[=>78M])|[\r\n\b\x0e\x0f]|\033\[[0-9;]*m", b"", console.bytes)
    text = shown.decode("ascii" if locale == "C" else "utf-8")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\ufeff\ue000\U000e0041]", text)
    assert b"\033[2J\033]0" not in console.bytes and b"owned\a" not in console.bytes


def test_ascii_locale(admin, verifier, tui_pty, daemon):
    made = admin.call("key.create", name="für 日本")
    console = tui_pty(daemon.socket, env={"LC_ALL": "C"})
    console.wait(b"serving", b"f\\u{00fc}r", b"_...")
    verifier.pipeline([("verify", {"key": made["key"]})] * 300)
    console.wait(b"#")
    console.send(b"R")
    console.wait(b"denied from")
    assert max(console.bytes) < 0x80


@pytest.mark.parametrize(
    ("args", "sign"), [(["--symbols=braille"], "⡇⢸⣿"), (["--symbols=ascii"], "#"), (["--symbols=block"], "█")]
)
def test_symbols(admin, verifier, tui, daemon, args, sign):
    made = admin.call("key.create", name="counted")
    screen = tui(daemon.socket, *args)
    screen.wait("counted", "denied 0/s", "serving")
    verifier.pipeline([("verify", {"key": made["key"]})] * 300)
    screen.wait(re.compile(f"denied .*[{sign}]"))


def test_accessible_draws_no_lines_and_no_graph(admin, verifier, tui, daemon):
    made = admin.call("key.create", name="spoken")
    screen = tui(daemon.socket, "--accessible")
    screen.wait("spoken", "serving", "denied 0/s")
    verifier.pipeline([("verify", {"key": made["key"]})] * 300)
    text = screen.wait(re.compile("spoken.*now"))
    screen.keys("R")
    text += screen.wait("Revoke spoken?", "y revoke it")
    assert not re.search("[─-▟⠀-⣿]", text)


# -- the terminal is put back


def restored(console):
    """What a terminal must have been sent and be set to after the end."""
    import termios

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


# -- what is typed ahead, and pasted


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


# -- bytes over the link


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


# -- options


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


@pytest.mark.parametrize("end", [b"\033[4~", b"\033[F", b"\033OF", b"G"])
def test_every_way_to_say_end(admin, tui, daemon, end):
    admin.pipeline([("key.create", {"name": f"{n} key"}) for n in range(30)])
    screen = tui(daemon.socket)
    screen.wait("29 key")
    screen.tmux("send-keys", "-H", *[f"{byte:x}" for byte in end])
    screen.wait("0 key", "row 30 of 30")


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
