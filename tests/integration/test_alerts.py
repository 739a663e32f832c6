"""Alerts: each comes when it should, once, and not otherwise."""

import threading

import pytest

from rpc import RpcError
from server import poll

DAY = 86400


def alerts(client, **query):
    return client.call("alert.list", **query)["alerts"]


def told(client, kind, count=1):
    """Waits for so many alerts of a kind; there are no more of them."""
    found = poll(lambda: (a := alerts(client, kind=kind)) and len(a) >= count and a, kind)
    assert len(found) == count, found
    return found


def settled(admin, verifier):
    """After this, whatever was verified before has been judged: a later sighting has been."""
    key = admin.call("key.create", name="marker")
    admin.call("key.revoke", id=key["id"])
    verifier.call("verify", key=key["key"])
    poll(lambda: alerts(admin, object=key["id"]), "the marker")


@pytest.fixture
def key(admin):
    return admin.call("key.create", name="demo")


def test_a_dead_key_is_used(daemon, admin, verifier, key):
    watcher = daemon.connect()
    watcher.call("events.subscribe", topics=["alert"])
    admin.call("key.revoke", id=key["id"])
    for _ in range(5):
        assert verifier.call("verify", key=key["key"], ip="192.0.2.7")["code"] == "revoked"
    (alert,) = told(admin, "dead_key_used")
    assert alert["object"] == key["id"] and alert["tenant"] == "default"
    assert "demo: revoked" in alert["detail"] and "192.0.2.0/24" in alert["detail"]
    event = watcher.event()
    assert event["type"] == "alert.dead_key_used" and event["object"] == key["id"]
    assert event["detail"] == alert["detail"]
    settled(admin, verifier)
    assert len(alerts(admin, object=key["id"])) == 1


def test_a_secret_past_its_grace_is_dead(admin, verifier, key):
    admin.call("key.rotate", id=key["id"], grace=0)
    assert verifier.call("verify", key=key["key"])["code"] == "expired"
    assert told(admin, "dead_key_used")[0]["object"] == key["id"]


def test_once_a_day_and_over_a_restart(daemon, admin, verifier, key):
    began = admin.call("ping")["time"] // DAY
    admin.call("key.revoke", id=key["id"])
    verifier.call("verify", key=key["key"])
    told(admin, "dead_key_used")
    daemon.restart()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    verifier.call("verify", key=key["key"])
    settled(admin, verifier)
    days = 1 + admin.call("ping")["time"] // DAY - began  # one, but at the turn of a day
    assert 1 <= len(alerts(admin, object=key["id"])) <= days


def test_quiet_where_nothing_is_wrong(admin, verifier, key):
    for ip in ("192.0.2.7", "192.0.2.9", "198.51.100.1", None, "2001:db8::1"):
        assert verifier.call("verify", key=key["key"], **({"ip": ip} if ip else {}))["valid"]
    verifier.call("verify", key=key["key"], scopes=["a"])
    admin.call("key.disable", id=key["id"])
    verifier.call("verify", key=key["key"])
    verifier.call("verify", key="nonsense", ip="192.0.2.7")
    settled(admin, verifier)
    assert [alert["detail"].split(":")[0] for alert in alerts(admin)] == ["marker"]


def test_a_dry_run_alarms_nobody(admin, verifier, key):
    admin.call("key.revoke", id=key["id"])
    verifier.call("verify", key=key["key"], dry_run=True)
    settled(admin, verifier)
    assert alerts(admin, object=key["id"]) == []


def test_a_limit_is_reached(admin, verifier):
    key = admin.call("key.create", name="limited", rate=[{"window": 3600, "limit": 2}])
    codes = [verifier.call("verify", key=key["key"])["code"] for _ in range(6)]
    assert codes.count("rate_limited") == 4
    (alert,) = told(admin, "limit_reached")
    assert alert["object"] == key["id"] and "rate_limited" in alert["detail"]


def test_a_quota_is_reached(admin, verifier):
    key = admin.call("key.create", name="limited", quota=[{"period": "month", "of": "requests", "limit": 1}])
    codes = [verifier.call("verify", key=key["key"])["code"] for _ in range(6)]
    assert codes.count("quota_exceeded") == 5
    (alert,) = told(admin, "limit_reached")
    assert "quota_exceeded" in alert["detail"]


def test_a_quota_of_which_something_is_left(admin, verifier):
    """It denies who asks for more than that. A rate limit reached the same day is another thing."""
    quota = {"period": "month", "of": "units", "limit": 10}
    key = admin.call("key.create", name="limited", rate=[{"window": 3600, "limit": 2}], quota=[quota])
    codes = [verifier.call("verify", key=key["key"], units=units)["code"] for units in (9, 5, 0, 0)]
    assert codes == ["ok", "quota_exceeded", "ok", "rate_limited"]
    found = told(admin, "limit_reached", 2)
    assert {alert["detail"] for alert in found} == {"limited: quota_exceeded", "limited: rate_limited"}


def test_strangers_hide_nothing(new_daemon):
    daemon = new_daemon(config="workers = 1\nalert_unknown_keys = 1\n").start()
    admin = daemon.connect()
    key = admin.call("key.create", name="dead")
    admin.call("key.revoke", id=key["id"])
    strangers = [("verify", {"key": f"k{n}", "ip": "203.0.113.9"}) for n in range(1000)]
    daemon.connect_verify().pipeline([*strangers, ("verify", {"key": key["key"]})])
    assert told(admin, "dead_key_used")[0]["object"] == key["id"]


def test_what_was_met_just_before_a_stop(daemon, admin, verifier, key):
    admin.call("key.revoke", id=key["id"])
    soon = admin.call("key.create", name="soon", expires_in=3 * DAY)
    verifier.call("verify", key=key["key"])
    daemon.restart()
    found = alerts(daemon.connect())
    assert {(alert["kind"], alert["object"]) for alert in found} == {
        ("dead_key_used", key["id"]),
        ("key_expiring", soon["id"]),
    }


def test_unknown_keys_from_one_network(daemon, admin):
    def guess(n):
        with daemon.connect_verify() as client:
            client.pipeline([("verify", {"key": f"k{n}.{m}", "ip": f"203.0.113.{m % 250}"}) for m in range(60)])

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (alert,) = told(admin, "unknown_keys")
    assert alert["object"] == "203.0.113.0/24" and alert["tenant"] is None


def test_unknown_keys_from_everywhere(admin, verifier):
    verifier.pipeline([("verify", {"key": f"k{n}", "ip": f"10.{n}.0.1"}) for n in range(250)])
    settled(admin, verifier)
    assert alerts(admin, kind="unknown_keys") == []


def test_a_key_that_expires_soon(admin, verifier):
    soon = admin.call("key.create", name="soon", expires_in=3 * DAY)
    admin.call("key.create", name="later", expires_in=8 * DAY)
    admin.call("key.create", name="short", expires_in=3600)
    admin.call("key.create", name="never")
    (alert,) = told(admin, "key_expiring")
    assert alert["object"] == soon["id"] and "2 days" in alert["detail"] or "3 days" in alert["detail"]
    admin.call("key.update", id=soon["id"], notes="again")
    settled(admin, verifier)
    assert len(alerts(admin, object=soon["id"])) == 1
    admin.call("key.update", id=soon["id"], expires_in=5 * DAY)
    told(admin, "key_expiring", 2)


def test_many_that_expire_soon_are_not_told_one_by_one(admin):
    """But all are told of."""
    made = admin.pipeline([("key.create", {"name": f"k{n}", "expires_in": 3 * DAY}) for n in range(200)])
    known = {}

    def all_told():
        known.update({(a["at"], a["object"]): a for a in alerts(admin, kind="key_expiring", limit=1000)})
        others = [alert for alert in known.values() if alert["object"] == "others"]
        return len(known) - len(others) + sum(int(alert["detail"].split()[0]) for alert in others) == len(made)

    poll(all_told, "all")
    looks = [at for at, about in known if about != "others"]
    assert all(looks.count(at) <= 40 for at in looks)  # two may come within a second


@pytest.fixture
def later(new_daemon, fake_clock):
    """A daemon that can be restarted on another day: later.on(days) stops it, if it runs, and starts it then."""
    daemon = new_daemon()
    clock = fake_clock(daemon)

    def on(days):
        if daemon.process is not None:
            daemon.stop()
        clock.set(days * DAY)
        daemon.start()
        return daemon.connect(), daemon.connect_verify()

    daemon.on = on
    return daemon


def test_the_days_before_an_expiry(later):
    admin, _ = later.on(0)
    keys = [admin.call("key.create", name=f"k{n}", expires_in=(20 + n) * DAY)["id"] for n in range(3)]
    many = [admin.call("key.create", name=f"m{n}", expires_in=40 * DAY)["id"] for n in range(25)]
    admin, _ = later.on(12)
    admin.call("ping")
    admin, _ = later.on(14)
    assert {alert["object"] for alert in told(admin, "key_expiring", 2)} == set(keys[:2])
    admin, _ = later.on(15)
    assert {alert["object"] for alert in told(admin, "key_expiring", 3)} == set(keys)
    admin, _ = later.on(35)
    found = told(admin, "key_expiring", 3 + 20 + 1)
    assert found[0]["object"] == "others" and found[0]["detail"].startswith("5 more")
    assert {alert["object"] for alert in found[1:21]} < set(many)


def test_a_key_that_wakes(later):
    admin, verifier = later.on(0)
    key = admin.call("key.create", name="sleeper")
    fresh = admin.call("key.create", name="fresh")
    verifier.call("verify", key=key["key"])
    admin, verifier = later.on(80)
    verifier.call("verify", key=key["key"])
    admin, verifier = later.on(171)
    for _ in range(3):
        verifier.call("verify", key=key["key"])
        verifier.call("verify", key=fresh["key"])  # its first use is no waking
    (alert,) = told(admin, "key_woke")
    assert alert["object"] == key["id"] and "91 days" in alert["detail"]


def test_a_steady_key_from_a_new_network(later):
    admin, verifier = later.on(0)
    key = admin.call("key.create", name="steady")

    def use(ip):
        assert verifier.call("verify", key=key["key"], ip=ip)["valid"]
        settled(admin, verifier)
        return [alert["detail"].split()[-1] for alert in alerts(admin, kind="new_network")]

    assert use("192.0.2.1") == [] and use("192.0.2.77") == []
    assert use("198.51.100.1") == [], "it is not steady yet"
    admin, verifier = later.on(8)
    assert use("192.0.2.1") == [] and use("198.51.100.1") == [], "both are known"
    assert use("2001:db8:1:2::3") == ["2001:db8:1::/48"]
    assert use("203.0.113.5") == ["2001:db8:1::/48"], "too soon after the last to be steady"
    assert use("2001:db8:1:9::9") == ["2001:db8:1::/48"]
    admin, verifier = later.on(20)
    assert use("203.0.114.5") == ["203.0.114.0/24", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    "option", ["alert_dead_keys = false", "alert_limits = false", "alert_expiry_days = 0", "alert_unknown_keys = 0"]
)
def test_each_has_its_option(new_daemon, option):
    daemon = new_daemon(config=f"{option}\n").start()
    admin, verifier = daemon.connect(), daemon.connect_verify()
    dead = admin.call("key.create", name="dead", expires_in=3 * DAY)
    limited = admin.call("key.create", name="limited", rate=[{"window": 3600, "limit": 1}])
    admin.call("key.revoke", id=dead["id"])
    soon = admin.call("key.create", name="soon", expires_in=3 * DAY)
    for _ in range(3):
        verifier.call("verify", key=dead["key"])
        verifier.call("verify", key=limited["key"])
    verifier.pipeline([("verify", {"key": f"k{n}", "ip": "10.0.0.1"}) for n in range(250)])
    expected = {"alert_dead_keys": "dead_key_used", "alert_limits": "limit_reached", "alert_expiry_days": "key_expiring",
                "alert_unknown_keys": "unknown_keys"}  # fmt: skip
    left_out = expected.pop(option.split()[0])
    poll(lambda: {alert["kind"] for alert in alerts(admin)} >= set(expected.values()), "the others")
    daemon.config = ""
    daemon.reload()
    admin.call("key.update", id=soon["id"], notes="again")
    for n in range(61):  # a worker says the same thing once a minute: another key says it anew
        again = admin.call("key.create", name="again", rate=[{"window": 3600, "limit": 1}])
        verifier.call("verify", key=again["key"])
        verifier.call("verify", key=again["key"])
        admin.call("key.revoke", id=again["id"])
        verifier.call("verify", key=again["key"])
        verifier.pipeline([("verify", {"key": f"k{m}", "ip": f"10.9.{n}.1"}) for m in range(250)])
        if left_out in {alert["kind"] for alert in alerts(admin)}:
            return
        poll(lambda: alerts(admin, object=again["id"]), "it judged")
    assert left_out in {alert["kind"] for alert in alerts(admin)}


def test_pages_and_filters(admin, verifier):
    ids = []
    for n in range(7):
        key = admin.call("key.create", name=f"k{n}")
        admin.call("key.revoke", id=key["id"])
        verifier.call("verify", key=key["key"])
        ids.append(key["id"])
    whole = told(admin, "dead_key_used", 7)
    assert {alert["object"] for alert in whole} == set(ids)
    for limit in (1, 3, 7):
        page, found = admin.call("alert.list", limit=limit), []
        while True:
            found += page["alerts"]
            if page["next"] is None:
                break
            page = admin.call("alert.list", limit=limit, cursor=page["next"])
        assert found == whole
    assert [alert["object"] for alert in alerts(admin, object=ids[3])] == [ids[3]]
    assert alerts(admin, kind="key_woke") == []


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "x"), ("limit", 0), ("cursor", "x"), ("cursor", "-1"), ("object", "")]
)
def test_bad_parameters(admin, field, value):
    with pytest.raises(RpcError) as error:
        admin.call("alert.list", **{field: value})
    assert error.value.code == "invalid_argument" and error.value.text.startswith(field)


def test_apikeyctl(ctl, admin, verifier, key):
    assert ctl("alert", "list", check=0).stderr.endswith("no alerts\n")
    admin.call("key.revoke", id=key["id"])
    verifier.call("verify", key=key["key"])
    told(admin, "dead_key_used")
    assert key["id"] in ctl("alert", "list", check=0).stdout
    fields = ctl("alert", "list", "--plain", check=0).stdout.rstrip("\n").split("\t")
    assert fields[1:4] == ["dead_key_used", key["id"], "default"]
