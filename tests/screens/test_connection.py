"""The daemon goes and comes, is silent, sealed or not ours: what the console says, and what it keeps."""

import socket

from fake import HELLO, STATS, key
from server import poll


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


def test_another_role_is_another_set_of_keys(fake, tui):
    """And of events: the daemon ends the subscription of whoever has another role."""
    daemon = fake(key_list={"keys": [key(1)], "next": None, "total": 1})
    screen = None
    for n, (role, there, absent) in enumerate([("viewer", "read-only", "R revoke"), ("operator", "R revoke", "read-only"),
                                               ("viewer", "read-only", "R revoke")], 1):  # fmt: skip
        daemon.answers["hello"] = daemon.answers["auth.whoami"] = HELLO | {"user": "ada", "role": role}
        screen = screen or tui(daemon.socket)
        screen.wait("name 1", there, absent=absent)
        assert sum(method == "events.subscribe" for method, _ in daemon.asked) == n


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
