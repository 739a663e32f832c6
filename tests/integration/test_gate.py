"""The gate: every method, by every role, on own, foreign and missing things, from the daemon's own table of methods."""

import itertools
import os
import pathlib
import re
import types

import pytest

from people import connect_as, open_to_all
from rpc import RpcError, pack
from server import Daemon

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be other accounts")

TABLE = (pathlib.Path(__file__).parents[2] / "protocol/method.c").read_text()
ROWS = re.findall(r'\[METHOD_\w+\] = \{\s*"([\w.]+)",(.*?)\},\n', TABLE, re.S)
ROLES = ["none", "viewer", "operator", "admin"]
ACCOUNT = {"none": "games", "viewer": "daemon", "operator": "bin", "admin": "sys"}
SCOPE = {"viewer": "apikeyd:read", "operator": "apikeyd:keys", "admin": "apikeyd:admin"}
CALLERS = ROLES + [f"{role} by key" for role in SCOPE]
WHERE = ["own", "far", "missing"]
MARK = "far-away"  # in every name of what belongs to the other tenant
TENANTS = {"own": "tenant-own", "far": "tenant-" + MARK, "missing": "tenant-fur-awey"}
fresh = itertools.count()


def rule(name, rest):
    least = re.search(r"\.least = ROLE_(\w+)", rest)
    reach = re.search(r"\.reach = REACH_(\w+)", rest)
    return types.SimpleNamespace(
        name=name, least=least[1].lower() if least else "none", reach=reach[1].lower() if reach else None
    )


METHODS = {name: rule(name, rest) for name, rest in ROWS}


class World:
    """A daemon with two tenants and everything that can belong to one."""

    def __init__(self, daemon):
        self.root = daemon.connect()
        self.root.call("plan.create", name="gold", max_keys=100000)
        for where in ("own", "far"):
            self.root.call("tenant.create", name=TENANTS[where], plan="gold")
        own = {"tenant": TENANTS["own"]}
        for role, scope in SCOPE.items():
            self.root.call("user.create", username=role, role=role, os_account=ACCOUNT[role], **own)
        self.keys = {role: self.root.call("key.create", name=role, scopes=[scope], **own)["key"]
                     for role, scope in SCOPE.items()}
        self.daemon, self.callers = daemon, {}
        for caller in CALLERS:
            self.enter(caller)
        for where in ("own", "far"):
            self.user(where), self.key(where)

    def enter(self, caller):
        role, _, by_key = caller.partition(" by ")
        self.callers[caller] = connect_as(self.daemon, ACCOUNT["none" if by_key else role])
        if by_key:
            self.callers[caller].call("auth.key", key=self.keys[role])

    # one of each kind: the caller's, another tenant's, or none, in the same form

    def tenant(self, where):
        return TENANTS[where]

    def key(self, where):
        if where == "missing":
            return f"k_{next(fresh):010}"
        name = MARK if where == "far" else "mine"
        return self.root.call("key.create", name=name, owner=name, tenant=TENANTS[where])["id"]

    def user(self, where):
        name = f"{MARK if where == 'far' else 'somebody'}-{next(fresh):05}"
        if where != "missing":
            self.root.call("user.create", username=name, role="viewer", tenant=TENANTS[where])
        return name

    def owner(self, where):
        return {"own": "mine", "far": MARK, "missing": "fur-awey"}[where]

    # what belongs to no tenant

    def new(self, _):
        return f"new-{next(fresh)}"

    def secret(self, _):
        return f"a key from elsewhere {next(fresh)}"

    def copy(self, _):
        return f"{self.daemon.dir}/copy-{next(fresh)}"

    def plan(self, _):
        name = self.new(_)
        self.root.call("plan.create", name=name)
        return name

    def empty(self, where):
        """A tenant that can be deleted."""
        if where == "missing":
            return self.tenant(where)
        name = f"{MARK}-{next(fresh)}" if where == "far" else self.new(where)
        self.root.call("tenant.create", name=name)
        return name


W = World
SECRET = "ak_live_00000000_00000000000000000000000000000000000000"
PASSWORD = "a long one, which nobody has"
KEY = {"id": W.key}
TENANT = {"name": W.tenant}
USER = {"username": W.user}
PLAN = {"name": W.plan}
CALLS = {
    "verify": [{"key": SECRET}],
    "hello": [{}],
    "ping": [{}],
    "key.create": [{"name": "mine", "tenant": W.tenant}],
    "key.import": [{"name": "mine", "tenant": W.tenant, "plaintext": W.secret, "prefix": W.new}],
    "key.list": [{}, {"tenant": W.tenant}, {"owner": W.owner}, {"query": W.owner}, {"query": W.key}],
    "key.get": [KEY],
    "key.update": [KEY | {"notes": "n"}],
    "key.disable": [KEY],
    "key.enable": [KEY],
    "key.revoke": [KEY],
    "key.delete": [KEY],
    "key.rotate": [KEY | {"grace": 0}],
    "key.explain": [KEY, KEY | {"tenant": W.tenant}],
    "plan.create": [{"name": W.new}],
    "plan.list": [{}],
    "plan.get": [PLAN],
    "plan.update": [PLAN],
    "plan.delete": [PLAN],
    "tenant.create": [{"name": W.new}],
    "tenant.list": [{}],
    "tenant.get": [TENANT],
    "tenant.update": [TENANT],
    "tenant.disable": [{"name": W.empty}],
    "tenant.enable": [TENANT],
    "tenant.delete": [{"name": W.empty}],
    "user.create": [{"username": W.new, "role": "viewer", "tenant": W.tenant}],
    "user.list": [{}, {"tenant": W.tenant}],
    "user.get": [USER],
    "user.update": [USER | {"max_keys": 5}, USER | {"tenant": W.tenant}],
    "user.disable": [USER],
    "user.enable": [USER],
    "user.delete": [USER],
    "alert.list": [{}, {"object": W.key}],
    "audit.list": [{}, {"object": W.key}, {"actor": W.user}, {"object": W.user}, {"object": W.tenant}],
    "audit.verify": [{}],
    "events.subscribe": [{}, {"tenant": W.tenant}, {"key": W.key}],
    "events.unsubscribe": [{}],
    "stats.get": [{}],
    "usage.query": [{}, {"tenant": W.tenant}, {"key": W.key}, {"tenant": W.tenant, "by": "resource"}],
    "backup.create": [{"path": W.copy}],
    "daemon.reload": [{}],
    "auth.login": [{"username": W.user, "password": PASSWORD}],
    "auth.resume": [{"token": "no such token"}],
    "auth.key": [{"key": SECRET}],
    "auth.logout": [{}],
    "auth.whoami": [{}],
    "auth.recover": [{"username": W.user, "code": "no such code", "new_password": PASSWORD}],
    "user.set_password": [USER | {"password": PASSWORD}],
    "user.recovery_codes": [USER],
    "user.sessions": [USER],
    "user.end_sessions": [USER],
}
# where the answer on own things follows from more than role and tenant
WAYS_IN = {"auth.login", "auth.resume", "auth.key", "auth.recover"}  # and each of them with what nobody has
ONES_OWN = {"user.set_password", "user.recovery_codes", "user.sessions", "user.end_sessions"}  # asked of another
CASES = [
    pytest.param(caller, name, params, id=f"{caller}-{name}-{n}")
    for caller in CALLERS
    for name in METHODS
    for n, params in enumerate(CALLS.get(name, []))
]


@pytest.fixture(scope="module")
def world(build):
    daemon = open_to_all(Daemon(build / "apikeyd"))
    try:
        yield World(daemon.start())
    finally:
        daemon.clean_up()


def test_every_method_has_a_rule_and_a_case():
    assert METHODS.keys() == CALLS.keys()
    assert {m.reach for m in METHODS.values()} == {"caller", "tenant", "daemon"}
    assert all(m.least in ROLES for m in METHODS.values())


def ask(world, caller, name, params, where):
    """What is answered, as error or result, and the names that the question held."""
    named = {p: v(world, where) if callable(v) else v for p, v in params.items()}
    client = world.callers[caller]
    client.events.clear()
    _, _, error, result = client.reply(client.start(name, **named))
    if name == "auth.logout":
        world.enter(caller)
    if name == "daemon.reload" and error is None:
        world.daemon.wait_for("READY=1")  # somebody has to read what it says
    return error, result, [named[p] for p, v in params.items() if callable(v)]


def without(text, names):
    for name in names:
        text = text.replace(name, "?" * len(name))
    return text


def untold(result):
    """Without what people of the own tenant tried in vain: such an entry of the audit says the word they had typed."""
    if result and "entries" in result:
        return result | {"entries": [e for e in result["entries"] if e["outcome"] == "ok"]}
    return result


def expected(role, method):
    """Of the own things: the error's code, or None."""
    if method.name in WAYS_IN:
        return "unauthenticated"
    if method.name in ONES_OWN and role in ("viewer", "operator"):
        return "not_found"
    if method.name == "user.set_password" and role == "admin":
        return "forbidden"  # nobody chooses another's
    if ROLES.index(role) >= ROLES.index(method.least):
        return "forbidden" if role in ("viewer", "operator") and method.reach == "daemon" else None
    return "unauthenticated" if role == "none" else "forbidden"


@pytest.mark.parametrize("caller, name, params", CASES)
def test_matrix(world, caller, name, params):
    method, role = METHODS[name], caller.partition(" ")[0]
    code = expected(role, method)
    answers = {where: ask(world, caller, name, params, where) for where in WHERE}
    error, _, _ = answers["own"]
    assert (error and error.split(":")[0]) == code
    if code is not None and role != "admin":
        assert len({without(error, names) for error, _, names in answers.values()}) == 1
    elif role == "admin":
        assert ((far := answers["far"][0]) and far.split(":")[0]) == code
    else:
        (far, result, names), (missing, nothing, others) = answers["far"], answers["missing"]
        assert without(far or "", names) == without(missing or "", others)
        assert without(repr(untold(result)), names).count(MARK) == 0
        if far is None and result is not None and name.endswith((".list", ".query")):
            assert {k: v for k, v in result.items() if k not in VOLATILE} == {
                k: v for k, v in nothing.items() if k not in VOLATILE
            }


def test_the_name_of_another_tenants_user_is_a_word_like_any(world):
    """An owner is a name; which users there are elsewhere does not show in it."""
    client = world.callers["operator"]
    results = []
    for where in ("far", "missing"):
        owner = world.user(where)
        made = client.call("key.create", name="mine", owner=owner)
        if where == "far":
            world.root.call("user.disable", username=owner)
        verdict = client.call("verify", key=made["key"])
        results.append((made["status"], verdict["valid"], verdict["code"], made["owner"] == owner))
        client.call("key.delete", id=made["id"])
    assert results == [("active", True, "ok", True)] * 2


VOLATILE = {"time", "uptime"}
READS = [(name, params) for name in METHODS for params in CALLS.get(name, [])
         if METHODS[name].least == "viewer" and name.endswith((".get", ".list", ".query", ".subscribe"))]


@pytest.mark.parametrize("caller", [c for c in CALLERS if c[:4] in ("view", "oper")])
def test_what_others_do_leaves_no_trace(world, caller):
    """All that can be read is the same before and after the other tenant was busy."""

    def read():
        client = world.callers[caller]
        answers = {}
        for name, params in READS:
            named = {p: own[v] if callable(v) else v for p, v in params.items()}
            result = client.call(name, **named)
            answers[name, tuple(params)] = pack({k: v for k, v in result.items() if k not in VOLATILE})
        client.call("events.unsubscribe")
        return answers

    own = {make: make(world, "own") for make in (W.key, W.user, W.owner, W.tenant)}
    before = read()
    made = world.root.call("key.create", name=MARK, tenant=TENANTS["far"])
    assert world.root.call("verify", key=made["key"])["valid"]
    world.root.call("key.rotate", id=made["id"], grace=60)
    world.root.call("key.revoke", id=made["id"])
    world.user("far")
    with pytest.raises(RpcError):
        world.root.call("key.create", name=MARK, tenant=TENANTS["far"], env="nowhere")
    assert read() == before


def test_events_of_others_leave_no_gap(world):
    """A subscriber of one tenant counts what happens there; what was dropped still shows."""
    client = world.callers["viewer"]
    first = client.call("events.subscribe", topics=["key"])["seq"]
    for where in ("own", "far", "far", "own"):
        world.key(where)
    got = [client.event() for _ in range(2)]
    assert [e["seq"] for e in got] == [first + 1, first + 2]
    assert MARK not in repr(got)
    assert client.call("events.unsubscribe") == {}
    world.key("own"), world.key("far")
    again = client.call("events.subscribe", topics=["key"], since=first + 1)
    assert [client.event()["seq"] for _ in range(2)] == [first + 2, first + 3]
    assert again["seq"] == first + 3
    client.call("events.unsubscribe")
