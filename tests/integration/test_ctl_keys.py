"""apikeyctl against a daemon: a key's whole life, verdicts, exit codes, formats."""

import datetime
import json
import os
import stat
import subprocess
import time

import pytest

from rpc import HANG
from terminal import Terminal

NO_KEY = "ak_live_00000000_00000000000000000000000000000000000000"


@pytest.fixture
def run(build, module_daemon):
    def run(*args, input="", check=0, env=None):
        done = subprocess.run(
            [build / "apikeyctl", "--socket", module_daemon.socket, *args],
            input=input, capture_output=True, text=True, timeout=HANG, env=module_daemon.environment(**(env or {})),
        )
        assert check is None or done.returncode == check, done
        return done

    return run


@pytest.fixture
def on_terminal(build, module_daemon):
    def start(*args, **env):
        command = [build / "apikeyctl", "--socket", module_daemon.socket, *args]
        environment = {k: v for k, v in module_daemon.environment().items() if k != "NO_COLOR"}
        return Terminal(command, environment | {"TERM": "xterm", "TZ": "UTC"} | env)

    return start


@pytest.fixture
def made(run):
    """A key: its id, and the whole key."""
    key = json.loads(run("key", "create", "--json", "--name", "made").stdout)
    return key["id"], key["key"]


def show(run, ref):
    return json.loads(run("key", "show", "--json", ref).stdout)


def test_the_whole_life_of_a_key(run):
    done = run("key", "create", "--name", "demo")
    key = done.stdout.removesuffix("\n")
    prefix = key.rpartition("_")[0]
    assert key.startswith("ak_live_") and key.isprintable() and " " not in key
    assert "demo" in done.stderr and "not be shown again" in done.stderr and key not in done.stderr

    for ending in ("", "\n", "\r\n", "\nsomething else\n"):
        assert json.loads(run("verify", "--json", input=key + ending).stdout)["code"] == "ok"
    run("key", "disable", prefix)
    assert json.loads(run("verify", "--json", input=key, check=10).stdout)["code"] == "disabled"
    run("key", "enable", prefix)
    run("verify", input=key)
    assert show(run, prefix)["requests"] == 5
    run("key", "revoke", "--yes", prefix)
    assert json.loads(run("verify", "--json", input=key, check=10).stdout)["code"] == "revoked"
    run("key", "revoke", "--yes", prefix)  # twice does no harm
    assert "revoked" in run("key", "enable", prefix, check=6).stderr
    run("key", "delete", "--yes", prefix)
    assert prefix in run("key", "show", prefix, check=3).stderr
    assert json.loads(run("verify", "--json", input=key, check=10).stdout)["code"] == "not_found"


def test_every_field_is_stored(run):
    created = json.loads(run(
        "key", "create", "--json", "--name=billing, nightly", "--scope", "a:read", "--scope", "b:*", "--ip", "203.0.113.0/24",
        "--ip", "2001:db8::/32", "--env", "test", "--owner", "ops", "--tenant", "default", "--email", "a@example.org",
        "--notes", "two\nlines", "--meta", "team=infra", "--meta", "x=a=b", "--expires", "2040-01-31",
    ).stdout)
    key = show(run, created["id"])
    assert {name: key[name] for name in key if name in created} == {k: v for k, v in created.items() if k != "key"}
    assert key["name"] == "billing, nightly" and key["scopes"] == ["a:read", "b:*"]
    assert key["ip_allow"] == ["203.0.113.0/24", "2001:db8::/32"]
    assert (key["env"], key["owner"], key["tenant"]) == ("test", "ops", "default")
    assert (key["email"], key["notes"]) == ("a@example.org", "two\nlines")
    assert key["meta"] == {"team": "infra", "x": "a=b"}
    assert key["expires_at"] == datetime.datetime(2040, 1, 31, tzinfo=datetime.timezone.utc).timestamp()
    assert "key" not in key


@pytest.mark.parametrize(
    "text, at",
    [
        ("2040-02-29T12:30:05Z", (2040, 2, 29, 12, 30, 5)),
        ("2040-02-29T12:30:05.25+01:30", (2040, 2, 29, 11, 0, 5)),
        ("2040-02-29 12:30:05-00:30", (2040, 2, 29, 13, 0, 5)),
    ],
)
def test_moments(run, text, at):
    key = json.loads(run("key", "create", "--json", "--name", "x", "--expires", text).stdout)
    assert key["expires_at"] == datetime.datetime(*at, tzinfo=datetime.timezone.utc).timestamp()


@pytest.mark.parametrize("text, seconds", [("90d", 90 * 86400), ("12h", 43200), ("5m", 300), ("2w", 1209600), ("1y", 31536000)])
def test_spans(run, text, seconds):
    before = int(time.time())
    key = json.loads(run("key", "create", "--json", "--name", "x", "--expires", text).stdout)
    assert before - 1 <= key["expires_at"] - seconds <= time.time() + 1


def test_never_expires(run):
    assert "expires_at" not in json.loads(run("key", "create", "--json", "--name", "x", "--expires", "never").stdout)


def test_update_changes_and_empties(run):
    made = json.loads(run("key", "create", "--json", "--name", "x", "--notes", "n", "--scope", "a:b", "--expires", "1y",
                          "--meta", "a=b", "--ip", "192.0.2.1/32", "--email", "a@example.org").stdout)
    run("key", "update", made["id"], "--name", "y", "--scope", "c:d", "--owner", "someone")
    key = show(run, made["id"])
    assert (key["name"], key["scopes"], key["owner"], key["notes"]) == ("y", ["c:d"], "someone", "n")
    run("key", "update", made["id"], "--notes", "", "--scope", "", "--expires", "never", "--meta=", "--ip=", "--email=")
    key = show(run, made["id"])
    assert key["scopes"] == [] and key["ip_allow"] == []
    assert not {"notes", "expires_at", "meta", "email"} & key.keys()


def test_a_key_goes_to_a_file(run, tmp_path):
    path = tmp_path / "new.key"
    done = run("key", "create", "--name", "x", "--out", path)
    assert done.stdout == "" and str(path) in done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(run("verify", "--json", "--file", path).stdout)["valid"]
    content = path.read_text()
    before = len(json.loads(run("key", "list", "--json").stdout)["keys"])
    assert "File exists" in run("key", "create", "--name", "x", "--out", path, check=2).stderr
    assert path.read_text() == content
    assert "No such file" in run("key", "create", "--name", "x", "--out", tmp_path / "no" / "f", check=2).stderr
    assert len(json.loads(run("key", "list", "--json").stdout)["keys"]) == before
    run("key", "create", "--name", "", "--out", tmp_path / "failed", check=2)
    assert os.listdir(tmp_path) == ["new.key"]
    shown = run("key", "create", "--json", "--name", "x", "--out", tmp_path / "other").stdout
    assert "key" not in json.loads(shown) and (tmp_path / "other").read_text().strip() not in shown


def test_verdicts_by_exit_code(run, made):
    _, key = made
    assert json.loads(run("verify", "--json", input=NO_KEY, check=10).stdout) == {"valid": False, "code": "malformed"}
    assert json.loads(run("verify", "--json", input="", check=10).stdout)["code"] == "malformed"
    assert json.loads(run("verify", "--json", input="x" * 5000, check=10).stdout)["code"] == "malformed"
    assert json.loads(run("verify", "--json", input="other", check=10).stdout)["code"] == "not_found"
    missing = json.loads(run("verify", "--json", "--scope", "a:b", "--scope", "c:d", input=key, check=10).stdout)
    assert (missing["code"], missing["missing"]) == ("scope_missing", ["a:b", "c:d"])
    assert "scope_missing" in run("verify", "--scope", "a:b", input=key, check=10).stdout
    assert json.loads(run("verify", "--json", "--tenant", "other", input=key, check=10).stdout)["code"] == "not_found"
    assert run("verify", "--plain", input=key).stdout.split("\t")[:2] == ["yes", "ok"]
    run("verify", "--cost", "0", input=key, check=2)


def test_verify_from_a_file(run, made, tmp_path):
    (tmp_path / "key").write_text(made[1] + "\n")
    run("verify", "--file", tmp_path / "key")
    run("verify", "--file", "-", input=made[1])
    assert "No such file" in run("verify", "--file", tmp_path / "none", check=2).stderr


def test_verify_dry_run_counts_nothing(run, made):
    run("verify", "--dry-run", input=made[1])
    assert show(run, made[0])["requests"] == 0


def test_without_a_terminal_nothing_is_changed(run, made):
    for verb in ("revoke", "delete"):
        done = run("key", verb, made[0], check=7)
        assert "--yes" in done.stderr
        assert json.loads(run("key", verb, made[0], "--json", check=7).stdout)["error"] == "unconfirmed"
        plan = json.loads(run("key", verb, made[0], "--json", "--dry-run").stdout)
        assert (plan["dry_run"], plan["method"], plan["keys"][0]["id"]) == (True, f"key.{verb}", made[0])
        assert made[0] in run("key", verb, made[0], "--dry-run", "--yes").stdout
        assert run("key", verb, made[0], "--dry-run", "--plain").stdout.startswith(made[0] + "\t")
    assert show(run, made[0])["status"] == "active"


def test_all_are_found_before_any_is_changed(run, made):
    run("key", "revoke", "--yes", made[0], "k_nothere", check=3)
    assert show(run, made[0])["status"] == "active"


@pytest.fixture
def herd(run, module_daemon):
    """Five keys of an owner of their own: three active, one disabled, one revoked."""
    admin = module_daemon.connect()
    owner = f"herder-{time.monotonic_ns()}"
    keys = [admin.call("key.create", name=f"beast {n}", owner=owner)["id"] for n in range(5)]
    admin.call("key.disable", id=keys[3])
    admin.call("key.revoke", id=keys[4])

    def statuses():
        return [admin.call("key.get", id=key)["status"] for key in keys]

    return f"owner:{owner} beast", keys, statuses


def test_where_plans_asks_and_changes_what_it_finds(run, herd):
    where, keys, statuses = herd
    before = statuses()
    plan = json.loads(run("key", "disable", "--where", where, "--dry-run", "--json").stdout)
    assert [key["id"] for key in plan["keys"]] == keys[:3] and statuses() == before
    for verb in "disable", "enable", "revoke", "delete":
        run("key", verb, "--where", where, check=7)
    assert statuses() == before
    done = run("key", "disable", "--yes", "--where", where)
    assert done.stderr.count("disabled key") == 3
    assert statuses() == ["disabled"] * 4 + ["revoked"]
    run("key", "enable", "--yes", "--where", where + " status:disabled")
    assert statuses() == ["active"] * 4 + ["revoked"]
    run("key", "revoke", "--yes", "--where", where)
    assert statuses() == ["revoked"] * 5
    assert run("key", "revoke", "--yes", "--where", where, "--json").stdout == '{"keys":[]}\n'


def test_where_has_its_number_typed(run, herd, on_terminal):
    where, _, statuses = herd
    terminal = on_terminal("key", "revoke", "--where", where).until("revoke 4 keys? There is no way back. Type how many: ")
    terminal.type("y\n")
    assert terminal.end()[0] == 7 and "revoked" not in statuses()[:4]
    terminal = on_terminal("key", "revoke", "--where", where).until("Type how many: ")
    terminal.type("4\n")
    assert terminal.end()[0] == 0 and statuses() == ["revoked"] * 5


def test_where_finds_more_than_a_page(run, module_daemon):
    admin = module_daemon.connect()
    wanted = [("key.create", {"name": f"crowd {n}", "owner": "crowded"}) for n in range(1003)]
    for at in range(0, len(wanted), 100):
        admin.pipeline(wanted[at : at + 100])
    plan = json.loads(run("key", "delete", "--where", "owner:crowded", "--dry-run", "--json").stdout)
    assert len({key["id"] for key in plan["keys"]}) == len(plan["keys"]) == 1003


@pytest.mark.parametrize("args", [["--where", "x", "k_1"], [], ["--where", ""], ["--where", "  "], ["--where", "x" * 600], ["--where", "status:odd"]])
def test_where_is_refused(run, args):
    run("key", "revoke", "--yes", *args, check=2)


def test_several_at_once(run):
    ids = [json.loads(run("key", "create", "--json", "--name", "x").stdout)["id"] for _ in range(3)]
    done = run("key", "disable", "--plain", *ids)
    assert [line.split("\t")[:3] for line in done.stdout.splitlines()] == [[id, "x", "disabled"] for id in ids]


@pytest.mark.parametrize("typed, code, status", [("y", 0, "revoked"), ("", 7, "active"), ("yes", 7, "active"), ("\x04", 7, "active")])
def test_revoke_asks_on_a_terminal(run, on_terminal, made, typed, code, status):
    terminal = on_terminal("key", "revoke", made[0]).until("[y/N] ")
    assert made[0].encode() in terminal.shown and b'"made"' in terminal.shown
    got, _ = terminal.type(typed if typed == "\x04" else typed + "\n").end()
    assert (got, show(run, made[0])["status"]) == (code, status)


@pytest.mark.parametrize("typed, code", [("made", 0), ("y", 7)])
def test_delete_asks_for_the_name(run, on_terminal, made, typed, code):
    assert on_terminal("key", "delete", made[0]).until("Type its name: ").type(typed + "\n").end()[0] == code
    run("key", "show", made[0], check=0 if code else 3)


def test_delete_of_several_asks_for_the_number(run, on_terminal, made):
    other = json.loads(run("key", "create", "--json", "--name", "x").stdout)["id"]
    assert on_terminal("key", "delete", made[0], other).until("Type how many: ").type("2\n").end()[0] == 0
    run("key", "show", other, check=3)


def test_color_by_role_only_on_a_terminal(run, on_terminal, made):
    code, shown = on_terminal("key", "show", made[0]).end()
    assert code == 0 and "\033[32mactive\033[0m" in shown
    assert "\033" not in on_terminal("key", "show", made[0], "--color=never").end()[1]
    assert "\033" not in on_terminal("key", "show", made[0], NO_COLOR="1").end()[1]
    assert "\033" not in on_terminal("key", "show", made[0], TERM="dumb").end()[1]
    assert "\033" not in run("key", "show", made[0]).stdout
    assert "\033[32mactive" in run("key", "show", made[0], "--color", "always").stdout


def test_json_on_a_terminal_is_ascii(run, on_terminal):
    made = json.loads(run("key", "create", "--json", "--name", "Schlüssel").stdout)
    code, shown = on_terminal("key", "show", "--json", made["id"]).end()
    assert code == 0 and shown.isascii() and json.loads(shown)["name"] == "Schlüssel"


def test_the_table_is_aligned(run):
    for name in ("short", "a name that is longer", "名前"):
        run("key", "create", "--name", name, "--owner", "aligned")
    lines = run("key", "list", "--owner", "aligned", env={"LC_ALL": "C.UTF-8"}).stdout.splitlines()
    assert lines[0].split() == ["ID", "NAME", "STATUS", "OWNER", "EXPIRES", "LAST", "USED", "KEY"]
    cells = [sum(1 + (ord(c) > 0x2E80) for c in line[: line.index(word)]) for line, word in zip(lines, ["STATUS"] + ["active"] * 3)]
    assert len(set(cells)) == 1


def test_plain_is_one_record_a_line(run):
    made = json.loads(run("key", "create", "--json", "--name", "p l", "--owner", "plain").stdout)
    fields = run("key", "list", "--plain", "--owner", "plain").stdout.removesuffix("\n").split("\t")
    assert fields[:6] == [made["id"], "p l", "active", "default", "plain", "live"]
    assert fields[6] == datetime.datetime.fromtimestamp(made["created_at"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert fields[7:] == ["", "", "0", made["masked"]]
    assert run("key", "show", "--plain", made["id"]).stdout.removesuffix("\n").split("\t") == fields


def test_an_empty_list(run):
    done = run("key", "list", "--owner", "nobody")
    assert done.stdout == "" and "no keys like that" in done.stderr
    assert run("key", "list", "--owner", "nobody", "--plain").stdout == ""
    assert json.loads(run("key", "list", "--owner", "nobody", "--json").stdout) == {"total": 0, "keys": []}


def test_a_refused_argument_names_it(run):
    done = run("key", "list", "--json", "--status", "bogus", check=2)
    assert json.loads(done.stdout)["error"] == "invalid_argument" and "status" in done.stderr


def test_the_daemon_itself(run):
    assert json.loads(run("hello", "--json").stdout)["role"] == "admin"
    assert "answered" in run("ping").stdout
    assert json.loads(run("ping", "--json").stdout)["time"] > 0
    assert "Uptime" in run("stats").stdout and "Sealed" in run("daemon", "status").stdout
    stats = json.loads(run("stats", "--json").stdout)
    plain = dict(line.split("\t") for line in run("stats", "--plain").stdout.splitlines())
    assert plain["verifies.ok"] == str(stats["verifies"]["ok"]) and plain["sealed"] == "no"


def test_reload_waits_and_reports(ctl, daemon):
    assert "read its configuration again" in ctl("daemon", "reload", check=0).stderr
    assert json.loads(ctl("daemon", "reload", "--json", check=0).stdout) == {"reloaded": True}
    daemon.config_file.write_text("no_such_option = 1\n")
    done = ctl("daemon", "reload", "--json")
    assert done.returncode in (1, 2) and "apikeyd.conf:1" in json.loads(done.stdout)["message"]


def test_the_verify_socket_serves_verify_only(build, module_daemon, made):
    command = [build / "apikeyctl", "--socket", module_daemon.verify_socket]
    run = lambda *args: subprocess.run([*command, *args], input=made[1], capture_output=True, text=True, timeout=HANG)
    assert run("verify").returncode == 0
    assert run("hello").returncode == 0
    assert run("key", "list").returncode == 4


def test_the_socket_from_the_environment(build, module_daemon):
    environment = module_daemon.environment(APIKEYD_SOCKET=str(module_daemon.socket))
    assert subprocess.run([build / "apikeyctl", "ping"], env=environment, capture_output=True, timeout=HANG).returncode == 0


def test_what_cannot_be_written_is_a_failure(build, module_daemon):
    command = [build / "apikeyctl", "--socket", module_daemon.socket]
    with open("/dev/full", "w") as full:
        done = subprocess.run([*command, "key", "create", "--name", "lost"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANG)
        assert done.returncode == 1 and "revoke k_" in done.stderr
        done = subprocess.run([*command, "hello"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANG)
        assert done.returncode == 1 and "standard output" in done.stderr


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_key_that_nobody_reads_is_told_of(build, module_daemon, form):
    end, nobody = os.pipe()
    os.close(end)
    command = [build / "apikeyctl", "--socket", module_daemon.socket, *form, "key", "create", "--name", "lost"]
    done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, text=True, timeout=HANG)
    os.close(nobody)
    assert done.returncode == 1 and "revoke k_" in done.stderr
