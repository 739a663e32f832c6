"""Ways in: passwords and tokens, and what ends them."""

import os
import time
from contextlib import contextmanager

import pytest

from leaks import leaks
from logins import OTHER, PASSWORD, QUEUE, SESSIONS, WRONG, guess, login
from people import NOBODY
from rpc import RpcError, refusal
from server import poll

IDLE, LIFE, LAG = 900, 43200, 60  # apikeyd/logins.h


@contextmanager
def acting_as(uid):
    """Connections made within belong to that uid."""
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another uid")


# ---- a login


def test_a_login_is_answered_and_acts(team):
    client = team.connect()
    assert client.call("hello")["authenticated"] is False
    assert client.call("auth.whoami")["by"] is None
    assert refusal(client, "key.list").code == "unauthenticated"
    answer = client.call("auth.login", username="admin", password=PASSWORD)
    assert (answer["user"], answer["role"], answer["tenant"]) == ("admin", "admin", None)
    assert answer["token"].startswith("as_") and len(answer["token"]) == 46
    assert client.call("hello")["user"] == "admin"
    key = client.call("key.create", name="mine")
    assert key["owner"] == "admin" and key["created_by"] == "admin"
    entries = client.call("audit.list")["entries"]
    assert [(e["action"], e["actor"], e["outcome"]) for e in entries[:2]] == [
        ("key.create", "admin", "ok"),
        ("auth.login", "admin", "ok"),
    ]


def test_both_ends_of_a_session_are_entries_of_the_users_tenant(team, boss):
    boss.call("user.create", username="bob", role="admin", tenant="default", password=PASSWORD)
    bob = login(team, "bob")
    bob.call("auth.logout")
    log = boss.call("audit.list", actor="bob")["entries"]
    assert [(e["action"], e["tenant"]) for e in log] == [("auth.logout", "default"), ("auth.login", "default")]


def test_a_user_acts_within_role_and_tenant(team, boss):
    boss.call("tenant.create", name="acme")
    boss.call("user.create", username="olga", role="operator", tenant="acme", password=PASSWORD)
    olga = login(team, "olga")
    assert olga.call("auth.whoami")["tenant"] == "acme"
    assert olga.call("key.create", name="hers")["tenant"] == "acme"
    assert refusal(olga, "user.create", username="eve", role="admin").code == "forbidden"
    assert boss.call("user.get", username="olga")["last_login_at"] is not None


def test_a_token_goes_on_over_connections_and_restarts(team):
    token = login(team).token
    for _ in range(2):
        client = team.connect()
        answer = client.call("auth.resume", token=token)
        assert answer["user"] == "admin" and answer["token"] == token
        who = client.call("auth.whoami")
        assert who["by"] == "session" and who["expires_at"] == answer["expires_at"]
        team.restart()
    team.kill9()
    team.start()
    assert team.connect().call("auth.resume", token=token)["user"] == "admin"


@needs_root
def test_a_token_is_good_for_its_uid_alone(team, boss):
    team.dir.chmod(0o755)
    with acting_as(NOBODY):
        stranger = team.connect()
    invented = refusal(stranger, "auth.resume", token="as_" + "x" * 43)
    assert invented.code == "unauthenticated"
    assert str(refusal(stranger, "auth.resume", token=boss.token)) == str(invented)
    assert team.connect().call("auth.resume", token=boss.token)["user"] == "admin"


def test_a_logout_ends_the_session_everywhere(new_daemon):
    daemon = new_daemon().start()  # root is somebody here without a login
    root = daemon.connect()
    root.call("user.create", username="admin", role="viewer", password=PASSWORD)
    here, there = login(daemon), daemon.connect()
    there.call("auth.resume", token=here.token)
    assert refusal(there, "key.create", name="k").code == "forbidden"
    assert here.call("auth.logout") == {"ended": True}
    assert here.call("auth.whoami")["by"] == "peer"
    assert here.call("auth.logout") == {"ended": False}
    # never more than what the session was, without being asked
    assert refusal(there, "key.create", name="k").code == "unauthenticated"
    assert there.call("auth.whoami")["authenticated"] is False
    assert refusal(daemon.connect(), "auth.resume", token=here.token).code == "unauthenticated"


# ---- what ends sessions

ENDS = {
    "own password": lambda boss, alice: alice.call("user.set_password", password=OTHER, old_password=PASSWORD),
    "recovery": lambda boss, alice: boss.call(
        "auth.recover",
        username="alice",
        code=boss.call("user.recovery_codes", username="alice")["codes"][0],
        new_password=OTHER,
    ),
    "role": lambda boss, alice: boss.call("user.update", username="alice", role="operator"),
    "tenant": lambda boss, alice: boss.call("user.update", username="alice", tenant="acme"),
    "disabled": lambda boss, alice: boss.call("user.disable", username="alice"),
    "enabled again": lambda boss, alice: [
        boss.call(f"user.{what}", username="alice") for what in ("disable", "enable")
    ],
    "deleted": lambda boss, alice: boss.call("user.delete", username="alice"),
    "made anew": lambda boss, alice: [
        boss.call("user.delete", username="alice"),
        boss.call("user.create", username="alice", role="viewer", password=PASSWORD),
    ],
    "ended": lambda boss, alice: boss.call("user.end_sessions", username="alice"),
    "ended by id": lambda boss, alice: boss.call(
        "user.end_sessions",
        username="alice",
        id=boss.call("user.sessions", username="alice")["sessions"][0]["id"],
    ),
    "logout": lambda boss, alice: alice.call("auth.logout"),
}


@pytest.mark.parametrize("what", ENDS)
def test_a_session_is_dead_after(what, team, boss, alice):
    boss.call("tenant.create", name="acme")
    watching = team.connect()
    watching.call("auth.resume", token=alice.token)
    watching.call("events.subscribe")
    ENDS[what](boss, alice)
    boss.call("key.create", name="not for her eyes")
    assert refusal(watching, "key.list").code == "unauthenticated"
    assert not [e for e in watching.events if e.get("record", {}).get("name")]
    assert refusal(team.connect(), "auth.resume", token=alice.token).code == "unauthenticated"
    assert refusal(alice, "key.list").code == "unauthenticated"
    team.restart()
    assert refusal(team.connect(), "auth.resume", token=alice.token).code == "unauthenticated"


def test_a_session_goes_on_over_what_does_not_end_it(team, boss, alice):
    alice.call("events.subscribe", topics=["audit"])
    for change in ({"os_account": "games"}, {"max_keys": 5}, {"os_account": None}):
        boss.call("user.update", username="alice", **change)
        assert alice.event()["action"] == "user.update"
        assert alice.call("auth.whoami")["user"] == "alice"
        assert alice.call("key.list")["total"] == 0


def test_another_users_session_goes_on(team, boss, alice):
    boss.call("user.create", username="bob", role="viewer", password=PASSWORD)
    bob = login(team, "bob")
    boss.call("user.disable", username="alice")
    assert bob.call("auth.whoami")["user"] == "bob"
    assert refusal(bob, "user.sessions", username="alice").code == "not_found"
    assert str(refusal(bob, "user.sessions", username="alice")) == str(
        refusal(bob, "user.sessions", username="nobody")
    ).replace("nobody", "alice")


@pytest.fixture
def moving(team, fake_clock):
    """The daemon started anew with its clock some seconds on."""
    clock, began = fake_clock(team), time.monotonic()

    def start(seconds):
        """So many seconds after the beginning of the test, however long it has taken until now."""
        ahead = int(seconds - (time.monotonic() - began))
        if team.process is not None:
            team.stop()
        clock.set(ahead)
        return team.start()

    return start


def test_a_session_idles_and_has_an_end(team, moving):
    margin = LAG + 30  # for what a start and a login take, and what the store may not know
    token = login(team).token
    at = 0
    while at + IDLE - margin < LIFE - margin:
        at += IDLE - margin
        moving(at).connect().call("auth.resume", token=token)
    assert refusal(moving(LIFE + margin).connect(), "auth.resume", token=token).code == "unauthenticated"
    token = login(team).token
    assert refusal(moving(LIFE + IDLE + 2 * margin).connect(), "auth.resume", token=token).code == "unauthenticated"


def test_a_verify_is_a_use_of_a_session(team, boss, alice):
    def seen():
        return boss.call("user.sessions", username="alice")["sessions"][0]["seen_at"]

    before = seen()
    poll(lambda: boss.call("ping")["time"] > before, "the next second")
    assert seen() == before
    alice.call("verify", key="x")
    assert seen() > before


def test_a_user_has_so_many_sessions(team, boss, alice):
    tokens = [alice.token] + [login(team, "alice").token for _ in range(SESSIONS - 1)]
    assert len(boss.call("user.sessions", username="alice")["sessions"]) == SESSIONS
    before = boss.call("user.sessions", username="alice")["sessions"]
    tokens.append(login(team, "alice").token)
    after = boss.call("user.sessions", username="alice")["sessions"]
    assert len(after) == SESSIONS
    (gone,) = [s for s in before if s["id"] not in {a["id"] for a in after}]
    assert gone["created_at"] == min(s["created_at"] for s in before)
    answers = team.connect().pipeline([("auth.resume", {"token": token}) for token in tokens])
    assert len([a for a in answers if isinstance(a, RpcError)]) == 1


def test_sessions_are_listed(team, boss, alice):
    (session,) = alice.call("user.sessions")["sessions"]
    assert session["username"] == "alice" and session["current"] is True
    assert session["uid"] == os.geteuid() and session["id"].startswith("s_")
    assert session["created_at"] <= session["seen_at"] < session["expires_at"]
    assert session["expires_at"] == session["created_at"] + LIFE
    (session,) = boss.call("user.sessions", username="alice")["sessions"]
    assert session["current"] is False and alice.token not in str(session)
    error = refusal(boss, "user.end_sessions", username="alice", id="s_0000000000")
    assert str(error) == "not_found: no session s_0000000000 of alice"
    for token in (alice.token, alice.token[:13]):  # pasted for the id of its session
        assert str(refusal(alice, "user.end_sessions", id=token)) == "not_found: no such session"


@pytest.mark.parametrize("what", ["ended", "logout"])
def test_what_waits_for_a_hash_is_nobodys_after(what, team, boss):
    """A call that came before the end of its session, and would be done after it, is not done."""
    boss.call("user.create", username="alice", role="admin", password=PASSWORD)
    alice = login(team, "alice")
    waiting = keep_hashing(team)
    asked = alice.start("user.create", username="late", role="admin", password=PASSWORD)
    alice.call("ping")  # by then it waits, too
    ENDS[what](boss, alice)
    error = alice.reply(asked)[2]
    log = boss.call("audit.list", chain_order=True, limit=1000)["entries"]
    done = [e["action"] for e in log if e["action"] in ("user.create", "user.end_sessions", "auth.logout") and e["outcome"] == "ok"]
    assert done[-1] != "user.create"  # all that was done came before the end
    assert error is None or error.startswith("unauthenticated: ")
    waiting.close()


def keep_hashing(daemon):
    """Wrong logins, so many that whatever comes now has to wait for about a second."""
    client = daemon.connect()
    for n in range(QUEUE - 2):
        client.start("auth.login", username=f"stranger{n}", password=WRONG)
    client.call("ping")
    return client


def test_without_its_pepper_it_lets_nobody_in(team, alice):
    team.stop()
    (team.data / "pepper").write_bytes(bytes(32))
    team.start()
    assert guess(team, "alice", PASSWORD).startswith("unavailable: ")
    assert refusal(team.connect(), "auth.resume", token=alice.token).code == "unavailable"
    assert refusal(team.connect(), "auth.key", key="ak_live_x").code == "unavailable"


def test_nothing_that_was_given_out_is_in_the_files(team, boss, alice):
    codes = alice.call("user.recovery_codes")["codes"]
    team.stop()
    assert leaks(team, [alice.token, alice.token[3:], PASSWORD, *codes, codes[0].replace("-", "")]) == []
