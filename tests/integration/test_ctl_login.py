"""apikeyctl as somebody: login, logout, whoami, passwords and codes, sessions, acting as a key."""

import json
import os
import pty
import select
import stat

import pytest

from rpc import HANG

PASSWORD = "four plain words here"
OTHER = "quite other words there"


@pytest.fixture
def alice(daemon, admin, ctl, tmp_path):
    """Runs apikeyctl with a place for alice's session; `admin` is the local root."""
    admin.call("user.create", username="alice", role="viewer", password=PASSWORD)

    def run(*args, input="", check=None, **env):
        return ctl(*args, input=input, check=check, env={"XDG_RUNTIME_DIR": str(tmp_path)} | env)

    run.token = tmp_path / "apikeyctl.token"
    return run


def log_in(alice):
    return alice("login", "alice", "--password-fd", "0", input=PASSWORD + "\n", check=0)


def test_a_session_goes_on_from_command_to_command(alice):
    shown = log_in(alice).stdout
    assert "alice" in shown and "viewer" in shown and PASSWORD not in shown
    assert stat.S_IMODE(alice.token.stat().st_mode) == 0o600
    who = json.loads(alice("--json", "whoami", check=0).stdout)
    assert (who["user"], who["role"], who["by"]) == ("alice", "viewer", "session")
    assert alice("key", "create", "--name", "k").returncode == 4
    log_in(alice)  # in place of the first
    assert "the session has ended" in alice("logout", check=0).stderr
    assert not alice.token.exists()
    assert json.loads(alice("--json", "whoami", check=0).stdout)["by"] == "peer"


def test_a_wrong_password_ends_with_4_and_keeps_nothing(alice):
    done = alice("login", "alice", "--password-fd", "0", input=OTHER + "\n", check=4)
    assert "wrong user name or password" in done.stderr and not alice.token.exists()


def test_a_session_that_is_over_is_said_once(alice, admin):
    log_in(alice)
    admin.call("user.end_sessions", username="alice")
    assert "your session is over: apikeyctl login" in alice("key", "list").stderr
    assert not alice.token.exists()
    assert "session" not in alice("key", "list", check=0).stderr


def test_nobody_is_4(new_daemon, build, ctl):
    daemon = new_daemon(config="trust_peer = false\n").start()
    assert ctl("--socket", daemon.socket, "whoami").returncode == 4
    assert ctl("--socket", daemon.socket, "key", "list").returncode == 4


def test_without_a_place_for_the_token_there_is_no_session(alice, admin):
    done = alice("login", "alice", "--password-fd", "0", input=PASSWORD, check=1, XDG_RUNTIME_DIR="")
    assert "XDG_RUNTIME_DIR" in done.stderr
    assert admin.call("user.sessions", username="alice")["sessions"] == []


def test_a_token_is_not_read_through_a_link(alice, tmp_path):
    log_in(alice)
    alice.token.rename(tmp_path / "elsewhere")
    alice.token.symlink_to(tmp_path / "elsewhere")
    assert json.loads(alice("--json", "whoami", check=0).stdout)["by"] == "peer"


def test_a_password_is_changed(alice):
    log_in(alice)
    wrong = alice("user", "passwd", "--password-fd", "0", input=f"{OTHER}\n{OTHER}\n", check=4)
    assert "the old password is wrong" in wrong.stderr
    weak = alice("user", "passwd", "--password-fd", "0", input=f"{PASSWORD}\nshort\n", check=2)
    assert "must have at least 15 bytes" in weak.stderr
    alice("user", "passwd", "--password-fd", "0", input=f"{PASSWORD}\n{OTHER}\n", check=0)
    assert "your session is over" in alice("whoami").stderr
    alice("login", "alice", "--password-fd", "0", input=OTHER, check=0)


def test_root_sets_a_password(alice):
    alice("user", "passwd", "alice", "--password-fd", "0", input=OTHER + "\n", check=0)
    alice("login", "alice", "--password-fd", "0", input=OTHER, check=0)


def test_a_code_brings_back(alice):
    (code,) = alice("user", "codes", "alice", check=0).stdout.split()
    alice("user", "recover", "alice", "--password-fd", "0", input=f"{code}\n{OTHER}\n", check=0)
    alice("login", "alice", "--password-fd", "0", input=OTHER, check=0)
    codes = alice("user", "codes", "--plain", check=0).stdout.split()
    assert len(codes) == 10
    again = alice("user", "recover", "alice", "--password-fd", "0", input=f"{code}\n{PASSWORD}\n", check=4)
    assert "wrong user name or code" in again.stderr


def test_sessions_are_listed_and_ended(alice):
    log_in(alice)
    (line,) = alice("session", "list", "--plain", check=0).stdout.splitlines()
    session = line.split("\t")[0]
    assert session.startswith("s_") and line.split("\t")[1] == "alice"
    assert alice("session", "end", "s_0000000000", check=3)
    assert alice("session", "end", session, "--plain", check=0).stdout == "1\n"
    assert "no sessions" in alice("session", "list", "--user", "alice", check=0).stderr


def test_acting_as_a_key(alice, admin, tmp_path):
    key = admin.call("key.create", name="program", scopes=["apikeyd:keys"])
    file = tmp_path / "key"
    file.write_text(key["key"] + "\n")
    made = alice("--json", "key", "create", "--name", "customer", check=0, APIKEYCTL_KEY_FILE=str(file))
    assert json.loads(made.stdout)["created_by"] == key["id"]
    admin.call("key.revoke", id=key["id"])
    assert "not a key that is good" in alice("key", "list", check=4, APIKEYCTL_KEY_FILE=str(file)).stderr
    assert "No such file" in alice("key", "list", check=2, APIKEYCTL_KEY_FILE=str(file) + "x").stderr


@pytest.mark.parametrize("given", ["x", "-1", "70000", "77", ""])
def test_a_bad_descriptor_is_wrong_usage(alice, given):
    assert "--password-fd" in alice("login", "alice", "--password-fd", given, check=2).stderr


@pytest.fixture
def typed(alice, build, daemon, tmp_path):
    """typed(keys) types them where alice's password is asked for; gives the exit code and what was shown."""

    def run(keys):
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["XDG_RUNTIME_DIR"] = str(tmp_path)
            program = str(build / "apikeyctl")
            os.execv(program, [program, "--socket", str(daemon.socket), "login", "alice"])
        seen = b""
        while b"Password: " not in seen:
            assert select.select([terminal], [], [], HANG)[0], seen
            seen += os.read(terminal, 4096)
        os.write(terminal, keys)
        while True:
            assert select.select([terminal], [], [], HANG)[0], seen
            try:
                seen += os.read(terminal, 4096)
            except OSError:  # the end
                break
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen

    return run


def test_a_password_is_typed_without_echo(typed):
    code, seen = typed(PASSWORD.encode() + b"\n")
    assert code == 0 and PASSWORD.encode() not in seen and b"viewer" in seen


@pytest.mark.parametrize("keys", [b"\x03", b"half typed\x03", b"\x04", b"\n"])
def test_ctrl_c_gives_up_at_once(alice, typed, keys):
    code, seen = typed(keys)
    assert code != 0 and b"half" not in seen and not alice.token.exists()
