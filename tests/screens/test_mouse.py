"""The mouse: not asked of the terminal until `m`, then a click selects, a second one opens, the wheel moves."""

import signal

import pytest

ON, OFF = b"\033[?1000;1006h", b"\033[?1000;1006l"
LEFT, UP, DOWN = 0, 64, 65


@pytest.fixture
def screen(tui, daemon, admin):
    admin.pipeline([("key.create", {"name": f"key {n:02}"}) for n in range(40)])
    screen = tui(daemon.socket, env={"TERM": "xterm-256color"})
    screen.wait("key 39", "key 30", "row 1 of 40", "serving")
    return screen


def point(screen, line, button=LEFT):
    """Pressed and let go."""
    screen.bytes(f"\033[<{button};5;{line}M".encode())
    if button == LEFT:
        screen.bytes(f"\033[<{button};5;{line}m".encode())


def press(screen, text, button=LEFT):
    """What a terminal sends when a button is pressed upon a line of the screen: its first one with this text."""
    line = next(n for n, shown in enumerate(screen.lines(), 1) if text in shown)
    point(screen, line, button)


def use(screen):
    screen.keys("m")
    screen.wait("Click selects")


def test_click_selects_and_a_second_one_opens(screen):
    use(screen)
    press(screen, "key 35")
    screen.wait("row 5 of 40", "apikeyd  Keys")
    press(screen, "key 36")
    screen.wait("row 4 of 40")
    press(screen, "key 36")
    screen.wait("apikeyd  Key ", "it verifies", "key 36")
    screen.keys("q")
    screen.wait("row 4 of 40")
    press(screen, "key 36")  # the first one again, for a key was pressed between
    press(screen, "key 34")
    screen.wait("row 6 of 40", "apikeyd  Keys")


def test_a_click_beside_the_rows_does_nothing(screen):
    use(screen)
    for text in "apikeyd  Keys", "NAME", "? help":
        press(screen, text)
        press(screen, text)
    press(screen, "key 38")
    screen.wait("row 2 of 40", "apikeyd  Keys")


def test_wheel(screen):
    use(screen)
    press(screen, "key 39", DOWN)
    screen.wait("row 4 of 40")
    press(screen, "key 39", DOWN)
    screen.wait("row 7 of 40")
    press(screen, "key 39", UP)
    screen.wait("row 4 of 40")
    screen.keys("?")
    screen.wait("Look at the selected key")
    for _ in range(30):
        press(screen, "apikeyd", DOWN)
    screen.wait("Leave the form")


def test_views_and_help(screen):
    use(screen)
    screen.keys("4")
    screen.wait("apikeyd  Audit", "row 1 of 40")
    row = next(n for n, line in enumerate(screen.lines()) if "key.create" in line) + 3
    point(screen, row + 1)
    screen.wait("row 4 of 40")
    point(screen, row + 1)
    screen.wait("key 36", absent="key 35")
    screen.keys("q", "2", "?")
    screen.wait("Turn the order round")
    press(screen, "Turn the order round")
    press(screen, "Turn the order round")
    screen.wait("apikeyd  Keys", "by created ▲")


def test_a_question_is_not_answered_by_a_click(screen, admin):
    use(screen)
    screen.keys("R")
    screen.wait("Revoke key 39?")
    press(screen, "Revoke key 39?")
    press(screen, "y revoke it")
    press(screen, "key 38", DOWN)
    screen.keys("Escape")
    screen.wait("row 1 of 40", absent="Revoke key 39?")
    assert admin.call("key.list", status="revoked")["total"] == 0


def test_off_until_asked_for_and_at_the_end(tui_pty, daemon):
    console = tui_pty(daemon.socket)
    console.wait(b"serving", b"There is no key yet")
    assert ON not in console.bytes
    console.send(b"m")
    console.wait(ON, b"Click selects")
    console.send(b"m")
    console.wait(OFF, b"the terminal's again")
    console.send(b"m")
    console.read(lambda seen: seen.count(ON) == 2)
    console.send(b"qq")
    assert console.ended() == 0
    assert console.bytes.rfind(OFF) > console.bytes.rfind(ON)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT])
def test_off_however_it_ends(tui_pty, daemon, sanitized, number):
    if sanitized and number != signal.SIGTERM:
        pytest.skip("a sanitizer handles this signal itself")
    console = tui_pty(daemon.socket)
    console.wait(b"serving")
    console.send(b"m")
    console.wait(ON)
    console.process.send_signal(number)
    assert console.ended() == (0 if number == signal.SIGTERM else -number)
    assert console.bytes.rfind(OFF) > console.bytes.rfind(ON)


def test_a_terminal_without_one(tui_pty, daemon):
    console = tui_pty(daemon.socket, env={"TERM": "vt100"})
    console.wait(b"serving")
    console.send(b"m")
    console.wait(b"tells nothing of a mouse")
    assert ON not in console.bytes
