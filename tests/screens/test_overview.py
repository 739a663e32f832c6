"""All at a glance: the overview, and what its live graph costs over the link."""

import re
import time

import pytest

from console import picture
from fake import HELLO, STATS, key
from server import poll

OVERVIEW = """\
apikeyd  Overview                                                  serving  root
2 keys  1 active  0 disabled  0 expired  1 revoked  1 expiring in 7d
verifies 80/s  denied 6/s
allowed                                                                        #
     80                                                                       .#
                                                                              ##
                                                                             *##
                                                                            =###
denied                                                                      . =#

>Busiest keys                            Denied
15/s     web shop                        4        revoked
5.0/s    name 0                          6        rate_limited

Events                                   Alerts
10:00:00 key.revoked name 0              3d ago   limit_reached web shop: rate_~
10:00:00 server.started 0.1.0
                                         Daemon
                                         apikeyd  0, started now
                                         verify   0 ns for 99 of 100
                                         clients  0 connected
                                         store    0B                    1 more v

? help  Enter open  / filter  n new  Tab pane  q quit"""

SMALL = """\
apikeyd  Overview          serving  root
2 keys  1 active  0 disabled  0 expired
verifies 80/s  denied 6/s           .-=#
>Busiest keys  Denied  Events  Alerts  ~
15/s     web shop
5.0/s    name 0



? help  Enter open  / filter  q quit"""


@pytest.fixture
def busy(fake):
    """Two keys, one of which expires tomorrow, and an alert."""
    tomorrow = int(time.time()) + 86400
    keys = [key(1, name="web shop", expires_at=tomorrow), key(0, status="revoked")]

    def listing(params):
        found = [k for k in keys if params.get("status") in (None, k["status"])]
        return {"keys": found, "next": None, "total": len(found)}

    alert = {"at": int(time.time()) - 3 * 86400, "kind": "limit_reached", "object": "k_0000000001", "tenant": "default",
             "detail": "web shop: rate_limited"}  # fmt: skip
    load = {"latency_ns": {"p99": 0}, "connections": 0, "store_bytes": 0, "memory_bytes": 0}
    return fake(key_list=listing, key_get=keys[0], stats_get=STATS | load | {"keys": 2, "started_at": int(time.time())},
                alert_list={"alerts": [alert], "next": None})  # fmt: skip


def tell(daemon):
    """Four seconds of use, and two events."""
    at = int(time.time()) + 100  # so that no second of the test's own passes among them
    daemon.event("server.started", at=36000, detail="0.1.0")
    daemon.event("key.revoked", at=36000, key="k_0000000000", record=key(0), actor="root")
    daemon.event("audit.entry", at=36000, action="key.revoke", outcome="ok")
    for n, allowed in enumerate([10, 30, 50, 80]):
        denied = [{"revoked": 1}, {}, {"revoked": 3}, {"rate_limited": 6}][n]
        top = [("name 0", 50), ("web shop", 150)] if n == 3 else []
        daemon.digest(allowed, top, at + n, **denied)


@pytest.mark.parametrize(("size", "expected"), [((80, 24), OVERVIEW), ((40, 10), SMALL)])
def test_picture(busy, tui, size, expected):
    screen = tui(busy.socket, "--symbols=ascii", size=size)
    screen.wait("web shop", "serving")
    screen.keys("1")
    screen.wait("Overview", "no key is in use just now")
    tell(busy)
    screen.shows(expected, lambda s: picture(s.text()).replace("…", "~").replace("▸", ">").replace("▼", "v"))
    assert screen.cursor() == ((11, 9) if size[1] == 24 else (4, 9))


def test_those_of_one_tenant_see_no_numbers_that_they_are_not_told(busy, tui):
    busy.answers["stats.get"] = {"version": "0", "sealed": False, "time": 0, "started_at": int(time.time()), "uptime": 0}
    busy.answers["hello"] = HELLO | {"user": "ada", "role": "viewer", "tenant": "acme"}
    screen = tui(busy.socket, view="")
    screen.wait("2 keys  1 active", "0, started now", absent=("0 keys", "99 of 100", "connected", "0B"))


def test_a_busy_key_is_opened(busy, tui):
    screen = tui(busy.socket)
    screen.wait("web shop", "serving")
    screen.keys("1")
    tell(busy)
    screen.wait("15/s")
    screen.keys("j", "k", "Enter")
    screen.wait("it verifies", "▸Key")
    assert {params["id"] for method, params in busy.asked if method == "key.get"} == {"k_0000000001"}
    screen.keys("q")
    screen.wait("Busiest keys")
    screen.keys("Tab", "Enter", "Tab", "Tab", "BTab")
    screen.wait("▸Events")


def test_the_real_daemon_tells_each_second(admin, verifier, screen):
    made = admin.call("key.create", name="in use")
    gone = admin.call("key.create", name="gone")
    admin.call("key.revoke", id=gone["id"])
    screen.wait("in use")
    screen.keys(":")
    screen.type("overview")
    screen.keys("Enter")
    screen.wait("no key is in use just now", "key.revoked gone")
    verifier.pipeline([("verify", {"key": made["key"]})] * 300 + [("verify", {"key": gone["key"]})] * 20)
    screen.wait(re.compile("20 +revoked"), re.compile("[0-9]/s +in use"), "█", "dead_key_used")


def test_every_size(busy, tui):
    screen = tui(busy.socket, size=(200, 60))
    screen.wait("web shop")
    screen.keys("1")
    tell(busy)
    screen.wait("Daemon", "Alerts", "Events", "Denied", "15/s")
    for size in (1, 1), (40, 10), (41, 11), (79, 15), (3, 3), (80, 24):
        screen.resize(*size)
    screen.wait("▸Busiest keys", "15/s", "? help")


def test_accessible_says_it_in_words(busy, tui):
    screen = tui(busy.socket, "--accessible")
    screen.wait("web shop")
    screen.keys("1")
    tell(busy)
    screen.wait("allowed: highest 80, latest 80", "denied: highest 6, latest 6")


# -- bytes over the link


def spent(console, act, seen):
    """Bytes that come from act() on, until seen() of them holds and no more come."""
    before = len(console.bytes)
    act()
    console.read(lambda all_: seen(all_[before:]), "what was asked for")
    console.drain()
    return len(console.bytes) - before


def test_bytes(busy, tui_pty, sanitized):
    console = tui_pty(busy.socket)
    console.wait(b"web shop", b"serving")
    first = len(console.bytes)
    assert first <= 6000
    assert spent(console, lambda: console.send(b"1"), lambda new: b"nothing to worry" in new or b"limit_reached" in new) <= 6000
    costs, at = [], int(time.time()) + 100
    for n in range(100):  # a graph whose every column has another height
        numbers = {"allowed": 1000 + n * 7919 % 1000, "top": [("web shop", 1000 + n)], "at": at + n, "revoked": n * 31 % 7}
        costs.append(spent(console, lambda numbers=numbers: busy.digest(**numbers), lambda new: new))
    assert sum(costs[70:]) <= 30 * 1200, costs


def test_idle_bytes(busy, tui_pty):
    """What comes while nothing happens, over as long as five answers to what is asked each second take."""
    console = tui_pty(busy.socket)
    console.wait(b"web shop", b"serving")
    console.send(b"1")
    console.wait(b"limit_reached")

    def polls():
        return sum(method == "stats.get" for method, _ in busy.asked)

    begun, before = polls(), len(console.bytes)
    poll(lambda: polls() >= begun + 5, "five times asked")
    console.drain()
    assert len(console.bytes) - before <= 5 * 400
