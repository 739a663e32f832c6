"""Many keys at once: marked, asked about, done, reported, undone; and what the filter of keys understands."""

import re
import socket
import threading

import pytest

from console import picture
from fake import key
from server import poll

ASKED = """\
Disable 2 keys?
Of the marked: 2 active. As they are stay: 1 revoked. Each is denied from the
next request on, until it is enabled again; z undoes it for 10 s.
Type "2" and Enter to disable, Esc for no:"""


@pytest.fixture
def five(admin):
    made = [admin.call("key.create", name=f"key {n}", owner="ada" if n < 3 else "bob") for n in range(1, 6)]
    admin.call("key.revoke", id=made[4]["id"])
    return made


def status(admin):
    return {k["name"]: k["status"] for k in admin.call("key.list")["keys"]}


def test_marked_keys_are_disabled_and_undone(five, admin, screen):
    screen.wait("key 1", "row 1 of 5")
    screen.keys("Space", "Space", "Space")
    screen.wait("3 marked", "* key 5", "* key 4", "* key 3", "row 4 of 5")
    screen.keys("d")
    assert ASKED in picture(screen.wait("Disable 2 keys?", "Esc for no:"))
    screen.keys("Enter", "y", "Enter")
    screen.wait("Disable 2 keys?")
    screen.keys("C-u", "2", "Enter")
    screen.wait("2 disabled. z undoes it.", "1 marked")
    assert status(admin) == {"key 1": "active", "key 2": "active", "key 3": "disabled", "key 4": "disabled", "key 5": "revoked"}
    screen.keys("z")
    screen.wait("2 enabled.")
    assert status(admin)["key 3"] == status(admin)["key 4"] == "active"
    screen.keys("z")
    screen.wait("There is nothing to undo")


def test_one_is_disabled_and_undone(five, admin, screen):
    screen.wait("key 1", "row 1 of 5")
    screen.keys("j", "d")
    screen.wait("key 4 is disabled now. z undoes it.")
    screen.keys("z")
    screen.wait("1 enabled.")
    assert status(admin)["key 4"] == "active"


def test_disabled_ones_are_enabled(five, admin, screen):
    for k in five[:2]:
        admin.call("key.disable", id=k["id"])
    screen.wait("row 1 of 5", re.compile("key 2 .* disabled .*key 1 .* disabled", re.DOTALL))
    screen.keys("G", "Space", "k", "Space", "d")
    screen.wait("Enable 2 keys?")
    screen.keys("2", "Enter")
    screen.wait("2 enabled.", absent="marked")


def test_all_that_the_filter_lets_through(five, admin, screen):
    screen.wait("key 1")
    screen.keys("/")
    screen.type("owner:ada")
    screen.keys("Enter")
    screen.wait("2 found", absent="key 3")
    screen.keys("*")
    screen.wait("2 are marked", "2 marked")
    screen.keys("R")
    screen.wait("Revoke 2 keys?", "This cannot be")
    screen.keys("2", "Enter")
    screen.wait("2 revoked.")
    assert [status(admin)[f"key {n}"] for n in (1, 2, 3)] == ["revoked", "revoked", "active"]


def test_escape_takes_marks_then_the_filter(five, screen):
    screen.wait("key 1")
    screen.keys("/")
    screen.type("bob")
    screen.keys("Enter")
    screen.wait("3 found")
    screen.keys("Space")
    screen.wait("1 marked")
    screen.keys("Escape")
    screen.wait("/bob", absent="marked")
    screen.keys("Escape")
    screen.wait("key 1", absent="/bob")


def test_none_to_which_it_could_be_done(five, screen):
    screen.wait("row 1 of 5")
    screen.keys("Space", "R")
    screen.wait("None of the 1 marked can be revoked.")


def test_delete_asks_for_the_name(five, admin, screen):
    screen.wait("row 1 of 5")
    screen.keys("D")
    screen.wait("Delete key 5?", 'Type "key 5"')
    screen.keys("y", "Enter")
    screen.wait("Delete key 5?")
    screen.keys("C-u")
    screen.paste("key 5\n")
    screen.keys("Enter")
    screen.wait("key 5 is deleted.", "row 1 of 4")
    assert "key 5" not in status(admin)


def test_many_are_deleted(five, admin, screen):
    screen.wait("row 1 of 5")
    screen.keys("*")
    screen.wait("5 are marked")
    screen.keys("D", "5", "Enter")
    screen.wait("There is no key yet", "5 deleted.")


@pytest.mark.parametrize(
    ("typed", "found"),
    [("status:a", "4"), ("status:revoked", "1"), ("owner:bob status:active", "2"), ("tenant:default key", "5"), ("status:", "5")],
)  # fmt: skip
def test_what_the_filter_understands(five, screen, typed, found):
    screen.wait("key 1")
    screen.keys("/")
    screen.type(typed)
    screen.keys("Enter")
    screen.wait(f"{found} found")


def test_failures_are_reported_and_stay_marked(fake, tui):
    rows = [key(n) for n in range(40)]

    def disable(params):
        n = int(params["id"][2:])
        return "conflict: it is in use" if n % 4 == 0 else rows[n] | {"status": "disabled"}

    daemon = fake(key_list={"keys": rows, "next": None, "total": 40}, key_disable=disable)
    screen = tui(daemon.socket)
    screen.wait("name 3")
    screen.keys("*")
    screen.wait("40 are marked")
    screen.keys("d", "4", "0", "Enter")
    screen.wait("30 disabled, 10 not: it is in use", "10 marked")
    assert sum(method == "key.disable" for method, _ in daemon.asked) == 40


def test_what_was_on_its_way_when_the_connection_went_is_not_known(fake, tui):
    rows = [key(n) for n in range(20)]

    def disable(params):
        n = int(params["id"][2:])
        if n == 5:
            daemon.clients.pop().shutdown(socket.SHUT_RDWR)
        return rows[n] | {"status": "disabled"} if n < 5 else None

    daemon = fake(key_list={"keys": rows, "next": None, "total": 20}, key_disable=disable)
    screen = tui(daemon.socket)
    screen.wait("name 3", "R revoke")
    screen.keys("*")
    screen.wait("20 are marked")
    screen.keys("d", "2", "0", "Enter")
    said = screen.wait(re.compile(r"\d+ disabled, \d+ not, of \d+ it is not known: "))
    done, left, unknown = map(int, re.search(r"(\d+) disabled, (\d+) not, of (\d+) it", said).groups())
    assert done + left + unknown == 20 and 1 <= unknown <= 8 and done <= 5
    screen.wait(f"{20 - done} marked")


def test_progress_is_seen_and_no_second_one_begins(fake, tui):
    rows = [key(n) for n in range(40)]
    daemon = fake(key_list={"keys": rows, "next": None, "total": 40}, key_disable=None)
    screen = tui(daemon.socket)
    screen.wait("name 3")
    screen.keys("*")
    screen.wait("40 are marked")
    screen.keys("d", "4", "0", "Enter")
    screen.wait("Disabling 0 of 40.")
    assert sum(method == "key.disable" for method, _ in daemon.asked) == 8
    screen.keys("d")
    screen.wait("Disabling is not at its end yet.")
    daemon.close()
    screen.wait("0 disabled, 32 not, of 8 it is not known: ", "40 marked")


def test_marks_over_pages(fake, tui):
    def listing(params):
        start = int(params.get("cursor") or 0)
        end = min(start + params["limit"], 2300)
        return {"keys": [key(n) for n in range(start, end)], "next": str(end) if end < 2300 else None, "total": 2300}

    screen = tui(fake(key_list=listing).socket)
    screen.wait("name 3")
    screen.keys("*")
    screen.wait("2300 are marked", "2300 marked")


@pytest.mark.parametrize("leaves", [["Escape"], ["s"], ["/", "x"]], ids=["marks", "order", "filter"])
def test_marking_ends_with_what_was_to_be_marked(fake, tui, leaves):
    asked, gate = threading.Event(), threading.Event()

    def listing(params):
        if params.get("cursor"):
            asked.set()
            gate.wait(30)
        return {"keys": [key(n) for n in range(100)], "next": "more" if params["limit"] == 1000 else None, "total": 100}

    daemon = fake(key_list=listing)
    screen = tui(daemon.socket)
    screen.wait("name 3", "row 1 of 100")
    screen.keys("*")
    assert asked.wait(30)
    screen.keys(*leaves)
    screen.wait("row 1 of 100" if leaves == ["Escape"] else "Not all are marked", absent="100 marked" if leaves == ["Escape"] else ())
    before = len(daemon.asked)
    gate.set()
    daemon.answers["key.list"] = {"keys": [key(1, name="another")], "next": None, "total": 1}
    daemon.event("key.updated")
    screen.wait("another", absent="100 are marked")
    assert not [params for method, params in daemon.asked[before:] if params.get("limit") == 1000]


def test_nothing_is_done_to_a_row_of_the_listing_before(fake, tui):
    page = {"keys": [key(1)], "next": None, "total": 1}
    daemon = fake(key_list=lambda params: None if "query" in params else page, key_get=key(1))
    screen = tui(daemon.socket)
    screen.wait("name 1", "R revoke")
    screen.keys("/")
    screen.type("other")
    for does in "d", "R", "D", "Space", "Enter":
        screen.keys("Enter", does)
        screen.wait("What this finds is on its way yet.", "apikeyd  Keys", absent=("Revoke", "Delete", "marked"))
        screen.keys("/")
        screen.wait("/other", absent="on its way yet")
    assert not [method for method, _ in daemon.asked if method in ("key.disable", "key.get")]


def test_an_undo_that_was_cut_off_can_be_tried_again(fake, tui):
    rows = [key(n) for n in range(2)]
    daemon = fake(key_list={"keys": rows, "next": None, "total": 2}, key_disable=lambda p: rows[int(p["id"][2:])] | {"status": "disabled"})

    def cut_off(params):
        for client in daemon.clients:
            client.shutdown(socket.SHUT_RDWR)
        daemon.clients.clear()

    daemon.answers["key.enable"] = cut_off
    screen = tui(daemon.socket)
    screen.wait("name 1", "R revoke")
    screen.keys("*")
    screen.wait("2 are marked")
    screen.keys("d", "2", "Enter")
    screen.wait("2 disabled. z undoes it.")
    screen.keys("z")
    screen.wait("0 enabled, 0 not, of 2 it is not known: ", "serving")
    daemon.answers["key.enable"] = lambda p: rows[int(p["id"][2:])]
    poll(lambda: sum(method == "hello" for method, _ in daemon.asked) == 2)
    screen.wait("serving", "q back", absent="connecting")
    screen.keys("z")
    screen.wait("2 enabled.")
    screen.keys("z")
    screen.wait("There is nothing to undo")


def test_a_reader_marks_nothing(five, tui, daemon):
    screen = tui(daemon.socket, "--read-only")
    screen.wait("row 1 of 5")
    screen.keys("Space", "*", "d", "D", "z", "j")
    screen.wait("row 2 of 5", absent=("marked", "disabled now", "Delete", "nothing to undo"))
