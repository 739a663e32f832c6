"""The card of a key, and the making of one."""

import re
import time

import pytest

from console import Screen, memory_holds, picture

CARD = """\
apikeyd  Key                                                       serving  root
invoices

Status      active: it verifies
Key         ak_live_########_…####
Id          k_##########
Owner       ada
Tenant      default
Environment live
Created     ####-##-## ##:## UTC by root
Expires     2100-01-01 00:00 UTC, in …
Last used   never
Used        0 requests, 0 units
Scopes      invoices:read users:*
Addresses   192.0.2.0/24 2001:db8::/32
Email       ada@example.org
Notes       first line
            second line
Metadata    team = billing
            level = 3
Secret      ak_live_########
            made ####-##-## ##:## UTC                                   1 more ▼

? help  d disable  R revoke  Esc back"""

CARD_SMALL = """\
apikeyd  Key               serving  root
invoices
Status      active: it verifies
Key         ak_live_########_…####
Id          k_##########
Owner       ada
Tenant      default
Environment live               15 more ▼

? help  d disable  R revoke  Esc back"""

FORM = """\
apikeyd  New key                                                   serving  root
Only the name is needed.

Name
             what the key is for, or who uses it
Owner        root

Environment

Scopes

Addresses

Expires      never

Notes

             [ Create ]





F1 help  Enter next, or create  Esc cancel"""


@pytest.fixture
def rich(admin):
    """A key with every field."""
    return admin.call(
        "key.create", name="invoices", owner="ada", scopes=["invoices:read", "users:*"], email="ada@example.org",
        ip_allow=["192.0.2.0/24", "2001:db8::/32"], expires_at=4102444800, notes="first line\nsecond line",
        meta={"team": "billing", "level": 3},
    )  # fmt: skip


def card(screen):
    return re.sub(r"in \d+d", "in …", picture(screen.text()))


@pytest.mark.parametrize(("size", "expected"), [((80, 24), CARD), ((40, 10), CARD_SMALL)])
def test_card(rich, tui, daemon, size, expected):
    screen = tui(daemon.socket, size=size)
    screen.wait("invoices", "serving")
    screen.keys("Enter")
    screen.shows(expected, card)


def test_card_scrolls(rich, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    screen.keys("End")
    screen.wait("last used never", "invoices", absent="more")
    screen.keys("Home")
    screen.wait("it verifies")


def test_wide_card_has_two_columns(rich, tui, daemon):
    screen = tui(daemon.socket, size=(200, 60))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait(re.compile(r"^Status .*it verifies .*Secret", re.M))


def test_card_is_live(rich, admin, verifier, screen):
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    admin.call("key.update", id=rich["id"], name="renamed", notes=None)
    screen.wait("renamed", absent="second line")
    assert verifier.call("verify", key=rich["key"], ip="192.0.2.9")["valid"]
    screen.wait("1 requests", "from 192.0.2.9")
    admin.call("key.delete", id=rich["id"])
    screen.wait("no key", absent="renamed")


def test_changes_from_the_card(rich, admin, verifier, screen):
    ask = {"key": rich["key"], "ip": "192.0.2.9"}
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    screen.keys("d")
    screen.wait("denied until it is enabled again")
    assert verifier.call("verify", **ask)["code"] == "disabled"
    screen.keys("d")
    screen.wait("it verifies")
    screen.keys("R")
    screen.wait("Revoke invoices?")
    screen.keys("Enter")
    assert verifier.call("verify", **ask)["code"] == "ok"
    screen.keys("y")
    screen.wait("denied for good", absent="Revoke invoices?")
    assert verifier.call("verify", **ask)["code"] == "revoked"


# -- create


def test_form(screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.shows(FORM)
    screen.shows((3, 13), Screen.cursor)


def fill(screen, **fields):
    """Types into the form's fields, which start with the name."""
    for field in "name", "owner", "env", "scopes", "addresses", "expires", "notes":
        if field in fields:
            screen.keys("C-u")
            screen.type(fields[field])
        screen.keys("Tab")
    screen.keys("Enter")


WHOLE_KEY = re.compile(r"^ak_\w{52}$", re.M)


def test_create_shows_the_key_once(admin, verifier, sanitized, screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    fill(screen, name="my service", owner="ada", env="test", scopes="a:read, b:*", addresses="192.0.2.1 ::1/128",
         expires="90d", notes="hello")  # fmt: skip
    key = WHOLE_KEY.search(screen.wait("my service is created", "It will not be shown again", WHOLE_KEY))[0]
    assert key.startswith("ak_test_")
    screen.keys("Enter", "j", "n", ":")  # none of which closes it
    screen.wait("It will not be shown again", key)
    verdict = verifier.call("verify", key=key, ip="192.0.2.1", scopes=["a:read", "b:c"])
    assert verdict["valid"] and verdict["name"] == "my service" and verdict["owner"] == "ada"
    pid = screen.pid
    assert sanitized or memory_holds(pid, key.encode())
    screen.keys("Escape")
    screen.wait("NAME", "my service", absent=key)
    made = admin.call("key.get", id=verdict["key_id"])
    assert made["notes"] == "hello" and sorted(made["ip_allow"])[0].startswith("192.0.2.1")
    assert 89 * 86400 < made["expires_at"] - time.time() <= 90 * 86400
    for keys in ["Enter"], ["q"], ["?"], ["q"]:
        screen.keys(*keys)
    screen.wait("NAME", absent=key[18:50])
    if not sanitized:
        assert not memory_holds(pid, key[18:50].encode())
        assert not memory_holds(pid, key[18:50].encode("utf-32-le"))


def test_create_with_a_name_only(admin, screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    screen.type("quick")
    screen.keys("BTab", "Enter")
    screen.wait("quick is created")
    made = admin.call("key.list")["keys"][0]
    assert (made["name"], made["owner"], made["scopes"], made.get("expires_at")) == ("quick", "root", [], None)


def test_a_new_key_is_whole_in_40_columns(tui, daemon, verifier):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Name")
    fill(screen, name="narrow")
    in_two_rows = re.compile(r"^(ak_\w{37})\n(\w{15})$", re.M)
    rows = in_two_rows.search(screen.wait("narrow is created", "y copy", in_two_rows))
    assert verifier.call("verify", key="".join(rows.groups()))["valid"]


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("name", "", "a key needs a name"),
        ("name", " leading", "space"),
        ("owner", "Ada", "a-z"),
        ("scopes", "a, B", "a scope is made of"),
        ("scopes", "a b a", "twice"),
        ("addresses", "10.0.0.1/8", "bits"),
        ("addresses", "10.0.0.1/33", "an address is like"),
        ("addresses", "010.0.0.1", "an address is like"),
        ("expires", "soon", "say never"),
        ("expires", "2020-01-01", "past"),
        ("expires", "2030-02-30", "say never"),
    ],
)
def test_fields_are_checked_where_they_are(admin, screen, field, text, reason):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    fill(screen, **{"name": "fine", field: text})
    screen.wait(reason)
    assert admin.call("key.list")["total"] == 0


def test_what_the_daemon_refuses_is_said_at_the_field(admin, screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    fill(screen, name="fine", env="nowhere")
    screen.wait("env", "nowhere")
    assert admin.call("key.list")["total"] == 0
    screen.keys("C-u")
    screen.type("test")
    screen.keys("BTab", "BTab", "BTab", "Enter")
    screen.wait("fine is created")


def test_a_paste_into_a_field(screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    screen.paste("two\nlines")
    screen.wait("two lines")


def test_osc_52(tui_pty, daemon):
    console = tui_pty(daemon.socket, env={"TMUX": "/tmp/nowhere,1,0"})
    console.wait(b"There is no key yet")
    console.send(b"n")
    console.wait(b"Only the name")
    console.send(b"x\033[Z\r")
    console.wait(b"not be shown again")
    assert b"]52;" not in console.bytes
    console.send(b"y")
    console.wait(b"\033Ptmux;\033\033]52;c;", b"\a\033\\", b"Sent to the terminal")
