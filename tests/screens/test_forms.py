"""Changing a key, giving it a new secret, and asking why it would be denied."""

import re

import pytest

from fake import HELLO, key
from leaks import memory_holds
from server import poll

EDIT = """\
apikeyd  Edit                                                      serving  root
invoices, as it is. An empty field takes away what was there.

Name         invoices
Owner        ada
Scopes       invoices:read users:*
Addresses    192.0.2.0/24
Rate         100/1m 5000/1h
Quota        20000/month 500/day:units
Plan
Expires      2100-01-01 00:00
Email
Notes        of last year
             [ Save ]







             what the key is for, or who uses it

F1 help  Enter next  Ctrl-S do it  Esc cancel"""

WHY = """\
apikeyd  Explain                                                   serving  root
A verify would say: scope_missing
skip  malformed
pass  not_found
pass  revoked
pass  expired: now ####-##-## ##:## UTC, expires_at 2100-01-01 00:00 UTC
pass  disabled
pass  owner_disabled
pass  tenant_disabled
pass  ip_denied
fail  scope_missing: missing a:b
skip  units_exceeded
pass  rate_limited: window 60, of requests, limit 100, asked 1, remaining 100,
      reset ####-##-## ##:## UTC
pass  rate_limited: window 3,600, of requests, limit 5,000, asked 1, remaining
      5,000, reset ####-##-## ##:## UTC
pass  quota_exceeded: period month, of requests, limit 20,000, asked 1,
      remaining 20,000, reset ####-##-## ##:## UTC
pass  quota_exceeded: period day, of units, limit 500, asked 7, remaining 500,
      reset ####-##-## ##:## UTC



? help  Esc back"""


@pytest.fixture
def made(admin):
    return admin.call(
        "key.create", name="invoices", owner="ada", scopes=["invoices:read", "users:*"], ip_allow=["192.0.2.0/24"],
        rate=[{"window": 60, "limit": 100}, {"window": 3600, "limit": 5000}], expires_at=4102444800,
        quota=[{"period": "month", "of": "requests", "limit": 20000}, {"period": "day", "of": "units", "limit": 500}],
        notes="of last year",
    )  # fmt: skip


@pytest.fixture
def card(made, screen):
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    return screen


@pytest.fixture
def wide(made, tui, daemon):
    """The card with its secrets in sight, whatever the limits."""
    screen = tui(daemon.socket, size=(120, 40))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies", "Secrets")
    return screen


# -- edit


def test_edit_shows_what_the_key_has(card):
    card.keys("e")
    card.shows(EDIT)
    card.keys("Escape")
    card.wait("▸Key")


def test_edit_changes_what_differs(admin, made, card):
    card.keys("e")
    card.wait("as it is")
    card.type(" of 2027")
    card.keys("Tab", "Tab", "C-u", "Tab", "Tab", "C-u")
    card.type("7/1d")
    card.keys("Tab", "Tab", "Tab", "C-u")
    card.type("never")
    card.keys("Tab", "Tab", "C-u", "Tab", "Enter")
    card.wait("invoices of 2027 is changed.", "▸Key")
    now = admin.call("key.get", id=made["id"])
    assert (now["name"], now["owner"], now["scopes"], now["ip_allow"]) == ("invoices of 2027", "ada", [], ["192.0.2.0/24"])
    assert now["rate"] == [{"window": 86400, "limit": 7}] and now["quota"] == made["quota"]
    assert now.get("expires_at") is None and now.get("notes") is None
    entry = admin.call("audit.list", action="key.update")["entries"][0]
    assert not re.search("owner|quota|ip_allow", str(entry["detail"]))


def test_edit_of_nothing(card):
    card.keys("e")
    card.wait("as it is")
    card.keys("BTab", "Enter")
    card.wait("Nothing differs")


def test_edit_says_at_the_field_what_is_wrong(admin, made, card):
    card.keys("e")
    card.wait("as it is")
    card.keys("C-u", "BTab", "Enter")
    card.wait("a key needs a name")
    card.type("kept")
    card.keys("Tab", "Tab", "Tab", "Tab", "Tab", "Tab")
    card.type("no-such-plan")
    card.keys("BTab", "BTab", "BTab", "BTab", "BTab", "BTab", "BTab", "Enter")
    card.wait("no-such-plan", "kept", re.compile("no plan|Not changed"))
    assert admin.call("key.get", id=made["id"])["name"] == "invoices"


def test_edit_keeps_what_is_long(admin, screen):
    scopes = [f"{n:02}:{'s' * 60}" for n in range(64)]
    addresses = [f"2001:db8:1111:2222:3333:4444:{n:x}:ffff/128" for n in range(64)]
    made = admin.call("key.create", name="long", notes="n" * 4000, scopes=scopes, ip_allow=addresses)
    screen.wait("row 1 of 1")
    screen.keys("Enter")
    screen.wait("it verifies")
    screen.keys("e")
    screen.wait("as it is")
    screen.keys("Tab", "Tab")
    screen.type(" a")
    screen.keys("Home", "Delete", "Delete", "Delete")  # in place of the first one
    screen.type("99:")
    screen.wait("99:sss")
    screen.keys("End", "BSpace", "BSpace", "Tab", "Home")
    screen.type("192.0.2.1 ")
    screen.keys("C-a")
    for _ in range(10):
        screen.keys("Delete")
    screen.keys("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Home")
    screen.type("of ")
    screen.keys("C-s")
    screen.wait("long is changed.")
    now = admin.call("key.get", id=made["id"])
    assert now["notes"] == "of " + "n" * 4000
    assert now["scopes"] == ["99:" + scopes[0][3:], *scopes[1:]] and now["ip_allow"] == made["ip_allow"]


def test_edit_keeps_the_lines_of_notes(admin, screen):
    made = admin.call("key.create", name="many", notes="one\ntwo\n\nfour")
    screen.wait("row 1 of 1")
    screen.keys("Enter")
    screen.wait("it verifies")
    for typed, name, notes in ("ied", "manyied", "one\ntwo\n\nfour"), ("BTab", "manyied", "one\ntwo\n\nfour more"):
        screen.keys("e")
        screen.wait("as it is", r"one\x0atwo\x0a\x0afour")
        if typed == "BTab":
            screen.keys("BTab", "BTab")
            typed = " more"
        screen.type(typed)
        screen.keys("C-s")
        screen.wait("is changed.")
        now = admin.call("key.get", id=made["id"])
        assert (now["name"], now["notes"]) == (name, notes)


# -- a daemon that does not answer


@pytest.mark.parametrize(
    ("method", "view", "strokes", "before", "after"),
    [("key.create", "keys", ["n", "x", "C-s"], "Creating.", "apikeyd  Keys"),
     ("key.update", "keys", ["Enter", "e", "x", "C-s"], "as it is", "apikeyd  Key "),
     ("key.rotate", "keys", ["Enter", "o", "C-s", "y"], "A new secret for", "apikeyd  Key "),
     ("tenant.create", "tenants", ["n", "x", "C-s"], "A customer to whom", "apikeyd  Tenants"),
     ("tenant.get", "tenants", ["e"], "acme, as it is", "apikeyd  Tenants"),
     ("user.recovery_codes", "users", ["c", "Enter"], "codes of", "apikeyd  Users")],
)  # fmt: skip
def test_a_form_is_left_before_an_answer(fake, tui, method, view, strokes, before, after):
    daemon = fake(key_list={"keys": [key(1)], "next": None, "total": 1}, key_get=key(1),
                  tenant_list={"tenants": [{"name": "acme", "status": "active"}], "next": None},
                  user_list={"users": [{"username": "root", "role": "admin", "status": "active"}], "next": None})  # fmt: skip
    daemon.answers[method] = None
    screen = tui(daemon.socket, view=view)
    screen.wait("row 1 of 1", "serving")
    for stroke in strokes:
        screen.wait("it verifies" if stroke in "eo" and view == "keys" else "apikeyd")
        screen.keys(stroke)
    poll(lambda: method in [asked for asked, _ in daemon.asked])
    screen.wait(before)
    screen.type("z")  # nothing else is taken
    screen.keys("Escape")
    screen.wait(after, *([] if method == "tenant.get" else ["Left before an answer: not known whether it was done."]))


# -- rotate


def test_rotate_asks_and_shows_the_new_secret_once(admin, verifier, made, wide, sanitized):
    card = wide
    card.keys("o")
    card.wait("A new secret for invoices", "24h")
    card.keys("C-u")
    card.type("soon")
    card.keys("Tab", "Enter")
    card.wait("say 0, 30m, 12h or 7d")
    card.keys("C-u")
    card.type("2h")
    card.keys("Tab", "Enter")
    card.wait("Rotate invoices?", "verifies for another 2h", "n or Esc leave it", absent=("F1 help", "Enter next"))
    card.keys("Enter")
    assert len(admin.call("key.get", id=made["id"])["secrets"]) == 1
    card.keys("y")
    text = card.wait("invoices has a new secret", "It will not be shown again")
    new = re.search(r"^ak_\w{50,60}$", text, re.M)[0]
    ask = {"ip": "192.0.2.1"}
    assert verifier.call("verify", key=new, **ask)["valid"]
    assert verifier.call("verify", key=made["key"], **ask)["superseded"]
    pid = card.pid
    card.keys("u")
    card.wait("auth_request", "apikey_verify", "curl", absent=new)
    card.keys("q")
    card.wait(new)
    card.keys("Escape")
    card.wait("▸Key", "old: runs out in 1h", absent=new)
    for keys in ["?"], ["q"]:
        card.keys(*keys)
    card.wait("▸Key", absent=new[18:50])
    if not sanitized:
        assert not memory_holds(pid, new[18:50].encode())
        assert not memory_holds(pid, new[18:50].encode("utf-32-le"))


def test_grace_ends_now(admin, verifier, made, wide):
    card = wide
    card.keys("E")
    card.wait("No old secret of invoices verifies any more.")
    admin.call("key.rotate", id=made["id"], grace=7200)
    assert verifier.call("verify", key=made["key"], ip="192.0.2.1")["valid"]
    card.wait("old: runs out in 1h")
    card.keys("E")
    card.wait("End the grace time of invoices?", "They were used 1 times since")
    card.keys("Enter")
    assert verifier.call("verify", key=made["key"], ip="192.0.2.1")["valid"]
    card.keys("y")
    card.wait("Only the newest secret of invoices verifies now.")
    assert verifier.call("verify", key=made["key"], ip="192.0.2.1")["code"] == "expired"


# -- explain


def test_why(made, card):
    card.keys("w")
    card.wait("Nothing is counted")
    card.keys("Tab")
    card.type("192.0.2.7")
    card.keys("Tab")
    card.type("a:b")
    card.keys("Tab")
    card.type("7")
    card.keys("BTab", "BTab", "BTab", "Enter")
    card.wait("A verify would say")
    card.shows(WHY)
    card.keys("q")
    card.wait("Nothing is counted", "192.0.2.7")
    card.keys("Escape")
    card.wait("▸Key")


def test_why_counts_nothing(admin, made, card):
    card.keys("w", "Enter")
    card.wait("A verify would say: ip_denied")
    card.keys("q", "Enter")
    card.wait("A verify would say: ip_denied")
    assert admin.call("key.get", id=made["id"])["requests"] == 0


def test_why_says_what_is_wrong_with_the_question(card):
    card.keys("w", "Tab")
    card.type("nonsense")
    card.keys("BTab", "Enter")
    card.wait("ip", "nonsense", re.compile("invalid|address"))


def test_readers_may_ask_why_and_nothing_else(fake, tui):
    daemon = fake(hello=HELLO | {"role": "viewer"}, key_list={"keys": [key(1)], "next": None, "total": 1}, key_get=key(1))
    screen = tui(daemon.socket)
    screen.wait("name 1")
    screen.keys("Enter")
    screen.wait("it verifies", "w why", absent=("e edit", "o rotate"))
    screen.keys("e", "o", "E")
    screen.wait("▸Key")
    screen.keys("w", "Enter")
    screen.wait("A verify would say")
    assert not [m for m, _ in daemon.asked if m in ("key.update", "key.rotate")]


def test_a_form_at_40x10(made, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    screen.keys("e")
    screen.wait("invoices:read users:*")
    screen.keys("BTab")
    screen.wait("[ Save ]", "Notes", "of last year")
