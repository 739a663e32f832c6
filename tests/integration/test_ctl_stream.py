"""apikeyctl where things are long, live, or go wrong: lists, events, a daemon that is away or plays foul."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import pytest

from impostor import HANG_UP, SILENCE, Impostor
from rpc import HANG, RpcError
from server import poll
from terminal import Terminal
from tracing import needs_strace

HOSTILE = "x\033[2J\u202e\u200b\n\u0085\ufeffy"


def run(build, path, *args, **more):
    more = {"input": "", "capture_output": True, "text": True, "timeout": HANG} | more
    return subprocess.run([build / "apikeyctl", "--socket", path, *args], **more)


def key(n, **more):
    return {"id": f"k_{n}", "name": f"key {n}", "status": "active", "masked": "ak_live_x_…abcd", "scopes": []} | more


# -- lists


def test_a_list_of_many_pages(build, daemon):
    daemon.connect().pipeline([("key.create", {"name": f"k{n}"}) for n in range(2500)])
    listed = json.loads(run(build, daemon.socket, "key", "list", "--json").stdout)
    assert listed["total"] == 2500 and [k["name"] for k in listed["keys"]] == [f"k{n}" for n in range(2500)]
    backwards = run(build, daemon.socket, "key", "list", "--plain", "--sort", "created_at", "--desc").stdout
    assert [line.split("\t")[1] for line in backwards.splitlines()] == [f"k{n}" for n in reversed(range(2500))]


def endless_pages(pages, of):
    def page(params):
        n = int(params.get("cursor", 0))
        keys = [key(n * of + i, notes="n" * 200) for i in range(of)]
        return {"keys": keys, "next": str(n + 1) if n + 1 < pages else None, "total": pages * of}

    return [page] * pages


def test_a_list_runs_in_bounded_memory(build, sanitized):
    if sanitized:
        pytest.skip("memory under a sanitizer says little")
    with Impostor(*endless_pages(100, 1000)) as impostor:
        lister = subprocess.Popen([build / "apikeyctl", "--socket", impostor.socket, "key", "list"], stdout=subprocess.PIPE)
        lines = sum(1 for _ in zip(range(90_000), lister.stdout))
        status = pathlib.Path(f"/proc/{lister.pid}/status").read_text()  # it waits: a pipe holds far less
        lines += sum(1 for _ in lister.stdout)
        lister.stdout.close()
        assert (lines, lister.wait(HANG)) == (100_001, 0)
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 30 * 1024


def test_a_list_that_breaks_off_says_so(build):
    pages = {"keys": [key(1)], "next": "1", "total": 2}
    with Impostor(pages, HANG_UP) as impostor:
        done = run(build, impostor.socket, "key", "list", "--json")
    document = json.loads(done.stdout)
    assert done.returncode == 5 and document["error"] == "unreachable" and [k["id"] for k in document["keys"]] == ["k_1"]
    with Impostor(pages, RpcError("internal: no more")) as impostor:
        done = run(build, impostor.socket, "key", "list")
    assert done.returncode == 1 and "not whole: no more" in done.stderr


@pytest.mark.parametrize(
    ("words", "members", "rows"),
    [(["tenant", "list"], "tenants", {"name": "acme"}), (["user", "list"], "users", {"username": "ada"}),
     (["audit", "list", "--limit", "2000"], "entries", {"seq": 1, "at": 1})],
)
def test_other_lists_that_break_off(build, words, members, rows):
    page = {members: [rows], "next": "1"}
    with Impostor(page, RpcError("internal: no more")) as impostor:
        done = run(build, impostor.socket, *words, "--json")
    assert json.loads(done.stdout) == {members: [rows], "error": "internal", "message": "no more"}
    assert done.returncode == 1 and "not whole: no more" in done.stderr
    with Impostor(page, HANG_UP) as impostor:
        done = run(build, impostor.socket, *words)
    assert done.returncode == 5 and done.stdout and "not whole" in done.stderr
    with Impostor(RpcError("forbidden: not for you")) as impostor:
        done = run(build, impostor.socket, *words, "--json")
    assert done.returncode == 4 and json.loads(done.stdout) == {"error": "forbidden", "message": "not for you"}


def test_columns_stay_apart_in_later_pages(build):
    pages = [{"keys": [key(1)], "next": "1", "total": 2}, {"keys": [key(2, name="n" * 90)], "next": None, "total": 2}]
    with Impostor(*pages) as impostor:
        lines = run(build, impostor.socket, "key", "list").stdout.splitlines()
    assert lines[2].split()[:3] == ["k_2", "n" * 90, "active"]


# -- events


def test_events_are_followed(build, daemon):
    admin = daemon.connect()
    now = str(admin.call("events.subscribe")["seq"])  # so that it does not matter when the follower has subscribed
    follower = subprocess.Popen(
        [build / "apikeyctl", "--socket", daemon.socket, "events", "--topic", "key", "--json", "--since", now, "--count", "3"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    made = admin.call("key.create", name="first")
    first = json.loads(follower.stdout.readline())  # at once, not at the end
    admin.call("key.disable", id=made["id"])
    admin.call("key.revoke", id=made["id"])
    out, err = follower.communicate(timeout=HANG)
    events = [first, *map(json.loads, out.splitlines())]
    assert follower.returncode == 0, err
    assert [e["type"] for e in events] == ["key.created", "key.disabled", "key.revoked"]
    assert [e["seq"] for e in events] == list(range(events[0]["seq"], events[0]["seq"] + 3))
    again = run(build, daemon.socket, "events", "--plain", "--topic", "key", "--since", str(events[0]["seq"]), "--count", "2")
    assert [line.split("\t")[2] for line in again.stdout.splitlines()] == ["key.disabled", "key.revoked"]
    table = run(build, daemon.socket, "events", "--topic", "key", "--since", str(events[0]["seq"]), "--count", "1")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d  key\.disabled  ", table.stdout) and "Ctrl-C" in table.stderr


def test_events_in_json_are_a_line_each(build, daemon):
    """On a terminal, too, and there in ASCII."""
    admin = daemon.connect()
    admin.call("key.create", name="Schlüssel")
    code, shown = Terminal([build / "apikeyctl", "--socket", daemon.socket, "--json", "events", "--topic", "key", "--since", "0", "--count", "1"], os.environ).end()
    assert code == 0 and shown.isascii() and json.loads(shown.splitlines()[0])["record"]["name"] == "Schlüssel"


def test_events_end_with_the_daemon(build, daemon):
    follower = subprocess.Popen(
        [build / "apikeyctl", "--socket", daemon.socket, "events", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with daemon.connect() as admin:
        poll(lambda: admin.call("stats.get")["connections"] == 2, "the follower")
    daemon.stop()
    out, _ = follower.communicate(timeout=HANG)
    assert follower.returncode == 5 and json.loads(out.splitlines()[-1])["error"] == "unreachable"


def test_events_end_with_ctrl_c(build, daemon):
    terminal = Terminal([build / "apikeyctl", "--socket", daemon.socket, "events"], os.environ).until("Ctrl-C ends")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end()[0] == -signal.SIGINT


# -- a daemon that is away


@pytest.mark.parametrize("args", [["ping"], ["key", "list"], ["key", "create", "--name", "x"], ["verify"], ["events"], ["daemon", "reload"]])
def test_a_daemon_that_is_away(build, tmp_path, args):
    done = run(build, tmp_path / "admin.sock", *args)
    assert done.returncode == 5 and done.stdout == ""
    for word in (str(tmp_path / "admin.sock"), "apikey-admin", "apikeyd.service"):
        assert word in done.stderr
    error = json.loads(run(build, tmp_path / "admin.sock", *args, "--json").stdout)
    assert error["error"] == "unreachable" and str(tmp_path) in error["message"]


@pytest.mark.parametrize("args", [["ping"], ["key", "list"], ["key", "create", "--name", "x"], ["events"], ["audit", "verify"]])
def test_a_daemon_that_says_nothing(build, args):
    """It is found out by a ping, so that nothing is asked of it that it might do later."""
    with Impostor(SILENCE, alive=False) as impostor:
        done = run(build, impostor.socket, *args, "--json")
    assert [method for method, _ in impostor.requests] == ["ping"]
    assert done.returncode == 5 and json.loads(done.stdout)["error"] == "timed_out"
    assert "no answer from " + str(impostor.socket) in done.stderr and "apikeyd.service" in done.stderr


@pytest.mark.parametrize("variable", ["XDG_RUNTIME_DIR", "APIKEYCTL_KEY_FILE"])
def test_who_is_somebody_waits_no_longer_for_it(build, tmp_path, variable):
    (tmp_path / "apikeyctl.token").write_text("t0ken\n")
    env = os.environ | {variable: str(tmp_path / "apikeyctl.token" if variable == "APIKEYCTL_KEY_FILE" else tmp_path)}
    with Impostor(SILENCE, SILENCE, alive=False) as impostor:
        done = run(build, impostor.socket, "key", "list", env=env)
    assert [method for method, _ in impostor.requests] == ["ping"]
    assert done.returncode == 5 and "no answer from " + str(impostor.socket) in done.stderr


def test_one_ping_goes_before_many_calls(build):
    with Impostor({"time": 0}, key(1), key(1, status="disabled"), alive=False) as impostor:
        done = run(build, impostor.socket, "key", "disable", "k_1")
    assert done.returncode == 0
    assert [method for method, _ in impostor.requests] == ["ping", "key.get", "key.disable"]


def test_nobody_listens_any_more(build, tmp_path):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "verify.sock"))
    done = run(build, tmp_path / "verify.sock", "verify")
    assert done.returncode == 5 and "refused" in done.stderr and "apikey-verify" in done.stderr


def test_a_file_is_not_left_where_no_key_was_made(build, tmp_path):
    assert run(build, tmp_path / "none.sock", "key", "create", "--name", "x", "--out", tmp_path / "f").returncode == 5
    assert not (tmp_path / "f").exists()


# -- lost connections and outcomes


@pytest.mark.parametrize("loss", [HANG_UP, RpcError("outcome_unknown: the store failed")])
def test_a_lost_change_is_asked_again_under_the_same_id(build, loss):
    with Impostor(key(1), loss, key(1, status="revoked")) as impostor:
        done = run(build, impostor.socket, "key", "revoke", "--yes", "--plain", "k_1")
        requests = impostor.requests
    assert done.returncode == 0 and "\trevoked\t" in done.stdout
    assert [method for method, _ in requests] == ["key.get", "key.revoke", "key.revoke"]
    assert requests[1] == requests[2] and len(requests[1][1]["request_id"]) == 32


def test_two_changes_have_two_ids(build):
    with Impostor(*[key(n, key="ak") for n in range(2)]) as impostor:
        for _ in range(2):
            run(build, impostor.socket, "key", "create", "--name", "x")
        ids = [params["request_id"] for _, params in impostor.requests]
    assert ids[0] != ids[1]


def test_a_new_key_whose_text_was_lost(build, tmp_path):
    with Impostor(HANG_UP, key(7)) as impostor:
        done = run(build, impostor.socket, "key", "create", "--name", "x", "--out", tmp_path / "f")
    assert done.returncode == 1 and done.stdout == "" and "k_7" in done.stderr and "revoke" in done.stderr
    assert not (tmp_path / "f").exists()


@pytest.mark.parametrize(("code", "end"), [("not_found", 3), ("conflict", 6)])
def test_one_key_does_not_keep_the_others(build, code, end):
    keys = [key(n) for n in range(3)]
    with Impostor(*keys, keys[0], RpcError(f"{code}: so it is"), keys[2]) as impostor:
        done = run(build, impostor.socket, "key", "revoke", "--yes", "k_0", "k_1", "k_2")
        changed = [params["id"] for method, params in impostor.requests if method == "key.revoke"]
    assert done.returncode == end and changed == ["k_0", "k_1", "k_2"]
    assert "so it is" in done.stderr and done.stderr.count("revoked key") == 2 and "1 of 3 keys not revoked" in done.stderr


@pytest.mark.parametrize(("words", "again"), [(["-", "--format", "jsonl"], False), (["-", "--format", "jsonl", "--batch", "b"], True), ([], True)])
def test_an_import_that_stops_says_how_to_go_on(build, tmp_path, words, again):
    """Rows from a pipe have other ids the next time, and would be refused."""
    rows = "".join(json.dumps({"name": f"key {n}", "plaintext": f"old-key-number-{n}"}) + "\n" for n in range(2))
    (tmp_path / "keys.jsonl").write_text(rows)
    with Impostor(key(1), RpcError("unavailable: the disk is full")) as impostor:
        done = run(build, impostor.socket, "key", "import", *(words or [tmp_path / "keys.jsonl"]), input=rows)
    assert done.returncode == 1 and "stopped at line 2; " in done.stderr
    assert ("the same command again" in done.stderr) == again


def test_what_all_keys_would_meet_ends_it(build):
    with Impostor(key(1), key(2), RpcError("forbidden: so it is")) as impostor:
        done = run(build, impostor.socket, "key", "revoke", "--yes", "k_1", "k_2")
        assert [method for method, _ in impostor.requests].count("key.revoke") == 1
    assert done.returncode == 4


@needs_strace
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(("words", "method", "least"), [(["audit", "verify"], "audit.verify", 500_000), (["backup", "/f"], "backup.create", None)])
def test_long_work_has_its_time(build, tmp_path, words, method, least, known):
    """Also where the daemon has been asked something before, as by whoever goes on with a session."""
    (tmp_path / "apikeyctl.token").write_text("t0ken\n")
    with Impostor(*([{}] if known else []), SILENCE) as impostor:
        traced = subprocess.Popen(
            ["strace", "-qq", "-e", "trace=poll", "-o", tmp_path / "trace", build / "apikeyctl", "--socket", impostor.socket, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path if known else tmp_path / "none")}, start_new_session=True,
        )  # fmt: skip
        try:
            poll(lambda: [name for name, _ in impostor.requests][-1:] == [method], "the call")
            waits = lambda: re.findall(r"poll\(.*\], 1, (-?\d+)", (tmp_path / "trace").read_text())
            enough = (lambda ms: ms < 0) if least is None else (lambda ms: ms > least)
            poll(lambda: waits() and enough(int(waits()[-1])), "that it waits so long")
        finally:
            os.killpg(traced.pid, signal.SIGKILL)
            traced.wait()


@pytest.mark.parametrize(
    "code, end",
    [("forbidden", 4), ("unauthenticated", 4), ("locked_out", 4), ("not_found", 3), ("conflict", 6), ("invalid_argument", 2),
     ("busy", 1), ("unavailable", 1), ("limit_reached", 1), ("internal", 1)],
)
def test_exit_codes(build, code, end):
    with Impostor(RpcError(f"{code}: so it is")) as impostor:
        done = run(build, impostor.socket, "hello", "--json")
    assert done.returncode == end
    assert json.loads(done.stdout) == {"error": code, "message": "so it is"} and "so it is" in done.stderr


@pytest.mark.parametrize("code, end", [("rate_limited", 11), ("quota_exceeded", 11), ("units_exceeded", 10), ("ip_denied", 10), ("new", 10)])
def test_exit_codes_of_verify(build, code, end):
    with Impostor({"valid": False, "code": code}) as impostor:
        assert run(build, impostor.socket, "verify").returncode == end


@pytest.mark.parametrize("answer", [{"valid": True, "code": "revoked"}, {"valid": True, "code": "new"}, {"valid": True}, None, "yes"])
def test_a_doubtful_verdict_is_no_yes(build, answer):
    with Impostor(answer) as impostor:
        assert run(build, impostor.socket, "verify").returncode == 1


# -- hostile text


@pytest.mark.parametrize(
    "answer, args",
    [
        ({"keys": [key(1, name=HOSTILE, owner=HOSTILE, masked=HOSTILE)], "next": None, "total": 1}, ["key", "list"]),
        (key(1, name=HOSTILE, notes=HOSTILE, scopes=[HOSTILE], meta={HOSTILE: HOSTILE}), ["key", "show", "k_1"]),
        (key(1, name=HOSTILE, key="ak_live_x"), ["key", "create", "--name", "x"]),
        (key(1, name=HOSTILE), ["key", "revoke", "--dry-run", "k_1"]),
        ({"valid": True, "code": "ok", "name": HOSTILE, "meta": {HOSTILE: HOSTILE}}, ["verify"]),
        ({"user": HOSTILE, HOSTILE: HOSTILE}, ["hello"]),
        (RpcError("not_found: " + HOSTILE), ["hello"]),
    ],
)
def test_hostile_text_reaches_no_terminal(build, answer, args):
    for form in ([], ["--plain"], ["--json"]):
        with Impostor(answer) as impostor:
            terminal = Terminal([build / "apikeyctl", "--socket", impostor.socket, *args, *form], os.environ | {"NO_COLOR": "1"})
            if args == ["verify"]:
                terminal.until("then Enter").type("key\n")
            _, shown = terminal.end()
        assert not set(shown.replace("\r\n", "")) & set("\033\u202e\u200b\u0085\ufeff\r\b"), (form, shown)
        assert "\n\u0085" not in shown


def test_hostile_events(build):
    with Impostor({"seq": 0}) as impostor:
        impostor.notifications = [{"seq": 1, "at": 1, "type": HOSTILE, HOSTILE: HOSTILE}]
        done = run(build, impostor.socket, "events", "--count", "1")
    assert done.returncode == 0 and not set(done.stdout) & set("\033\u202e\u200b\u0085\ufeff")
    assert done.stdout.count("\n") == 1


def test_a_peer_that_speaks_something_else(build, tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        lister = subprocess.Popen([build / "apikeyctl", "--socket", tmp_path / "s", "ping"], stderr=subprocess.PIPE, text=True)
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n")
            _, err = lister.communicate(timeout=HANG)
    assert lister.returncode == 1 and "does not speak the protocol" in err
