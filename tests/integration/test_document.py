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
