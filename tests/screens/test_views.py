"""The views of rows: plans, the audit log, events, alerts; and what they have in common."""

import re

import pytest

from console import picture
from fake import HELLO, STATS
from rpc import RpcError

SIZES = [(80, 24), (40, 10)]


def body(screen):
    """What is between the title and the footer, without what differs from run to run: times, numbers of the day."""
    text = picture(screen.text())
    text = re.sub(r"\d\d:\d\d:\d\d", "##:##:##", text)
    text = re.sub(r"20\d\d-\d\d-\d\d", "####-##-##", text)
    text = re.sub(r"^(now    |\dm ago ) ", "...      ", text, flags=re.MULTILINE)
    return "\n".join(line for line in text.split("\n")[1:] if line and not line.startswith("? help"))


@pytest.fixture
def busy(admin):
    """Some history: a plan, two keys, one disabled, one failed attempt."""
    admin.call("plan.create", name="gold", rate=[{"window": 60, "limit": 100}],
               quota=[{"period": "month", "of": "requests", "limit": 20000}])  # fmt: skip
    made = [admin.call("key.create", name="web shop", plan="gold"), admin.call("key.create", name="mobile")]
    admin.call("key.disable", id=made[0]["id"])
    with pytest.raises(RpcError):
        admin.call("key.disable", id="k_nowhere000")
    return made


def to(screen, digit, title):
    screen.wait("serving")
    screen.keys(digit)
    screen.wait(f"apikeyd  {title}")


PLANS = {(80, 24): """\
row 1 of 1
PLAN           RATE           QUOTA             UNITS/REQ       KEYS  CREATED
gold           100/1m         20000/month               -          1  ####-##-##""", (40, 10): """\
row 1 of 1
PLAN           RATE                 KEYS
gold           100/1m                  1"""}  # fmt: skip

AUDIT = {(80, 24): """\
row 1 of 5
WHEN     ACTOR       ACTION          OBJECT         OUTCOME    DETAIL
...       root        key.disable     k_##########   not_found
...       root        key.disable     k_##########   ok         web shop
...       root        key.create      k_##########   ok         mobile
...       root        key.create      k_##########   ok         web shop
...       root        plan.create     gold           ok""", (40, 10): """\
row 1 of 5
WHEN     ACTOR    ACTION       OUTCOME
...       root     key.disable  not_found
...       root     key.disable  ok
...       root     key.create   ok
...       root     key.create   ok
...       root     plan.create  ok"""}  # fmt: skip

EVENTS = {(80, 24): """\
row 1 of 9  live
TIME      EVENT                 WHAT                          ACTOR     TENANT
##:##:##  audit.entry           key.disable                   root
##:##:##  audit.entry           key.disable                   root      default
##:##:##  key.disabled          web shop                      root      default
##:##:##  audit.entry           key.create                    root      default
##:##:##  key.created           mobile                        root      default
##:##:##  audit.entry           key.create                    root      default
##:##:##  key.created           web shop                      root      default
##:##:##  audit.entry           plan.create                   root
##:##:##  server.started        0.1.0""", (40, 10): """\
row 1 of 9  live
TIME      EVENT           WHAT
##:##:##  audit.entry     key.disable
##:##:##  audit.entry     key.disable
##:##:##  key.disabled    web shop
##:##:##  audit.entry     key.create
##:##:##  key.created     mobile"""}  # fmt: skip

ALERTS = {(80, 24): """\
row 1 of 2
WHEN      ALERT           DETAIL                                        TENANT
...       key_woke        reports: used after 91 days                   default
...       unknown_keys    100 unknown keys within a minute from 192.0…""", (40, 10): """\
row 1 of 2
WHEN      ALERT           DETAIL
...       key_woke        reports: used…
...       unknown_keys    100 unknown k…"""}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("digit", "title", "rows", "expected"),
    [("3", "Plans", "row 1 of 1", PLANS), ("4", "Audit", "row 1 of 5", AUDIT), ("5", "Events", "row 1 of 9", EVENTS)],
)
def test_pictures(busy, daemon, tui, size, digit, title, rows, expected):
    screen = tui(daemon.socket, size=size)
    to(screen, digit, title)
    screen.wait(f"apikeyd  {title}", rows)
    screen.shows(expected[size], body)


@pytest.mark.parametrize("size", SIZES)
def test_alerts(fake, tui, size):
    alerts = [{"at": 0, "kind": "key_woke", "object": "k_abcdefghij", "tenant": "default",
               "detail": "reports: used after 91 days"},
              {"at": 0, "kind": "unknown_keys", "object": "192.0.2.0/24", "tenant": None,
               "detail": "100 unknown keys within a minute from 192.0.2.0/24"}]  # fmt: skip
    screen = tui(fake(alert_list={"alerts": alerts, "next": None}).socket, size=size)
    to(screen, "6", "Alerts")
    screen.shows(ALERTS[size], lambda screen: re.sub(r"\d{5}d (ago|…)", "...     ", body(screen)))


@pytest.mark.parametrize(("digit", "teaches"), [("3", "There is no plan"), ("6", "Nothing to worry about")])
def test_empty_views_teach(screen, digit, teaches):
    screen.wait("serving")
    screen.keys(digit)
    screen.wait(teaches)


def test_a_row_is_opened_and_left(busy, screen):
    to(screen, "4", "Audit")
    screen.wait("row 1 of 5")
    screen.keys("j", "Enter")
    screen.wait("Action", "key.disable", "Detail", "web shop", absent="OUTCOME")
    screen.keys("q")
    screen.wait("row 2 of 5", "OUTCOME")


def test_the_filter_holds_words_and_asks_the_daemon(busy, screen):
    to(screen, "4", "Audit")
    screen.keys("/")
    screen.type("create web")
    screen.wait("/create web", "key.create", "web shop", absent=("plan.create", "mobile"))
    screen.keys("Enter")
    screen.wait("row 1 of 1")
    screen.keys("Escape", "/")
    screen.type("action:key.disable")
    screen.keys("Enter")
    screen.wait("row 1 of 2", absent="key.create")
    screen.keys("Escape")
    screen.wait("row 1 of 5")


def test_words_are_not_looked_for_in_a_proof(fake, tui):
    rows = [{"at": 0, "actor": who, "action": "act", "object": "", "outcome": "ok", "mac": mac}
            for who, mac in (("ada", "0" * 64), ("bob", "ada" * 21))]  # fmt: skip
    screen = tui(fake(audit_list={"entries": rows, "next": None}).socket)
    to(screen, "4", "Audit")
    screen.wait("row 1 of 2")
    screen.keys("/")
    screen.type("ada")
    screen.keys("Enter")
    screen.wait("row 1 of 1", "ada", absent="bob")


def test_a_filter_that_nothing_holds(busy, screen):
    to(screen, "4", "Audit")
    screen.keys("/")
    screen.type("actor:nobody")
    screen.wait("None of the entries holds this")


def test_a_secret_is_not_looked_for(admin, fake, tui):
    key = admin.call("key.create", name="x")["key"]
    daemon = fake(audit_list={"entries": [], "next": None})
    screen = tui(daemon.socket)
    to(screen, "4", "Audit")
    screen.keys("/")
    screen.paste(f"object:{key}"[7:])
    screen.wait("/" + key[:16])
    assert key[-10:] not in screen.text()
    assert key not in repr(daemon.asked)


def test_new_entries_leave_the_cursor_on_its_row(busy, admin, screen):
    to(screen, "4", "Audit")
    screen.wait("row 1 of 5")
    screen.keys("G")
    screen.wait("row 5 of 5")
    admin.call("key.create", name="late")
    screen.wait("row 6 of 6")
    screen.keys("g")
    screen.wait("row 1 of 6")
    admin.call("key.create", name="later")
    screen.wait("row 1 of 7", "later")


def test_pages_are_fetched_as_they_are_looked_at(fake, tui):
    def entries(params):
        start = int(params.get("cursor") or 0)
        rows = [{"at": 0, "actor": "ada", "action": f"act.{n}", "object": "", "outcome": "ok"}
                for n in range(start, min(start + params["limit"], 2500))]  # fmt: skip
        end = start + params["limit"]
        return {"entries": rows, "next": str(end) if end < 2500 else None}

    daemon = fake(audit_list=entries)
    screen = tui(daemon.socket)
    to(screen, "4", "Audit")
    screen.wait("row 1 of 100+")
    screen.keys("G")
    screen.wait("row 100 of 1,100+")
    screen.keys("G")
    screen.wait("row 1,100 of 2,100+")
    screen.keys("G")
    screen.wait("row 2,100 of 2,500", absent="2,500+")
    screen.keys("/")
    screen.type("act.2499")
    screen.keys("Enter")
    screen.wait("row 1 of 1", absent="of 1+")


def test_a_search_ends_somewhere(fake, tui):
    rows = [{"at": 0, "actor": "ada", "action": "act", "object": "", "outcome": "ok"}] * 1000
    screen = tui(fake(audit_list=lambda p: {"entries": rows[: p["limit"]], "next": "on"}).socket)
    to(screen, "4", "Audit")
    screen.keys("/")
    screen.type("nothing")
    screen.keys("Enter")
    screen.wait("None of the entries holds this", "older ones were not looked at")


def test_the_chain_is_checked(busy, screen):
    to(screen, "4", "Audit")
    screen.keys("v")
    screen.wait("chain whole: 5 entries")


@pytest.mark.parametrize(
    ("answer", "said"),
    [({"ok": False, "broken_at": 1234, "reason": "it was changed"}, "CHAIN BROKEN at entry 1,234: it was changed"),
     ("unavailable: sealed", "not checked: sealed"), (None, "checking the chain")],
)  # fmt: skip
def test_what_the_check_says(fake, tui, answer, said):
    screen = tui(fake(audit_list={"entries": [], "next": None}, audit_verify=answer).socket)
    to(screen, "4", "Audit")
    screen.keys("v")
    screen.wait(said)


def test_progress_of_the_check_is_seen(fake, tui):
    daemon = fake(audit_verify=None)
    screen = tui(daemon.socket)
    to(screen, "4", "Audit")
    screen.keys("v")
    screen.wait("checking the chain", absent="%")
    daemon.notify("progress", msgid=7, done=250, total=1000)
    screen.wait(re.compile("checking the chain .*25 %"))
    daemon.notify("progress", msgid=7, done=1000, total=1000)
    screen.wait("100 %")


def test_a_row_leads_to_its_key(busy, screen):
    to(screen, "4", "Audit")
    screen.wait("row 1 of 5")
    screen.keys("j", "o")
    screen.wait("apikeyd  Key ", "web shop", "disabled")
    screen.keys("Escape")
    screen.wait("row 2 of 5")


def test_events_come_live_and_pause(busy, admin, screen):
    to(screen, "5", "Events")
    screen.wait("live", "key.disabled")
    admin.call("key.create", name="third")
    screen.wait("third", "row 1 of 11")
    screen.keys("p")
    screen.wait("PAUSED, 0 new")
    admin.call("key.create", name="fourth")
    screen.wait("PAUSED, 2 new", absent="fourth")
    screen.keys("p")
    screen.wait("live", "fourth", "row 1 of 13")


def test_events_are_filtered_and_opened(busy, screen):
    to(screen, "5", "Events")
    screen.keys("/")
    screen.type("web disabled")
    screen.wait("key.disabled", absent="key.created")
    screen.keys("Enter", "Enter")
    screen.wait("Type", "Record", " name", "web shop")


def test_events_missed_while_away_come_after(busy, daemon, admin, screen):
    to(screen, "5", "Events")
    screen.wait("row 1 of 9")
    daemon.kill9()
    screen.wait("Not connected")
    daemon.start()
    screen.wait("serving", re.compile("server.started.*server.started", re.DOTALL))


def test_views_of_others_are_not_for_a_viewer(fake, tui):
    screen = tui(fake(hello=HELLO | {"role": "viewer"}).socket)
    screen.wait("serving")
    screen.keys("3")
    screen.wait("Not for your role: plans")
    screen.keys(":")
    screen.type("plans")
    screen.keys("Enter")
    screen.wait("There is no view plans")
    screen.keys("4")
    screen.wait("apikeyd  Audit")


@pytest.mark.parametrize(("digit", "method", "rows"), [("4", "audit_list", "entries"), ("6", "alert_list", "alerts")])
def test_hostile_text(fake, tui, digit, method, rows):
    nasty = "\x1b[2J\u202e\u200bevil\x07"
    row = dict.fromkeys(("actor", "action", "object", "tenant", "outcome", "detail", "kind"), nasty) | {"at": -1}
    screen = tui(fake(**{method: {rows: [row, 7, None, {}], "next": 5}}).socket)
    screen.wait("serving")
    screen.keys(digit)
    screen.wait(r"\x1b[2J")
    screen.keys("Enter")
    screen.wait("Detail", r"\x1b[2J\u{202e}\u{200b}evil\x07")


HEALTH_STATS = STATS | {
    "connections": 3, "accepted": 12345, "refused": 0, "requests": 1234567, "errors": 2, "keys": 1000, "secrets": 1001,
    "store_bytes": 12 * 2**20, "store_queue": 0, "memory_bytes": 2**30, "engine_bytes": 1536, "workers": 2,
    "latency_ns": {"p50": 850, "p90": 9800, "p99": 25000, "p999": 1_500_000, "max": 2_000_000_000},
    "verifies": {"ok": 1200000, "revoked": 34567, "expired": 0},
    "last_backup": {"at": 1_700_000_000, "path": "/backup/nightly.db"},
}  # fmt: skip

HEALTH = {(80, 24): """\
Latency of a verify                      Store
median                850 ns             keys                   1,000
90 %                  9.8 us             secrets                1,001
99 %                   25 us             on disk               12 MiB
99.9 %                1.5 ms             waiting                    0
longest                2.0 s
                                         Memory
Clients                                  resident             1.0 GiB
connected                  3             of it keys           1.5 KiB
accepted              12,345
turned away                0             Daemon
requests           1,234,567             started         ####-##-## ##:## UTC
errors                     2             threads                    2

Last backup                              Verifies since the start
made            ####-##-## ##:## UTC     ok                 1,200,000
is in           /backup/nightly.db       revoked               34,567""", (40, 10): """\
Latency of a verify
median                850 ns
90 %                  9.8 us
99 %                   25 us
99.9 %                1.5 ms
longest                2.0 s
                               28 more ▼"""}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_health(fake, tui, size):
    screen = tui(fake(stats_get=HEALTH_STATS).socket, size=size)
    to(screen, "7", "Health")
    screen.shows(HEALTH[size].replace("\n\n", "\n"), body)


def test_health_is_scrolled(fake, tui):
    screen = tui(fake(stats_get=HEALTH_STATS).socket, size=(40, 10))
    to(screen, "7", "Health")
    screen.keys("G")
    screen.wait("Verifies since the start", "revoked               34,567", absent="median")


def test_health_for_those_of_one_tenant(fake, tui):
    stats = {name: STATS[name] for name in ("version", "sealed", "started_at")}
    screen = tui(fake(stats_get=stats).socket)
    to(screen, "7", "Health")
    screen.wait("2023-11-14", absent="backup")


def test_health_without_a_backup(fake, tui):
    screen = tui(fake(stats_get=HEALTH_STATS | {"last_backup": None}).socket)
    to(screen, "7", "Health")
    screen.wait("Last backup", "none yet: apikeyctl backup")


@pytest.mark.parametrize("stats", [7, [], {"latency_ns": 3, "verifies": [1, {}]}, STATS | {"verifies": {"ok": "x"}}])
def test_health_of_garbage(fake, tui, stats):
    screen = tui(fake(stats_get=stats).socket)
    screen.wait("There is no key yet")
    screen.keys("7")
    screen.wait("Health", "Latency of a verify")
