"""Colours and characters: what is sent to which terminal, and what never is."""

import re

import pytest

from fake import HELLO, key

COLOR = re.compile(rb"\033\[(?:\d*;)*(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:;\d*)*m")


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
