"""New passwords: what one must be, who may set it, and the codes with which people come back."""

import resource

import pytest

from logins import OTHER, PASSWORD, login
from rpc import refusal

CODES = 10


@pytest.fixture
def alice(daemon, admin):
    """A viewer with a password, logged in; `admin` is the local root."""
    admin.call("user.create", username="alice", role="viewer", password=PASSWORD)
    return login(daemon, "alice")


@pytest.mark.parametrize(
    "password, reason",
    [
        ("fourteen bytes", "must have at least 15 bytes"),
        ("q w e r t y u i " * 64 + "x", "must have at most 1024 bytes"),
        ("my name is Alice!", "must not hold the user name"),
        ("abcabcabcabcabcabc", "must not be one short piece over and over"),
        ("qwertyuiopasdfghjkl", "must not be a run"),
        ("Password1234567!", "is among those that are tried first"),
    ],
)
def test_a_password_is_refused_with_the_reason(admin, alice, password, reason):
    error = refusal(alice, "user.set_password", password=password, old_password=PASSWORD)
    assert error.code == "invalid_argument" and error.text.startswith(f"password: {reason}")
    error = refusal(admin, "user.set_password", username="alice", password=password)
    assert error.text.startswith(f"password: {reason}")
    code = admin.call("user.recovery_codes", username="alice")["codes"][0]
    error = refusal(admin, "auth.recover", username="alice", code=code, new_password=password)
    assert error.text.startswith(f"new_password: {reason}")
    admin.call("auth.recover", username="alice", code=code, new_password=OTHER)  # it was not used up


def test_a_user_with_a_bad_password_is_not_made(admin):
    assert refusal(admin, "user.create", username="bob", role="viewer", password="short").text.startswith("password: ")
    assert refusal(admin, "user.get", username="bob").code == "not_found"


def test_ones_own_password_needs_the_old_one(daemon, admin, alice):
    assert refusal(alice, "user.set_password", password=OTHER).text == "old_password: is missing"
    wrong = refusal(alice, "user.set_password", password=OTHER, old_password=OTHER)
    assert wrong.code == "forbidden"
    assert alice.call("user.set_password", password=OTHER, old_password=PASSWORD) == {"username": "alice"}
    assert refusal(daemon.connect(), "auth.login", username="alice", password=PASSWORD).code == "unauthenticated"
    assert login(daemon, "alice", OTHER)


def test_guessing_the_old_one_locks_too(alice):
    codes = [refusal(alice, "user.set_password", password=OTHER, old_password=OTHER).code for _ in range(6)]
    assert codes == ["forbidden"] * 5 + ["locked_out"]


def test_what_memory_was_too_short_for_is_no_guess(daemon, alice, sanitized):
    """The right password, asked for more often than wrong ones may be, while no hash can be made."""
    if sanitized:
        pytest.skip("a sanitizer needs all addresses there are")
    room = resource.prlimit(daemon.pid, resource.RLIMIT_AS)
    short = (daemon.status("VmSize") << 10) + (32 << 20)  # a hash takes 64 MiB
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, (short, room[1]))
    for _ in range(6):
        error = refusal(alice, "user.set_password", password=OTHER, old_password=PASSWORD)
        assert error.code == refusal(daemon.connect(), "auth.login", username="alice", password=PASSWORD).code
        assert error.code == "unavailable"
    resource.prlimit(daemon.pid, resource.RLIMIT_AS, room)
    alice.call("user.set_password", password=OTHER, old_password=PASSWORD)
    assert login(daemon, "alice", OTHER)


def test_the_local_root_sets_any_and_an_administrator_none_but_the_own(daemon, admin, alice):
    admin.call("user.create", username="boss", role="admin", password=PASSWORD)
    boss = login(daemon, "boss")
    error = refusal(boss, "user.set_password", username="alice", password=OTHER)
    assert error.code == "forbidden" and "user.recovery_codes" in error.text
    assert refusal(alice, "user.set_password", username="boss", password=OTHER).code == "not_found"
    admin.call("user.set_password", username="alice", password=OTHER)
    assert login(daemon, "alice", OTHER)
    assert refusal(admin, "user.set_password", password=OTHER).text == "username: is missing"


def test_ten_codes_each_good_once(daemon, alice):
    answer = alice.call("user.recovery_codes")
    codes = answer["codes"]
    assert len(set(codes)) == CODES and answer["expires_at"] is None
    client = daemon.connect()
    for n, code in enumerate(codes):
        typed = code.upper().replace("-", " ") if n % 2 else code
        client.call("auth.recover", username="alice", code=typed, new_password=f"{OTHER} {n}")
        again = refusal(client, "auth.recover", username="alice", code=code, new_password=OTHER)
        assert again.code == "unauthenticated"
        assert login(daemon, "alice", f"{OTHER} {n}")


def test_new_codes_take_the_place_of_the_old(daemon, alice):
    old, new = (alice.call("user.recovery_codes")["codes"] for _ in range(2))
    recover = {"username": "alice", "new_password": OTHER}
    assert refusal(alice, "auth.recover", code=old[0], **recover).code == "unauthenticated"
    alice.call("auth.recover", code=new[0], **recover)


def test_a_code_is_its_users_alone(daemon, admin, alice):
    admin.call("user.create", username="bob", role="viewer")
    code = alice.call("user.recovery_codes")["codes"][0]
    words = {
        str(refusal(admin, "auth.recover", username=name, code=text, new_password=OTHER))
        for name, text in (("bob", code), ("nobody", code), ("alice", "wrong"), ("alice", ""))
    }
    assert words == {"unauthenticated: wrong user name or code"}
    admin.call("user.disable", username="alice")
    assert refusal(admin, "auth.recover", username="alice", code=code, new_password=OTHER).code == "unauthenticated"


def test_an_administrator_gives_one_code_to_hand_on(daemon, admin, alice):
    own = alice.call("user.recovery_codes")["codes"]
    admin.call("user.create", username="boss", role="admin", password=PASSWORD)
    boss = login(daemon, "boss")
    answer = boss.call("user.recovery_codes", username="alice")
    (code,) = answer["codes"]
    day = answer["expires_at"] - daemon.connect().call("ping")["time"]
    assert 86400 - 60 <= day <= 86400
    assert refusal(alice, "user.recovery_codes", username="boss").code == "not_found"
    for good in (code, own[0]):  # it does not take the place of her own
        daemon.connect().call("auth.recover", username="alice", code=good, new_password=OTHER)
    actors = {(e["action"], e["actor"]) for e in admin.call("audit.list", object="alice")["entries"]}
    assert {("user.recovery_codes", "boss"), ("user.recovery_codes", "alice"), ("auth.recover", "alice")} <= actors


def test_codes_are_shown_this_once(alice):
    answer = alice.call("user.recovery_codes", request_id="r1")
    again = alice.call("user.recovery_codes", request_id="r1")
    assert "codes" not in again and again["username"] == answer["username"]
    assert alice.call("auth.recover", username="alice", code=answer["codes"][0], new_password=OTHER)


def test_recovery_is_done_once_for_a_request_id(daemon, admin, alice):
    code = alice.call("user.recovery_codes")["codes"][0]
    recover = {"username": "alice", "code": code, "new_password": OTHER, "request_id": "r2"}
    client = daemon.connect()
    assert client.call("auth.recover", **recover) == client.call("auth.recover", **recover)
    assert refusal(client, "auth.recover", **{**recover, "new_password": PASSWORD}).code == "conflict"


def test_who_is_no_user_has_no_sessions(admin):
    assert admin.call("user.sessions") == {"sessions": []}
    assert refusal(admin, "user.end_sessions").text == "username: is missing"
