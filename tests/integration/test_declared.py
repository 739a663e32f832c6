"""Keys that small files declare: made once, and from then on keys like any other."""

import crypt
import hashlib

import pytest

from server import poll

DEMO = """
# for everybody
name = "public demo"
key = "demo-0123456789"
scopes = {"demo:*"}
rate = {"60/1m", "5/1s"}
quota = {"1000/day", "5/month:units"}
ip_allow = {"203.0.113.0/24"}
units_per_request = 3
owner = "carol"
env = "test"
"""


@pytest.fixture
def declaring(new_daemon):
    """A daemon that is not started; .declare(file, text) writes a declaration."""
    daemon = new_daemon()
    directory = daemon.dir / "keys.d"
    directory.mkdir()
    daemon.config = f'declared_keys = "{directory}"\n'
    daemon.declare = lambda name, text: (directory / name).write_text(text)
    return daemon


def verdict(daemon, key, **params):
    return daemon.connect_verify().call("verify", key=key, **params)


def only(daemon):
    keys = daemon.connect().call("key.list")["keys"]
    assert len(keys) == 1
    return keys[0]


def test_a_demo_key(declaring):
    declaring.declare("demo.conf", DEMO)
    daemon = declaring.start()
    found = verdict(daemon, "demo-0123456789", ip="203.0.113.9", scopes=["demo:x"])
    key = only(daemon)
    assert found["code"] == "ok" and found["key_id"] == key["id"] and len(found["limits"]) == 4
    assert (key["name"], key["owner"], key["env"], key["scopes"], key["ip_allow"], key["units_per_request"]) == (
        "public demo", "carol", "test", ["demo:*"], ["203.0.113.0/24"], 3)
    assert key["rate"] == [{"window": 60, "limit": 60}, {"window": 1, "limit": 5}]
    assert key["quota"] == [{"period": "day", "of": "requests", "limit": 1000}, {"period": "month", "of": "units", "limit": 5}]
    assert key["notes"] == "declared in demo.conf" and key["created_by"] == "root"
    entries = daemon.connect().call("audit.list", action="key.import")["entries"]
    assert [(entry["actor"], entry["object"], entry["outcome"]) for entry in entries] == [("root", key["id"], "ok")]


def test_it_is_made_once(declaring):
    """What became of it since stays, over every start, and whatever else the file says by then."""
    declaring.declare("demo.conf", DEMO)
    daemon = declaring.start()
    key = only(daemon)
    daemon.restart()
    assert only(daemon)["id"] == key["id"]
    daemon.connect().call("key.update", id=key["id"], rate=[{"window": 60, "limit": 7}], ip_allow=None)
    declaring.declare("demo.conf", DEMO.replace("60/1m", "61/1m"))
    daemon.restart()
    assert only(daemon)["rate"] == [{"window": 60, "limit": 7}]
    daemon.connect().call("key.revoke", id=key["id"])
    daemon.restart()
    assert only(daemon)["status"] == "revoked" and verdict(daemon, "demo-0123456789")["code"] == "revoked"
    daemon.connect().call("key.delete", id=key["id"])
    daemon.restart()
    assert daemon.connect().call("key.list")["total"] == 0
    assert verdict(daemon, "demo-0123456789")["code"] == "not_found"
    declaring.declare("demo.conf", DEMO.replace("demo-0123456789", "demo-9876543210"))
    daemon.restart()
    assert only(daemon)["id"] != key["id"] and verdict(daemon, "demo-9876543210", ip="203.0.113.1")["valid"]
    for path in daemon.data.iterdir():
        assert b"demo-0123456789" not in path.read_bytes() and b"demo-9876543210" not in path.read_bytes()


def test_a_legacy_key_from_a_credential(declaring):
    """The one key that every client holds already goes on to be good; nobody reads it in the configuration."""
    credentials = declaring.dir / "credentials"
    credentials.mkdir()
    (credentials / "legacy-key").write_text("the-one-key-of-2019\n")
    declaring.env = {"CREDENTIALS_DIRECTORY": str(credentials)}
    declaring.declare("legacy.conf", 'name = "legacy"\ncredential = "legacy-key"\n')
    daemon = declaring.start()
    assert verdict(daemon, "the-one-key-of-2019")["name"] == "legacy"
    assert b"the-one-key" not in daemon.log.read_bytes()
    daemon.restart()
    assert verdict(daemon, "the-one-key-of-2019")["key_id"] == only(daemon)["id"]


def test_only_its_hash_is_declared(declaring):
    declaring.declare("old.conf", f'name = "old"\nsha256 = "{hashlib.sha256(b"an-old-key-of-ours").hexdigest()}"\n')
    daemon = declaring.start()
    assert verdict(daemon, "an-old-key-of-ours")["valid"]
    daemon.restart()
    assert only(daemon)["requests"] == 1


WRONG = [
    ('name = "x"\n', "plaintext"),
    ('key = "demo-0123456789"\n', "name"),
    ('name = "x"\nkey = "short"\n', "plaintext"),
    ('name = "x"\nkey = "demo-0123456789"\ncolour = "red"\n', ":3:"),
    ('name = "x"\nkey = "demo-0123456789"\nrate = {"often"}\n', "rate"),
    ('name = "x"\nkey = "demo-0123456789"\nrate = {"60/60"}\n', "rate"),
    ('name = "x"\nkey = "demo-0123456789"\nrate = {"60/60sx"}\n', "rate"),
    ('name = "x"\nkey = "demo-0123456789"\nrate = {"0/60s"}\n', "rate[0]"),
    ('name = "x"\nkey = "demo-0123456789"\nquota = {"5/year"}\n', "quota"),
    ('name = "x"\nkey = "demo-0123456789"\nquota = {"5/day:"}\n', "quota"),
    ('name = "x"\nkey = "demo-0123456789"\ntenant = "nobody"\n', "tenant"),
    ('name = "x"\nkey = "demo-0123456789"\nsha256 = "' + "0" * 64 + '"\n', "sha256"),
    ('name = "x"\ncredential = "none"\n', "credential"),
    ('name = "x"\ncredential = "../key"\n', "credential"),
    ('name = {"x"\n', "wrong.conf"),
]


@pytest.mark.parametrize("text, said", WRONG)
def test_a_wrong_file_holds_up_nothing(declaring, text, said):
    declaring.declare("wrong.conf", text)
    declaring.declare("x.conf", DEMO)
    declaring.declare("other.txt", DEMO.replace("demo-0", "other-0"))
    declaring.declare(".hidden.conf", DEMO.replace("demo-0", "hidden-0"))
    daemon = declaring.start()
    assert only(daemon)["name"] == "public demo"
    line = next(line for line in daemon.output().splitlines() if "wrong.conf" in line)
    assert said in line and "demo-0123456789" not in line


def test_one_that_is_there_already(declaring):
    daemon = declaring.start()
    key = daemon.connect().call("key.import", name="by hand", plaintext="demo-0123456789")
    declaring.declare("demo.conf", DEMO)
    daemon.restart()
    assert only(daemon)["id"] == key["id"] and "demo.conf" in daemon.output()


@pytest.mark.parametrize("when", ["start", "reload"])
def test_one_that_begins_like_a_bcrypt(declaring, when):
    """Which of them it is takes a while to see; then it is made, unless it is that very key."""
    daemon = declaring.start()
    admin = daemon.connect()
    known = crypt.crypt("demo-of-another-system", "$2b$04$abcdefghijklmnopqrstuu")
    other = admin.call("key.import", name="other", bcrypt=known, prefix="demo-")["id"]
    declaring.declare("demo.conf", DEMO)
    declaring.declare("same.conf", DEMO.replace("demo-0123456789", "demo-of-another-system"))
    if when == "start":
        daemon.restart()
        admin = daemon.connect()
    else:
        daemon.reload()
    poll(lambda: "same.conf: declares no key that can be made: this key exists already" in daemon.output(), "the refusal")
    poll(lambda: admin.call("key.list")["total"] == 2, "the declared key")
    found = verdict(daemon, "demo-0123456789", ip="203.0.113.9")
    assert found["valid"] and found["key_id"] != other
    daemon.restart()
    assert daemon.connect().call("key.list")["total"] == 2


@pytest.mark.parametrize("how", ["signal", "method"])
def test_a_reload_reads_them_again(declaring, how):
    daemon = declaring.start()
    declaring.declare("demo.conf", DEMO)
    admin = daemon.connect()
    if how == "signal":
        daemon.reload()
    else:
        admin.call("daemon.reload")
        assert admin.call("key.list")["total"] == 1  # what is asked of the store waits behind it
    poll(lambda: admin.call("key.list")["total"] == 1, "the declared key")
    assert verdict(daemon, "demo-0123456789", ip="203.0.113.9")["valid"]


def test_no_directory(declaring):
    declaring.config = 'declared_keys = "/nowhere/at/all"\n'
    assert "/nowhere/at/all" in declaring.start().output()
