"""From whatever was found somewhere to the record of its key, and on to revoked."""

import threading

import pytest

from fake import key


@pytest.fixture
def leaked(admin):
    for n in range(3):
        admin.call("key.create", name=f"other {n}", owner="ada")
    return admin.call("key.create", name="leaked", owner="bob")


@pytest.mark.parametrize("digit", ["1", "4", "7"])
def test_paste_to_revoked_in_three_strokes(leaked, admin, screen, digit):
    screen.wait("row 1 of 4")
    screen.keys(digit, "P")
    screen.wait("Find a key:")
    screen.paste(leaked["key"])
    screen.wait(leaked["secrets"][0]["prefix"])
    screen.keys("Enter")
    screen.wait("apikeyd  Key ", "leaked", "bob")
    screen.keys("R")
    screen.wait("Revoke leaked?")
    screen.keys("y")
    screen.wait("leaked is revoked now.")
    assert admin.call("key.get", id=leaked["id"])["status"] == "revoked"


@pytest.mark.parametrize("line", [
    "Authorization: Bearer {key}", "curl -H 'X-Api-Key: {key}' https://x", '{{"key":"{key}"}}', "export KEY={key};\n",
    "{prefix}", "{id}", "{fragment}", "  {fragment}  ", "eake",
])  # fmt: skip
def test_whatever_was_found(leaked, screen, line):
    prefix = leaked["secrets"][0]["prefix"]
    screen.wait("row 1 of 4")
    screen.keys("P")
    screen.paste(line.format(key=leaked["key"], prefix=prefix, id=leaked["id"], fragment=prefix[8:14]))
    screen.keys("Enter")
    screen.wait("apikeyd  Key ", "leaked", "bob")


def test_a_secret_goes_nowhere(leaked, fake, tui):
    daemon = fake()
    screen = tui(daemon.socket)
    screen.wait("serving")
    screen.keys("P")
    screen.paste(f"key={leaked['key']}")
    screen.wait("Find a key:", leaked["secrets"][0]["prefix"])
    assert leaked["key"][-12:] not in screen.text()
    screen.keys("Enter")
    screen.wait("No key holds " + leaked["secrets"][0]["prefix"])
    assert leaked["key"][-12:] not in repr(daemon.asked)


def test_several(leaked, screen):
    screen.wait("row 1 of 4")
    screen.keys("5", "P")
    screen.type("other")
    screen.keys("Enter")
    screen.wait("apikeyd  Keys", "/other", "3 found", absent="leaked")


def test_none(leaked, screen):
    screen.wait("row 1 of 4")
    screen.keys("P")
    screen.type("nowhere to be seen")
    screen.keys("Enter")
    screen.wait("No key holds nowhere to be seen.")


@pytest.mark.parametrize("over", [[], ["F1"]], ids=["form", "help over it"])
def test_an_answer_that_comes_late_takes_nothing_away(fake, tui, over):
    asked, gate = threading.Event(), threading.Event()

    def late(params):
        asked.set()
        gate.wait(30)
        return key(1)

    daemon = fake(key_list={"keys": [key(1)], "next": None, "total": 1}, key_get=late)
    screen = tui(daemon.socket)
    screen.wait("name 1", "R revoke")
    screen.keys("P")
    screen.type("name")
    screen.keys("Enter")
    assert asked.wait(30)
    screen.keys("n")
    screen.type("half typed")
    screen.keys(*over)
    gate.set()
    screen.wait("The key is found: P leads to it.")
    screen.keys(*(["q"] if over else []))
    screen.wait("apikeyd  New key", "half typed")


def test_left(leaked, screen):
    screen.wait("row 1 of 4")
    for leave in "Escape", "BSpace":
        screen.keys("P")
        screen.wait("Find a key:")
        screen.keys(leave)
        screen.wait("row 1 of 4", absent="Find a key:")
