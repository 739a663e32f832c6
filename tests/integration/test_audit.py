"""The audit log: every change and every refused attempt is in it, in a chain that a kill does not break."""

import json
import os
import pathlib
import random
import re
import subprocess
import threading

import pytest

from rpc import HANG, RpcError, code_of
from server import open_store

ONE_BY_ONE = 5  # refused attempts of a kind that have an entry of their own
KINDS = 32  # that are told apart


def entries(client, **query):
    """All that the query finds, page by page."""
    found, cursor = [], None
    while True:
        page = client.call("audit.list", **query, **({"cursor": cursor} if cursor else {}))
        found += page["entries"]
        cursor = page["next"]
        if cursor is None:
            return found


def life(admin, name="demo"):
    """Changes to one key; returns its id."""
    key_id = admin.call("key.create", name=name)["id"]
    admin.call("key.update", id=key_id, notes="n")
    for method in ("key.disable", "key.enable", "key.revoke", "key.delete"):
        admin.call(method, id=key_id)
    return key_id


LIFE = ["key.create", "key.update", "key.disable", "key.enable", "key.revoke", "key.delete"]


# -- what is in it


def test_every_change_has_its_entry(admin):
    before = admin.call("ping")["time"]
    key_id = life(admin)
    log = admin.call("audit.list")["entries"][::-1]
    assert [entry["action"] for entry in log] == LIFE
    assert [entry["seq"] for entry in log] == list(range(1, 7))
    for entry in log:
        assert entry["actor"] == "root" and entry["object"] == key_id and entry["outcome"] == "ok"
        assert entry["tenant"] == "default" and before <= entry["at"] <= before + HANG
    assert admin.call("audit.verify") == {
        "ok": True, "entries": 6, "head": f"6:{log[-1]['mac']}",
    }  # fmt: skip


def test_progress_of_a_check_is_told_where_it_is_wanted(admin):
    admin.pipeline([("key.create", {"name": "demo"})] * 2500)
    assert admin.call("audit.verify")["entries"] == 2500 and admin.progress == []
    msgid = admin.start("audit.verify", progress=True)
    assert admin.result(msgid)["ok"] is True
    assert admin.progress == [{"msgid": msgid, "done": n, "total": 2500} for n in (1000, 2000)]


def test_what_was_done_once_is_there_once(admin):
    for _ in range(3):
        admin.call("key.create", name="demo", request_id="r")
    assert len(admin.call("audit.list")["entries"]) == 1


def test_failed_changes_are_in_it(admin):
    key_id = admin.call("key.create", name="demo")["id"]
    admin.call("key.revoke", id=key_id)
    assert code_of(admin, "key.enable", id=key_id) == "conflict"
    assert code_of(admin, "key.delete", id="k_0123456789") == "not_found"
    last, former = admin.call("audit.list", limit=2)["entries"]
    assert (last["action"], last["object"], last["outcome"]) == ("key.delete", "k_0123456789", "not_found")
    assert (former["action"], former["object"], former["outcome"]) == ("key.enable", key_id, "conflict")
    assert admin.call("audit.verify")["ok"] is True


def test_reading_and_slips_are_not(admin):
    assert code_of(admin, "key.get", id="k_0123456789") == "not_found"
    assert code_of(admin, "key.create", name="x", bogus=1) == "invalid_argument"
    assert code_of(admin, "no.method") == "unknown_method"
    admin.call("key.list")
    assert admin.call("audit.list")["entries"] == []


def test_whoever_may_not_is_in_it(new_daemon):
    daemon = new_daemon(config="trust_peer = false\n").start()
    for method in ("key.list", "key.create", "audit.list"):
        assert code_of(daemon.connect(), method) == "unauthenticated"
    daemon.stop()
    daemon.config = ""
    log = entries(daemon.start().connect(), chain_order=True)
    assert [entry["action"] for entry in log] == ["key.list", "key.create", "audit.list"]
    assert {entry["outcome"] for entry in log} == {"unauthenticated"}
    assert {entry["actor"] for entry in log} == {f"uid {os.getuid()}"}


def test_a_pasted_key_is_not(daemon, admin):
    key = admin.call("key.create", name="demo")["key"]
    for text in (key, "another-secret"):
        assert code_of(admin, "key.revoke", id=text) == "not_found"
    admin.call("key.create", name="other", request_id="r")
    for text in (key, "another-secret"):  # refused before anybody looks for it
        assert code_of(admin, "key.revoke", id=text, request_id="r") == "conflict"
    log = [entry for entry in admin.call("audit.list")["entries"] if entry["action"] == "key.revoke"]
    assert [entry["object"] for entry in log] == [None, key.rpartition("_")[0]] * 2
    daemon.stop()
    for file in (daemon.data / "apikeyd.db", daemon.log):
        assert key[-38:].encode() not in file.read_bytes() and b"another-secret" not in file.read_bytes()


def test_a_flood_of_refusals_is_counted(daemon, admin):
    """Few entries, and none is forgotten: the last one says how many more there were."""
    count = 2000
    for _ in range(count // 100):
        admin.pipeline([("key.revoke", {"id": f"k_{n}"}) for n in range(100)])
    daemon.restart()
    log = entries(daemon.connect())
    assert len(log) <= ONE_BY_ONE + 1
    more = int(re.search(r"and (\d+) more", log[0]["detail"])[1])
    assert len(log) - 1 + more == count


def test_refusals_of_many_kinds_are_bounded(new_daemon):
    daemon = new_daemon(config="trust_peer = false\n").start()
    client = daemon.connect()
    methods = ["key.create", "key.list", "key.get", "key.update", "key.disable", "key.enable", "key.revoke"]
    for _ in range(20):
        client.pipeline([(method, {}) for method in methods for _ in range(10)])
    daemon.stop()
    daemon.config = ""
    log = entries(daemon.start().connect())
    assert len(log) <= len(methods) * (ONE_BY_ONE + 1)
    assert {entry["action"] for entry in log} == set(methods)


def test_past_so_many_kinds_none_is_told_for_another(new_daemon):
    """Whoever fills the places of all kinds has the rest counted together, and not under the name of one of them."""
    daemon = new_daemon(config="trust_peer = false\n").start()
    client = daemon.connect()
    table = (pathlib.Path(__file__).parents[2] / "protocol/method.c").read_text()
    methods = [name for name in re.findall(r'"([\w.]+\.\w+)"', table) if not name.startswith("auth.")]
    assert len(methods) > KINDS
    client.pipeline([(method, {}) for method in methods])
    for n in range(2 * ONE_BY_ONE):
        assert code_of(client, "auth.resume", token="wrong") == "unauthenticated"
    daemon.stop()
    daemon.config = ""
    log = entries(daemon.start().connect())
    (rest,) = [entry for entry in log if entry["actor"] == "others"]
    assert rest["action"] == "others" and re.search(r"and \d+ more", rest["detail"])
    assert sum(entry["action"] == "auth.resume" for entry in log) < 2 * ONE_BY_ONE


def test_sealed_there_is_no_change(stopped):
    pepper = (stopped.data / "pepper").read_bytes()
    (stopped.data / "pepper").unlink()
    admin = stopped.start().connect()
    assert code_of(admin, "key.revoke", id=stopped.made["id"]) == "unavailable"
    assert code_of(admin, "audit.verify") == "unavailable"
    assert admin.call("key.get", id=stopped.made["id"])["status"] == "active"
    page = admin.call("audit.list")
    assert len(page["entries"]) == 51 and page["head"] is None
    stopped.stop()
    (stopped.data / "pepper").write_bytes(pepper)
    assert stopped.start().connect().call("audit.verify")["entries"] == 51


# -- listing


def test_filters(admin):
    first, second = life(admin, "first"), life(admin, "second")
    now = admin.call("ping")["time"]
    assert [e["action"] for e in entries(admin, object=first)] == LIFE[::-1]
    assert {e["object"] for e in entries(admin, action="key.revoke")} == {first, second}
    assert len(entries(admin, actor="root")) == 12 and entries(admin, actor="nobody") == []
    assert len(entries(admin, object=first, action="key.delete", actor="root")) == 1
    assert len(entries(admin, **{"from": 0, "to": now})) == 12
    assert entries(admin, **{"from": now + 1}) == [] == entries(admin, to=1)


@pytest.mark.parametrize("order", [{}, {"chain_order": True}])
@pytest.mark.parametrize("query", [{}, {"actor": "root"}, {"action": "key.update"}])
def test_pages(admin, order, query):
    for n in range(5):
        life(admin, f"k{n}")
    whole = entries(admin, **query, **order)
    assert len(whole) == (5 if "action" in query else 30)
    seqs = [entry["seq"] for entry in whole]
    assert seqs == sorted(seqs, reverse=not order)
    for limit in (1, 7, 29, 30, 31, 1000):
        assert entries(admin, limit=limit, **query, **order) == whole


@pytest.mark.parametrize("cursor", ["0", "AAAA", "00" * 32, "c" * 100])
def test_forged_cursors(admin, cursor):
    assert code_of(admin, "audit.list", cursor=cursor) == "invalid_argument"


def test_cursors_of_another_listing(admin):
    for n in range(3):
        admin.call("key.create", name=f"k{n}")
    of_keys = admin.call("key.list", limit=1)["next"]
    of_log = admin.call("audit.list", limit=1)["next"]
    assert code_of(admin, "audit.list", cursor=of_keys) == "invalid_argument"
    assert code_of(admin, "key.list", cursor=of_log) == "invalid_argument"
    assert code_of(admin, "audit.list", cursor=of_log, chain_order=True) == "invalid_argument"


@pytest.mark.parametrize(
    ("field", "value"),
    [("from", -1), ("to", 0), ("from", "x"), ("limit", 0), ("limit", 1001), ("actor", ""), ("object", 5),
     ("action", "a\nb"), ("chain_order", 1)],
)  # fmt: skip
def test_bad_parameters(admin, field, value):
    with pytest.raises(RpcError) as error:
        admin.call("audit.list", **{field: value})
    assert error.value.code == "invalid_argument" and error.value.text.startswith(field)


# -- events


def test_entries_are_told_as_they_are_committed(daemon, admin):
    watcher = daemon.connect()
    seq = watcher.call("events.subscribe", topics=["audit"])["seq"]
    key_id = life(admin)
    code_of(admin, "key.revoke", id=key_id)
    heard = [watcher.event() for _ in range(7)]
    assert {event["type"] for event in heard} == {"audit.entry"}
    assert [event["action"] for event in heard] == [*LIFE, "key.revoke"]
    assert [event["outcome"] for event in heard] == ["ok"] * 6 + ["not_found"]
    assert {event["object"] for event in heard} == {key_id}
    assert [event["seq"] for event in heard] == list(range(seq + 1, seq + 8))


def test_a_change_and_its_entry_have_one_number(daemon, admin):
    watcher = daemon.connect()
    since = watcher.call("events.subscribe", topics=["key", "audit"])["seq"]
    life(admin)
    heard = [watcher.event() for _ in range(12)]
    assert [event["seq"] - since for event in heard] == [n for n in range(1, 7) for _ in "ab"]
    assert {event["type"] for event in heard[1::2]} == {"audit.entry"}
    late = daemon.connect()
    late.call("events.subscribe", topics=["key", "audit"], since=since + 2)
    assert [late.event() for _ in range(8)] == heard[4:]


def test_the_servers_own_events(daemon):
    watcher = daemon.connect()
    watcher.call("events.subscribe", topics=["server"], since=0)
    assert watcher.event()["type"] == "server.started"
    daemon.reload()
    assert watcher.event()["type"] == "server.reloaded"
    daemon.signal(15)
    assert watcher.event()["type"] == "server.stopping"
    daemon.ended()


def test_sealed_is_an_event(stopped):
    (stopped.data / "pepper").unlink()
    watcher = stopped.start().connect()
    watcher.call("events.subscribe", topics=["server"], since=0)
    assert [watcher.event()["type"] for _ in range(2)] == ["server.started", "server.sealed"]


# -- the chain holds


def verify_file(build, path, *more):
    """What apikeyctl says of a log without its daemon."""
    done = subprocess.run(
        [build / "apikeyctl", "--json", "audit", "verify", path, *more],
        capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    assert done.returncode in (0, 1), done
    said = json.loads(done.stdout)
    assert said["ok"] == (done.returncode == 0), done
    return said


def test_many_changers_one_chain(daemon):
    def work(client, n):
        for m in range(20):
            life(client, f"{n}.{m}")
            code_of(client, "key.delete", id=f"k_{n}{m}")

    threads = [threading.Thread(target=work, args=(daemon.connect(), n)) for n in range(8)]
    for thread in threads:
        thread.start()
    admin = daemon.connect()
    while any(thread.is_alive() for thread in threads):
        assert admin.call("audit.verify")["ok"] is True
    for thread in threads:
        thread.join()
    outcome = admin.call("audit.verify")
    assert outcome["ok"] is True and outcome["entries"] >= 8 * 20 * 6
    assert len(entries(admin, chain_order=True)) == outcome["entries"]


def test_kill_9_keeps_the_chain(build, daemon):
    chance = random.Random()
    total = 0
    for _ in range(10):
        clients = [daemon.connect() for _ in range(3)]
        for client in clients:
            client.start("key.create", name="demo")
            for n in range(200):
                client.start("key.create", name=f"k{n}") if n % 3 else client.start("key.revoke", id="k_x")
        for _ in range(chance.randrange(200)):
            clients[0].recv()
        daemon.kill9()
        assert verify_file(build, daemon.data / "apikeyd.db")["ok"] is True, "with its log beside it"
        daemon.start()
        outcome = daemon.connect().call("audit.verify")
        assert outcome["ok"] is True and outcome["entries"] >= total
        total = outcome["entries"]
    assert total > 0


def test_a_store_in_use_is_not_read(build, daemon, admin):
    life(admin)
    done = subprocess.run(
        [build / "apikeyctl", "audit", "verify", daemon.data / "apikeyd.db"],
        capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    assert done.returncode == 6 and "in use" in done.stderr


def test_the_head_is_in_the_log(daemon, admin):
    life(admin)
    head = admin.call("audit.verify")["head"]
    daemon.stop()
    assert f"audit head {head}" in daemon.output()


def test_old_entries_get_their_chain(build, daemon, admin):
    """Version 1 of the store knew no chain."""
    life(admin)
    daemon.stop()
    with open_store(daemon.data) as db:
        db.execute("UPDATE audit SET mac = NULL")
        db.execute("UPDATE notes SET value = x'' WHERE name = 'audit_head'")
    admin = daemon.start().connect()
    life(admin)
    assert admin.call("audit.verify")["entries"] == 12
    assert "its 6 entries are taken as they are" in daemon.output()
