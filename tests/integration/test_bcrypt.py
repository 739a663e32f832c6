"""Keys that another system knew by their bcrypt: checked by a worker of their own until they have been seen once."""

import crypt
import threading

import pytest

from rpc import code_of, request
from server import poll

OLD = "acme_7Hq2/Zm9vYmFyYmF6-0123456789"
SALT = "abcdefghijklmnopqrstuu"
QUICK, SLOW = 4, 10  # costs: a millisecond; some tens of them
WAITING = 16  # jobs in the queue


def bcrypt(plain, cost=QUICK, form="2b"):
    return crypt.crypt(plain, f"${form}${cost:02}${SALT}")


def take_over(admin, plain=OLD, prefix="acme_7Hq2", cost=QUICK, **params):
    return admin.call("key.import", name="old", bcrypt=bcrypt(plain, cost), prefix=prefix, **params)


def rehashed(admin):
    return [entry["object"] for entry in admin.call("audit.list", action="key.rehash")["entries"]]


def test_it_verifies_and_gets_a_digest_of_its_own(daemon):
    admin, verifier = daemon.connect(), daemon.connect_verify()
    key = take_over(admin, scopes=["a"], rate=[{"window": 60, "limit": 9}])
    assert key["masked"] == "acme_7Hq2_…" and "bcrypt" not in key
    daemon.restart()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    for wrong in (OLD[:-1], OLD + "x", "acme_7Hq2", "acme_7Hq"):
        assert verifier.call("verify", key=wrong)["code"] == "not_found"
    assert verifier.call("verify", key=OLD, tenant="other")["code"] == "not_found"
    assert not rehashed(admin)
    verdict = verifier.call("verify", key=OLD, scopes=["a"], ip="192.0.2.7", units=3)
    assert (verdict["code"], verdict["key_id"], verdict["limits"][0]["remaining"]) == ("ok", key["id"], 8)
    poll(lambda: rehashed(admin) == [key["id"]], "the native digest")
    assert verifier.call("verify", key=OLD, scopes=["b"])["missing"] == ["b"]
    found = admin.call("key.get", id=key["id"])
    assert (found["requests"], found["units"], found["secrets"][0]["last_ip"]) == (1, 3, "192.0.2.7")
    daemon.restart()
    assert daemon.connect_verify().call("verify", key=OLD)["limits"][0]["remaining"] == 7
    assert rehashed(daemon.connect()) == [key["id"]] and daemon.connect().call("audit.verify")["ok"]
    daemon.stop()
    assert bcrypt(OLD).encode() not in (daemon.data / "apikeyd.db").read_bytes()


@pytest.mark.parametrize("form", ["2a", "2b", "2y"])
def test_forms(admin, verifier, form):
    admin.call("key.import", name="x", bcrypt=bcrypt(OLD, form=form), prefix="acme")
    assert verifier.call("verify", key=OLD)["valid"]


GOOD = bcrypt(OLD)


@pytest.mark.parametrize("wrong", [
    "", GOOD[:-1], GOOD + "a", "$2x" + GOOD[3:], "$1" + GOOD[2:], GOOD[:10] + "!" + GOOD[11:], GOOD[:10] + "\n" + GOOD[11:],
    "$2b$03" + GOOD[6:], "$2b$15" + GOOD[6:], "$2b$31" + GOOD[6:], "$2b$4$" + GOOD[6:], "$2b$-4" + GOOD[6:], 4, b"\x00" * 60])
def test_no_bcrypt(admin, wrong):
    assert code_of(admin, "key.import", name="x", bcrypt=wrong, prefix="acme") == "invalid_argument"


@pytest.mark.parametrize("cost", ["04", "14"])
def test_bounds_of_the_cost(admin, cost):
    assert admin.call("key.import", name="x", bcrypt=GOOD.replace("$04$", f"${cost}$"), prefix="acme")["id"]


def test_it_needs_its_beginning(admin):
    assert code_of(admin, "key.import", name="x", bcrypt=GOOD) == "invalid_argument"
    assert code_of(admin, "key.import", name="x", bcrypt=GOOD, prefix="acm") == "invalid_argument"
    take_over(admin, prefix="acme")
    assert code_of(admin, "key.import", name="x", bcrypt=bcrypt("another"), prefix="acme") == "conflict"


def test_beginnings_within_each_other(admin, verifier):
    """All that a text begins like are looked at, so that none hides another."""
    plains = ["acme-0001", "acme-0002", "acme-0003", "acme-0004"]
    ids = [take_over(admin, plain, "acme-000"[: 5 + n])["id"] for n, plain in enumerate(plains)]
    assert [verifier.call("verify", key=plain)["key_id"] for plain in plains] == ids
    assert verifier.call("verify", key="acme-0005")["code"] == "not_found"


def test_no_tenant_hides_anothers_key(admin, verifier):
    """Whoever takes over keys that begin like another tenant's makes those take longer, and no more."""
    key = take_over(admin, OLD, OLD[:4])
    admin.call("tenant.create", name="other")
    for length in range(5, 10):
        take_over(admin, OLD[:length] + "-decoy", OLD[:length], tenant="other")
    assert verifier.call("verify", key=OLD)["key_id"] == key["id"]


def test_what_denies_it_denies_it_still(admin, verifier):
    key = take_over(admin)
    admin.call("key.revoke", id=key["id"])
    for _ in range(2):
        assert verifier.call("verify", key=OLD)["code"] == "revoked"
        poll(lambda: rehashed(admin), "the native digest")
    assert verifier.call("verify", key="acme_7Hq2-wrong")["code"] == "not_found"


def test_one_that_is_deleted_is_gone(admin, verifier):
    admin.call("key.delete", id=take_over(admin)["id"])
    assert verifier.call("verify", key=OLD)["code"] == "not_found"
    again = take_over(admin)
    assert verifier.call("verify", key=OLD)["key_id"] == again["id"]


def test_rotated_before_it_was_seen(admin, verifier):
    key = take_over(admin)
    new = admin.call("key.rotate", id=key["id"], grace=3600)["key"]
    assert verifier.call("verify", key=OLD)["superseded"] is True
    poll(lambda: rehashed(admin), "the native digest")
    assert verifier.call("verify", key=OLD)["superseded"] is True
    assert verifier.call("verify", key=new)["key_id"] == key["id"]


def test_a_key_of_two_tenants(daemon):
    """Each gets its own answer; the second cannot have the digest too, and the log says so."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    admin.call("tenant.create", name="acme")
    native = admin.call("key.import", name="native", plaintext=OLD)
    known = take_over(admin, tenant="acme")
    entries = []
    for _ in range(3):
        assert verifier.call("verify", key=OLD, tenant="acme")["key_id"] == known["id"]
        assert verifier.call("verify", key=OLD, tenant="default")["key_id"] == native["id"]
        assert verifier.call("verify", key=OLD)["key_id"] == native["id"]
        poll(lambda: len(rehashed(admin)) > len(entries), "the refusal")
        entries = admin.call("audit.list", action="key.rehash")["entries"]
        assert {(e["actor"], e["object"], e["tenant"], e["outcome"]) for e in entries} == {
            ("apikeyd", known["id"], "acme", "conflict")
        }
    for _ in range(20):
        assert verifier.call("verify", key=OLD, tenant="acme")["key_id"] == known["id"]
    daemon.restart()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    assert len(rehashed(admin)) < 20 and admin.call("audit.verify")["ok"]
    assert verifier.call("verify", key=OLD)["key_id"] == native["id"]
    admin.call("key.delete", id=native["id"])
    assert verifier.call("verify", key=OLD)["key_id"] == known["id"]
    poll(lambda: admin.call("audit.list", action="key.rehash")["entries"][0]["outcome"] == "ok", "the native digest")


def test_many_at_once_are_all_allowed(daemon):
    """While one gets its digest none of the others falls between the two; what is too much is busy, not denied."""
    admin, verifiers = daemon.connect(), [daemon.connect_verify() for _ in range(4)]
    for n in range(30):
        plain = f"acme{n:04}-the-rest-of-it"
        key = take_over(admin, plain, f"acme{n:04}")
        asked = [(v, [v.start("verify", key=plain) for _ in range(8)]) for v in verifiers]
        outcomes = [v.reply(msgid) for v, msgids in asked for msgid in msgids]
        allowed = [result for _, _, error, result in outcomes if error is None]
        assert all(error.startswith("busy: ") for _, _, error, _ in outcomes if error is not None)
        assert allowed and {verdict["code"] for verdict in allowed} == {"ok"}
        poll(lambda: rehashed(admin)[:1] == [key["id"]], "the native digest")
        assert admin.call("key.get", id=key["id"])["requests"] == len(allowed)


def test_a_flood_of_wrong_keys_is_bounded(daemon):
    """What is over the queue is busy at once, on that connection as on others, and moves no native verify."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    native = admin.call("key.create", name="native")["key"]
    take_over(admin, cost=SLOW)
    floods = [daemon.connect_verify() for _ in range(4)]
    asked = [(f, [f.start("verify", key=f"acme_7Hq2-wrong-{n}") for n in range(32)]) for f in floods]
    for _ in range(200):
        assert verifier.call("verify", key=native)["valid"]
        assert floods[0].call("verify", key=native)["valid"]  # nor does it wait behind its own
    errors = [f.reply(msgid)[2] for f, msgids in asked for msgid in msgids]
    looked_at = [error for error in errors if error is None]
    assert WAITING <= len(looked_at) < len(errors)
    assert all(error.startswith("busy: ") for error in errors if error is not None)
    assert verifier.call("verify", key=OLD)["valid"]


def errors_of(client):
    return {n: error for n, (_, _, error, _) in client.replies.items() if error is not None}


def test_who_gives_its_place_to_another_is_told_that_it_was_busy(daemon):
    admin, flood = daemon.connect(), daemon.connect_verify()
    admin.call("key.import", name="slow", bcrypt=GOOD.replace("$04$", "$12$"), prefix="acme")
    for n in range(WAITING + 4):
        flood.start("verify", key=f"acme-wrong-{n}")
    flood.call("ping")
    refused = errors_of(flood)
    for n in range(4):  # root's, which come before a stranger's; a place may have come free meanwhile
        admin.start("key.import", name="favoured", plaintext=f"acme-another-{n}")
    poll(lambda: flood.call("ping") and errors_of(flood).keys() != refused.keys(), "one that was crowded out")
    assert refused and set(errors_of(flood).values()) == set(refused.values())
    daemon.kill9()  # a stop would let those who wait have some seconds


def test_a_client_that_leaves(daemon):
    """Its question is answered to nobody, and the key has its digest all the same."""
    admin = daemon.connect()
    key = take_over(admin, cost=8)
    for _ in range(5):
        client = daemon.connect_verify()
        client.start("verify", key=OLD)
        client.close()
    poll(lambda: rehashed(admin) == [key["id"]], "the native digest")


def test_a_request_then_half_a_close(daemon):
    take_over(daemon.connect(), cost=8)
    client = daemon.connect_verify()
    client.start("verify", key=OLD)
    client.finish()
    assert [message[3]["code"] for message in client.until_closed()] == ["ok"]


def test_half_a_request_before_half_a_close_keeps_no_other_from_its_answer(new_daemon):
    """Nobody waits for the other half; the answers take longer than that might have."""
    daemon = new_daemon(config="request_timeout = 1\n").start()
    daemon.connect().call("key.import", name="slow", bcrypt=GOOD.replace("$04$", "$14$"), prefix="acme")
    client = daemon.connect_verify()
    client.send(b"".join(request(n, "verify", {"key": f"acme {n}"}) for n in range(4)) + request(4, "ping")[:-1])
    client.finish()
    assert [reply[:3] for reply in client.until_closed()] == [[1, n, None] for n in range(4)]


def test_a_stop_waits_for_none_but_what_has_begun(daemon):
    take_over(daemon.connect(), cost=10)
    clients = [daemon.connect_verify() for _ in range(4)]
    for client in clients:
        for n in range(4):
            client.start("verify", key=f"acme_7Hq2-wrong-{n}")
    read = [threading.Thread(target=client.until_closed) for client in clients]
    for thread in read:
        thread.start()
    daemon.signal(15)
    for thread in read:
        thread.join()
    daemon.ended()


def test_any_encoding(daemon):
    """The short way and the general way of reading a verify keep the same for later."""
    take_over(daemon.connect())
    client = daemon.connect_verify()
    wrong = client.call("verify", key=b"acme_7Hq2-wrong", scopes=[f"s{n}" for n in range(20)], agent="x" * 300)
    assert wrong["code"] == "not_found"
    admin = daemon.connect()
    right = admin.call("verify", key=OLD.encode(), scopes=[f"s{n}" for n in range(20)])
    assert right["code"] == "scope_missing" and len(right["missing"]) == 20
    assert client.call("verify", key=b"acme_7Hq2\x00" + OLD.encode()[10:])["code"] == "not_found"
