"""What a guesser of names and passwords learns, and that nobody else pays for it."""

import os
import select
import signal

import pytest

from logins import FAILURES, OTHER, PASSWORD, QUEUE, WRONG, guess, login
from people import connect_as, open_to_all
from rpc import HANG
from server import poll


def test_nobody_tells_users_apart_by_words(team, boss, alice):
    boss.call("user.create", username="blank", role="viewer")
    boss.call("user.create", username="gone", role="viewer", password=PASSWORD)
    boss.call("user.disable", username="gone")
    words = "unauthenticated: wrong user name or password"
    locked = set()
    for name, password in (("nobody", WRONG), ("blank", ""), ("gone", PASSWORD), ("alice", WRONG)):
        assert [guess(team, name, password) for _ in range(FAILURES)] == [words] * FAILURES
        locked.add(guess(team, name, password))
    (only,) = locked
    assert only.startswith("locked_out: ")
    assert guess(team, "alice", PASSWORD) == only
    assert alice.call("auth.whoami")["user"] == "alice"  # what is open goes on
    assert team.connect().call("auth.resume", token=alice.token)["user"] == "alice"
    assert login(team)  # nobody else is locked


@pytest.mark.parametrize("name", ["Alice", " alice", "alice ", "ALICE", "ａlice", "alice\0", "al ice", "alice\u200b"])
def test_no_other_spelling_is_a_user(team, alice, name):
    for _ in range(FAILURES):
        guess(team, "alice")
    for password in (PASSWORD, WRONG):
        assert guess(team, name, password).startswith("invalid_argument: username: ")
    assert guess(team, "alice", PASSWORD).startswith("locked_out: ")


def test_many_guesses_at_once_are_no_more_than_one_by_one(team, alice):
    client = team.connect()
    calls = [("auth.login", {"username": "alice", "password": f"{WRONG} {n}"}) for n in range(30)]
    codes = [answer.code for answer in client.pipeline(calls)]
    assert codes.count("unauthenticated") == FAILURES
    assert codes.count("locked_out") == len(calls) - FAILURES


def test_a_right_password_forgives(team, alice):
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert guess(team, "alice").startswith("unauthenticated: ")
        login(team, "alice")


def test_a_code_opens_the_lock(team, boss, alice):
    codes = alice.call("user.recovery_codes")["codes"]
    for _ in range(FAILURES):
        guess(team, "alice")
    assert guess(team, "alice", PASSWORD).startswith("locked_out: ")
    team.connect().call("auth.recover", username="alice", code=codes[3], new_password=OTHER)
    assert login(team, "alice", OTHER)


def test_failed_logins_are_in_the_audit_log(team, boss):
    for _ in range(FAILURES + 1):
        guess(team, "mallory")

    def found():
        entries = boss.call("audit.list", action="auth.login")["entries"]
        return [(e["object"], e["outcome"], e["actor"]) for e in entries if e["outcome"] != "ok"]

    who = f"uid {os.geteuid()}"
    expected = {("mallory", "unauthenticated", who), ("mallory", "locked_out", who)}
    poll(lambda: set(found()) == expected, "the failed logins")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other accounts")
def test_one_accounts_flood_of_logins_crowds_out_nobody_else(new_daemon):
    daemon = open_to_all(new_daemon()).start()

    def ask(client, name, count):
        password = "not the right password"
        return [client.start("auth.login", username=f"{name}{n}", password=password) for n in range(count)]

    def answers(client, msgids):
        return [(client.reply(msgid)[2] or "ok").partition(":")[0] for msgid in msgids]

    floods = [connect_as(daemon, "games") for _ in range(4)]
    asked = [ask(client, f"f{i}-", 16) for i, client in enumerate(floods)]
    crowded = select.select([client.sock for client in floods], [], [], HANG)[0]
    assert crowded, "the first to be busy"
    other, root = connect_as(daemon, "man"), daemon.connect()
    of_other, of_root = ask(other, "other", 4), ask(root, "root", 4)
    assert answers(other, of_other) == answers(root, of_root) == ["unauthenticated"] * 4
    codes = [code for client, msgids in zip(floods, asked) for code in answers(client, msgids)]
    assert set(codes) == {"unauthenticated", "busy"}


def test_a_thousand_wrong_logins_at_once(team, boss, sanitized):
    key = boss.call("key.create", name="k")["key"]
    before = team.status("VmRSS")
    clients = [team.connect() for _ in range(1000)]
    asked = [
        (client, client.start("auth.login", username=f"user{n % 250}", password=WRONG))
        for n, client in enumerate(clients)
    ]
    verifier = team.connect_verify()
    assert all(verifier.call("verify", key=key)["valid"] for _ in range(100))
    codes = [client.reply(msgid)[2].partition(":")[0] for client, msgid in asked]
    assert set(codes) <= {"unauthenticated", "busy"}
    assert codes.count("unauthenticated") >= QUEUE
    if not sanitized:
        assert team.status("VmHWM") - before < 80 * 1024
    assert login(team)


def test_whoever_is_gone_before_the_answer_costs_nobody_anything(team, boss, alice):
    for n in range(QUEUE):
        client = team.connect()
        client.start("auth.login", username="alice" if n < FAILURES else f"user{n}", password=PASSWORD)
        client.close()
    # a session that nobody took over can be listed, and ended
    poll(lambda: len(boss.call("user.sessions", username="alice")["sessions"]) > FAILURES, "logins that nobody awaits")
    assert boss.call("user.end_sessions", username="alice")["ended"] > FAILURES
    assert login(team, "alice")


def test_a_stop_answers_or_closes_what_waits(team, boss, alice):
    clients = [team.connect() for _ in range(3 * QUEUE)]
    for n, client in enumerate(clients):
        client.start("auth.login", username=f"user{n}", password=WRONG)
    boss.call("ping")
    team.signal(signal.SIGTERM)
    for client in clients:
        for reply in client.until_closed():
            assert reply[2].partition(":")[0] in ("unauthenticated", "busy", "unavailable")
    team.ended()
