"""The card of a key, and the making of one."""

import re
import time
from collections import Counter
from itertools import chain, repeat

import pytest

from console import Screen, picture
from leaks import memory_holds
from fake import key
from server import poll

CARD = """\
apikeyd  Key                                                       serving  root
invoices

▸Key                                     Limits
Status    active: it verifies            in 60s    ░░░░░░░░░░░░░ 100 of 100 left
Key       ak_live_########_…####         a month   ░░░░░░░░░ 5,000 of 5,000 left
Created   ####-##-## ##:## UTC by root
Expires   2100-01-01 00:00 UTC, in       Usage
          #####d                         [1 h]  24 h   30 d
Last used never                          allowed 0  denied 0  units 0
Used      0 requests, 0 units            allowed
Owner     ada                                  0
Tenant    default
Scopes    invoices:read users:*
Addresses 192.0.2.0/24 2001:db8::/32     denied
Env       live
Id        k_##########                   Secrets
Email     ada@example.org                ak_live_########  in use
Notes     first line                       last used never
          second line                      made ####-##-## ##:## UTC
Metadata  team = billing
          level = 3

? help  d disable  R revoke  e edit  o rotate  w why  Tab pane  t time  Esc back"""

CARD_SMALL = """\
apikeyd  Key               serving  root
invoices
▸Key  Limits  Usage  Secrets  Denied  A…
Status    active: it verifies
Key       ak_live_########_…####
Created   ####-##-## ##:## UTC by root
Expires   2100-01-01 00:00 UTC, in
          #####d               13 more ▼

? help  d disable  R revoke  Esc back"""

USED_SMALL = """\
apikeyd  Key               serving  root
invoices
▸Usage  Secrets  Denied  Alerts  Audit
 1 h   24 h  [30 d]
allowed 5  denied 2  units 35
allowed                              #
      5                              #
denied                               #

? help  d disable  R revoke  Esc back"""

FORM = """\
apikeyd  New key                                                   serving  root
Only the name is needed.

Name
Owner        root
Scopes
Addresses
Rate
Quota
Plan
Expires      never
Email
Notes
Environment
             [ Create ]






             what the key is for, or who uses it

F1 help  Enter next  Ctrl-S do it  Esc cancel"""


@pytest.fixture
def rich(admin):
    """A key with every field."""
    return admin.call(
        "key.create", name="invoices", owner="ada", scopes=["invoices:read", "users:*"], email="ada@example.org",
        ip_allow=["192.0.2.0/24", "2001:db8::/32"], expires_at=4102444800, notes="first line\nsecond line",
        meta={"team": "billing", "level": 3}, rate=[{"window": 60, "limit": 100}],
        quota=[{"period": "month", "of": "requests", "limit": 5000}],
    )  # fmt: skip


def card(screen):
    return re.sub(r"\b\d{5}d", "#####d", picture(screen.text()))


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
    screen.wait("level = 3", "invoices", absent="more")
    screen.keys("Home")
    screen.wait("it verifies")


def test_wide_card_has_three_columns(rich, tui, daemon):
    screen = tui(daemon.socket, size=(200, 60))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait(re.compile("^▸Key  .*Limits  .*Usage", re.M), "Alerts", "Audit", "key.create by root")


def test_tab_goes_through_the_panes(rich, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("invoices")
    screen.keys("Enter")
    for pane, line in [("Key", "it verifies"), ("Limits", "of 100 left"), ("Usage", "[1 h]"), ("Secrets", "in use"),
                       ("Denied", "none in 1 h"), ("Alerts", "none"), ("Audit", "key.create by root"), ("Key", "it verifies")]:  # fmt: skip
        screen.wait(re.compile(f"^▸{pane}", re.M), line)
        screen.keys("Tab")
    screen.wait("▸Limits")
    screen.keys("BTab")
    screen.wait("▸Key")


def test_limits_are_gauges(rich, admin, verifier, screen):
    # so long a window that it does not turn meanwhile, which would give some of it back
    admin.call("key.update", id=rich["id"], rate=[{"window": 86400, "limit": 100}])
    verifier.pipeline([("verify", {"key": rich["key"], "ip": "192.0.2.9"})] * 50)
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("███████░░░░░░░ 50 of 100 left", "full again in", "4,950 of 5,000 left", "ends in")


@pytest.fixture
def used(rich, verifier):
    """Five allowed verifies of 7 units each, and two that were denied."""
    ask = {"key": rich["key"], "ip": "192.0.2.9"}
    verifier.pipeline([("verify", ask | {"units": 7})] * 5 + [("verify", ask | {"scopes": ["none"]})] * 2)
    return rich


def test_usage_small(used, tui, daemon):
    screen = tui(daemon.socket, "--symbols=ascii", size=(40, 10))
    screen.wait("invoices")
    screen.keys("Enter", "t", "t", "Tab", "Tab")
    screen.shows(USED_SMALL)


def test_the_cursor_reads_usage(used, screen):
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("[1 h]", "allowed 5  denied 2  units 35", "█")
    screen.keys("t", "t")
    screen.wait("[30 d]", "allowed 5  denied 2")
    today = time.strftime("%m-%d", time.gmtime())
    screen.keys("l")
    screen.wait(f"{today}  allowed 5  denied 2")
    screen.keys("l")
    screen.keys("h")
    screen.wait(re.compile(r" \d\d-\d\d  allowed 0  denied 0  units 0$", re.M), absent=today + "  allowed")
    screen.keys("l")
    screen.wait(f"{today}  allowed 5  denied 2")


def test_denials_by_reason(used, admin, verifier, tui, daemon):
    verifier.call("verify", key=used["key"], ip="198.51.100.1")
    screen = tui(daemon.socket, size=(120, 40))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait(re.compile("2 +scope_missing, last (.* ago|now)"), re.compile("1 +ip_denied, last "))
    screen.keys("t")
    screen.wait(re.compile(r"2 +scope_missing, last at \d\d h$", re.M))
    screen.keys("t")
    screen.wait(re.compile(r"2 +scope_missing, last on \d\d-\d\d$", re.M))


def test_alerts_and_audit_of_a_key(admin, rich, verifier, tui, daemon):
    admin.call("key.update", id=rich["id"], quota=[{"period": "day", "of": "requests", "limit": 1}])
    verifier.pipeline([("verify", {"key": rich["key"], "ip": "192.0.2.9"})] * 2)
    screen = tui(daemon.socket, size=(120, 40))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("key.update by root", "limit_reached", "0 of 1 left")


def test_who_still_uses_the_old_secret(admin, rich, verifier, tui, daemon):
    admin.call("key.rotate", id=rich["id"], grace=7200)
    screen = tui(daemon.socket, size=(120, 40))
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("old: runs out in 1h", "0 requests since it was replaced", "E ends it now")
    verifier.call("verify", key=rich["key"], ip="192.0.2.77")
    screen.wait("1 request since it was replaced", "last used now from 192.0.2.77")


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


def digested(before, after):
    """How often each method was asked between two moments of a fake daemon."""
    return Counter(method for method, _ in after[len(before):])


def test_an_idle_card_asks_for_nothing(fake, tui):
    """Neither time nor the use of other keys makes it ask, but for the daemon's state; its own key's use does, at once."""
    checks = [{"code": "rate_limited", "window": 60, "limit": 9, "remaining": 9, "reset": 0}]
    daemon = fake(key_list={"keys": [key(1)], "next": None, "total": 1}, key_get=key(1), key_explain={"checks": checks})
    screen = tui(daemon.socket)
    screen.wait("name 1")
    screen.keys("Enter")
    screen.wait("9 of 9 left", "none in 1 h")
    asked = lambda method: sum(name == method for name, _ in daemon.asked)
    daemon.digest(7, top=[("other", 7)])  # the first is a use, whose refresh is done with
    states = asked("stats.get")
    poll(lambda: asked("stats.get") >= states + 2)
    before = list(daemon.asked)
    daemon.digest(0, not_found=3)
    poll(lambda: asked("stats.get") >= states + 9)
    assert not {"key.explain", "usage.query", "alert.list", "audit.list"} & set(digested(before, daemon.asked))
    before = list(daemon.asked)
    daemon.digest(2, top=[("other", 1), ("name 1", 1)])
    poll(lambda: digested(before, daemon.asked)["usage.query"] == 2 and digested(before, daemon.asked)["key.explain"])


def test_a_gauge_fills_up_without_an_event(fake, tui):
    left = chain([0, 4], repeat(9))
    explain = lambda _: {"checks": [{"code": "rate_limited", "window": 60, "limit": 9, "remaining": next(left), "reset": 0}]}
    daemon = fake(key_list={"keys": [key(1)], "next": None, "total": 1}, key_get=key(1), key_explain=explain)
    screen = tui(daemon.socket)
    screen.wait("name 1")
    screen.keys("Enter")
    screen.wait("4 of 9 left")
    screen.wait("9 of 9 left")


def test_changes_from_the_card(rich, admin, verifier, screen):
    ask = {"key": rich["key"], "ip": "192.0.2.9"}
    screen.wait("invoices")
    screen.keys("Enter")
    screen.wait("it verifies")
    screen.keys("d")
    screen.wait("disabled: denied for now")
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


def test_a_key_whose_owner_or_tenant_is_disabled_does_not_verify(admin, screen):
    admin.call("tenant.create", name="acme")
    admin.call("user.create", username="ada", role="operator", tenant="acme")
    admin.call("key.create", name="alone", tenant="acme", owner="ada")
    screen.wait("alone")
    screen.keys("Enter")
    screen.wait("it verifies")
    for noun, who in ("tenant", {"name": "acme"}), ("user", {"username": "ada"}):
        admin.call(f"{noun}.disable", **who)
        screen.wait(f"{'owner' if noun == 'user' else noun} disabled: denied", absent="it verifies")
        admin.call(f"{noun}.enable", **who)
        screen.wait("it verifies", absent="disabled: denied")


# -- create


def test_form(screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.shows(FORM)
    screen.shows((3, 13), Screen.cursor)


FIELDS = ("name", "owner", "scopes", "addresses", "rate", "quota", "plan", "expires", "email", "notes", "env")


def fill(screen, **fields):
    """Types into the form's fields, which start with the name."""
    for field in FIELDS:
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


def test_ctrl_s_submits_from_any_field(admin, screen):
    screen.wait("There is no key yet")
    screen.keys("n")
    screen.wait("Only the name")
    screen.keys("Tab", "C-s")
    screen.wait("a key needs a name")
    screen.type("late")
    screen.keys("Tab", "Tab", "C-s")
    screen.wait("late is created")


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
        ("rate", "100", "a rate is like"),
        ("rate", "1/0s", "a rate is like"),
        ("rate", "1/32d", "a rate is like"),
        ("rate", "1/1s 1/2s 1/3s 1/4s 1/5s", "at most 4"),
        ("quota", "5/week", "a quota is like"),
        ("quota", "2147483649/day", "a quota is like"),
        ("email", "nobody", "has an @"),
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
    screen.keys("Tab", "Enter")
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
