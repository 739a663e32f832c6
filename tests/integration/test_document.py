"""protocol/PROTOCOL.md says what is so: its examples are the bytes, its tables are the daemon's and the contract's."""

import json
import pathlib
import re

import msgpack
import pytest

from rpc import RpcError, pack

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENT = (ROOT / "protocol/PROTOCOL.md").read_text()
TABLE = (ROOT / "protocol/method.c").read_text()
EXAMPLES = re.findall(r"```msgpack\n(.*)\n([0-9a-f\s]+)```", DOCUMENT)
REQUESTS = [(text, digits) for text, digits in EXAMPLES if text.startswith("[0,")]
# values that parameters take, in the cells that name the parameters
VALUES = {"active", "disabled", "revoked", "expired", "created_at", "expires_at", "name", "owner", "tenant", "key",
          "audit", "alert", "server", "usage", "limit_reached", "key_expiring", "dead_key_used", "key_woke", "new_network",
          "unknown_keys", "last_used_at", "requests", "units", "prefix", "status"}


def table_of(heading):
    """The cells of the table's rows under a heading."""
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]


def names(cell):
    return re.findall(r"`([a-z0-9_.]+)`", cell)


def documented_methods():
    """method: the parameters that the document names, and more words in the same cells."""
    rows = [row for row in table_of("Methods") if len(row) == 4]
    methods = {name: set(names(row[2])) for row in rows for name in names(row[0])}
    methods["verify"] = {name for row in table_of("verify") if len(row) == 3 for name in names(row[0])}
    return methods


def actual_methods():
    """method: its parameters, by the daemon's own table."""
    params = {
        array: set(re.findall(r'\.name = "(\w+)"', body))
        for array, body in re.findall(r"struct param (\w+)\[\] = \{(.*?)\n\};", TABLE, re.S)
    }
    rows = re.findall(r'\[METHOD_\w+\] = \{\s*"([\w.]+)",(.*?)\}', TABLE, re.S)
    return {name: params[m[1]] if (m := re.search(r"PARAMS\((\w+)\)", rest)) else set() for name, rest in rows}


def test_examples_are_there():
    assert len(EXAMPLES) >= 7 and DOCUMENT.count("```msgpack") == len(EXAMPLES)


@pytest.mark.parametrize("text, digits", EXAMPLES, ids=[text[:24] for text, _ in EXAMPLES])
def test_an_example_is_its_bytes(text, digits):
    assert pack(json.loads(text)) == bytes.fromhex(digits)


@pytest.mark.parametrize("text, digits", REQUESTS, ids=[text[:24] for text, _ in REQUESTS])
def test_an_example_request_gets_the_answer_that_follows_it(module_daemon, text, digits):
    msgid = json.loads(text)[1]
    error, result = next(json.loads(t)[2:] for t, _ in EXAMPLES if json.loads(t)[:2] == [1, msgid])
    client = module_daemon.connect()
    client.send(bytes.fromhex(digits))
    _, _, actual_error, actual = client.reply(msgid)
    assert actual_error == error
    if result is not None:
        assert actual.keys() == result.keys()
        assert {**actual, "time": 0} == {**result, "time": 0}


def test_every_method_is_documented():
    assert documented_methods().keys() == actual_methods().keys()


@pytest.mark.parametrize("method", actual_methods())
def test_every_parameter_is_documented(method):
    actual = actual_methods()[method]
    documented = documented_methods()[method]
    assert actual <= documented
    assert documented - actual <= VALUES


@pytest.mark.parametrize("method", documented_methods())
def test_every_documented_method_is_served(module_daemon, method):
    try:
        module_daemon.connect().call(method)
    except RpcError as error:
        assert error.code == "invalid_argument"


def documented_members(what):
    """What the document says that a key, a plan, … has."""
    sentence = re.search(rf"\n\* \*\*A {what}\*\* (.*?)\.\s", DOCUMENT, re.S)[1]
    return set(names(sentence)) - {"sessions", "active", "disabled"}


def documented_result(method):
    (cell,) = [row[3] for row in table_of("Methods") if len(row) == 4 and method in names(row[0])]
    return set(names(cell))


PASSWORD, LIMITS = "four plain words here", {"rate": [{"window": 60, "limit": 9}], "units_per_request": 7}
CAPS = {"max_keys": 4, "max_keys_per_user": 2}


def test_results_are_what_the_document_says(daemon):
    admin, user = daemon.connect(), daemon.connect()
    quota = [{"period": "day", "of": "units", "limit": 9}]
    plan = admin.call("plan.create", name="p", quota=quota, **LIMITS, **CAPS)
    tenant = admin.call("tenant.create", name="t", plan="p", max_keys=4)
    person = admin.call("user.create", username="u", role="admin", password=PASSWORD, os_account="nobody", max_keys=3)
    key = admin.call(
        "key.create", name="k", plan="p", quota=quota, **LIMITS, scopes=["a:*"], ip_allow=["10.0.0.0/8"],
        email="a@b.c", notes="n", meta={"a": 1}, expires_in=9999,
    )  # fmt: skip
    assert daemon.connect_verify().call("verify", key=key["key"], ip="10.0.0.1", units=1)["valid"]
    acting = daemon.connect().call("auth.key", key=admin.call("key.create", name="a", scopes=["apikeyd:read"])["key"])
    admin.call("key.rotate", id=key["id"], grace=99)
    key = admin.call("key.get", id=key["id"])
    login = user.call("auth.login", username="u", password=PASSWORD)
    sessions = user.call("user.sessions")
    for what, thing in ("plan", plan), ("tenant", tenant), ("user", person), ("session", sessions["sessions"][0]):
        assert thing.keys() == documented_members(what) - ({"last_login_at"} - thing.keys()), what
    assert key.keys() | {name for secret in key["secrets"] for name in secret} == documented_members("key")
    assert user.call("auth.resume", token=login["token"]).keys() == acting.keys() | {"token"} == login.keys()
    told = {"auth.login": login, "user.sessions": sessions}
    for method in ("hello", "ping", "key.list", "alert.list", "audit.list", "plan.list", "tenant.list", "user.list",
                   "auth.whoami", "user.recovery_codes", "events.unsubscribe", "user.end_sessions"):  # fmt: skip
        told[method] = user.call(method)
    told["events.subscribe"] = admin.call("events.subscribe")
    told["backup.create"] = admin.call("backup.create", path=str(daemon.data / "copy"))
    told["daemon.reload"] = admin.call("daemon.reload")
    assert {method: set(result) for method, result in told.items()} == {m: documented_result(m) for m in told}


def test_errors_and_verdicts_are_the_daemons():
    words = (ROOT / "protocol/error.c").read_text()
    errors = re.findall(r"\[APIKEY_[A-Z_]+\] = \"(\w+)\"", words.split("code_names[")[0])
    verdicts = re.findall(r"\[APIKEY_CODE_\w+\] = \"(\w+)\"", words)
    on_the_wire = errors[errors.index("bad_request") : errors.index("internal") + 1]
    assert [name for row in table_of("Errors") for name in names(row[0])] == on_the_wire
    assert [name for row in table_of("verify") if len(row) == 2 for name in names(row[0])] == verdicts


def test_bounds_are_the_scanners():
    header = (ROOT / "protocol/frame.h").read_text()
    cells = {row[0]: row[1] for row in table_of("Bounds")}
    for what, name in (
        ("`verify.sock`", "FRAME_MAX_VERIFY"),
        ("`admin.sock`", "FRAME_MAX_ADMIN"),
        ("values in", "FRAME_MAX_ELEMENTS"),
        ("in each other", "FRAME_MAX_DEPTH"),
    ):
        (bound,) = [bound for row, bound in cells.items() if what in row]
        assert re.search(rf"{name} {bound}\b", header), what


def test_examples_are_msgpack_that_ends():
    for _, digits in EXAMPLES:
        unpacker = msgpack.Unpacker(raw=False)
        unpacker.feed(bytes.fromhex(digits))
        assert len(list(unpacker)) == 1
