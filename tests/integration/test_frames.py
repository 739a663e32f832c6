"""Frames: bounds from both sides, broken ones, split ones, each with an honest client beside."""

import msgpack
import pytest

from rpc import REPLY, Closed, pack, request

PING = request(1, "ping")
BOUNDS = {"verify": 4096, "admin": 65536}
FAULTS = ("bad_request", "too_large")


@pytest.fixture
def honest(module_daemon):
    """A client that is in the middle of its work, and must not notice what another one does."""
    admin, client = module_daemon.connect(), module_daemon.connect_verify()
    key = admin.call("key.create", name="honest")["key"]
    unfinished = request(7, "verify", {"key": key})
    client.send(unfinished[:20])
    yield
    client.send(unfinished[20:])
    assert client.result(7)["valid"] is True
    assert admin.call("ping")["time"] > 0


@pytest.fixture(params=BOUNDS)
def kind(request):
    return request.param


@pytest.fixture
def client(module_daemon, honest, kind):
    return module_daemon.connect_verify() if kind == "verify" else module_daemon.connect()


def codes(messages):
    """(msgid, code) of error replies."""
    assert all(m[0] == REPLY and len(m) == 4 and m[3] is None for m in messages)
    return [(m[1], m[2].partition(":")[0]) for m in messages]


def params_bytes(value):
    """A request with msgid 9 whose parameters begin with the raw bytes `value`."""
    return b"\x94\x00\x09" + pack("ping") + value


def nested(depth):
    """A request whose arrays and maps, the message included, are `depth` deep."""
    inner = []
    for _ in range(depth - 4):
        inner = [inner]
    return request(9, "ping", {"x": inner})


def elements(count):
    """A request of `count` values, containers and map keys included."""
    return request(9, "ping", {"x": [0] * (count - 8)})


def sized(size):
    """A verify request of `size` bytes."""
    overhead = len(request(9, "verify", {"key": "x" * (size - 100)})) - (size - 100)
    message = request(9, "verify", {"key": "x" * (size - overhead)})
    assert len(message) == size
    return message


NO_MSGID = {
    "never used": b"\xc1",
    "array of 4 billion": bytes.fromhex("ddffffffff"),
    "map of 256 million": bytes.fromhex("df10000000"),
    "string of 4 GiB": bytes.fromhex("dbffffffff"),
    "binary of 4 GiB": bytes.fromhex("c6ffffffff"),
    "ext of 4 GiB": bytes.fromhex("c9ffffffff01"),
    "nil": pack(None),
    "map": pack({}),
    "integer": pack(0),
    "string": pack("ping"),
    "empty array": pack([]),
    "array of 3": pack([0, 1, "ping"]),
    "array of 5": pack([0, 1, "ping", [{}], 0]),
    "notification of 4": pack([2, "ping", [{}], 0]),
    "type 1": pack([1, 1, None, None]),
    "type 7": pack([7, 1, "ping", [{}]]),
    "type -1": pack([-1, 1, "ping", [{}]]),
    "type is a string": pack(["0", 1, "ping", [{}]]),
    "type is nil": pack([None, 1, "ping", [{}]]),
    "msgid negative": pack([0, -1, "ping", [{}]]),
    "msgid 2^32": pack([0, 2**32, "ping", [{}]]),
    "msgid 2^64-1": pack([0, 2**64 - 1, "ping", [{}]]),
    "msgid a float": pack([0, 1.0, "ping", [{}]]),
    "msgid a string": pack([0, "1", "ping", [{}]]),
    "msgid nil": pack([0, None, "ping", [{}]]),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
}

WITH_MSGID = {
    "never used inside": params_bytes(b"\x91\x81\xa1x\xc1"),
    "nested 9 deep": nested(9),
    "nested endlessly": params_bytes(b"\x91" * 1000),
    "ext": params_bytes(b"\x91\x81\xa1x" + msgpack.packb(msgpack.ExtType(5, b"abc"))),
    "fixext": params_bytes(b"\x91\x81\xa1x\xd4\x01\x00"),
    "timestamp": params_bytes(b"\x91\x81\xa1x\xd6\xff\x00\x00\x00\x00"),
    "string of 4 GiB inside": params_bytes(bytes.fromhex("dbffffffff")),
    "array of 4 billion inside": params_bytes(bytes.fromhex("ddffffffff")),
    "map of 256 million inside": params_bytes(bytes.fromhex("df10000000")),
}


@pytest.mark.parametrize("data", NO_MSGID.values(), ids=NO_MSGID)
def test_broken_frame_closes(client, data):
    client.send(
        PING + data
    )  # and leaves the connection open: the daemon closes without seeing more
    replies = client.until_closed()
    assert [m[:3] for m in replies] == [[REPLY, 1, None]]


@pytest.mark.parametrize("data", WITH_MSGID.values(), ids=WITH_MSGID)
def test_broken_request_is_answered_and_closes(client, data):
    client.send(data)
    replies = codes(client.until_closed())
    assert [msgid for msgid, _ in replies] == [9] and replies[0][1] in FAULTS


@pytest.mark.parametrize("name", ["array of 4 billion", "map of 256 million", "string of 4 GiB"])
def test_huge_header_closes_at_its_fifth_byte(client, name):
    data = NO_MSGID[name]
    for byte in data[:-1]:
        client.send(bytes([byte]))
    client.send(data[-1:])
    assert client.until_closed() == []


@pytest.mark.parametrize("msgid", [0, 4294967295])
def test_smallest_and_largest_msgid(client, msgid):
    client.send(request(msgid, "ping"))
    assert client.recv()[:3] == [REPLY, msgid, None]


def test_msgid_in_every_width(client):
    for five in (
        b"\x05",
        b"\xcc\x05",
        b"\xcd\x00\x05",
        b"\xce" + b"\0\0\0\x05",
        b"\xcf" + b"\0" * 7 + b"\x05",
    ):
        client.send(b"\x94\x00" + five + pack("ping") + pack([{}]))
        assert client.recv()[:3] == [REPLY, 5, None]


# -- bounds


def test_message_of_exactly_the_bound(client, kind):
    client.send(sized(BOUNDS[kind]))
    assert client.result(9) == {"valid": False, "code": "malformed"}


@pytest.mark.parametrize("excess", [1, 4096, 500_000])
def test_message_past_the_bound_is_stepped_over(client, kind, excess):
    client.send(sized(BOUNDS[kind] + excess) + PING)
    assert codes([client.reply(9)]) == [(9, "too_large")]
    assert client.result(1)["time"] > 0


def test_256_elements(client):
    client.send(elements(256))
    assert codes([client.reply(9)]) == [(9, "invalid_argument")]


def test_257_elements_are_stepped_over(client):
    client.send(elements(257) + PING)
    assert codes([client.reply(9)]) == [(9, "too_large")]
    assert client.result(1)["time"] > 0


def test_nested_8_deep(client):
    client.send(nested(8))
    assert codes([client.reply(9)]) == [(9, "invalid_argument")]


def test_hostile_headers_take_no_memory(module_daemon, honest, sanitized):
    def hostile():
        for data in [*NO_MSGID.values(), *WITH_MSGID.values()]:
            with module_daemon.connect() as client:
                client.send(data)
                client.until_closed()

    hostile()
    before = module_daemon.status("VmRSS")
    for _ in range(10):
        hostile()
    if not sanitized:  # their allocators keep what was freed
        assert module_daemon.status("VmRSS") - before < 1024


# -- splits


def test_one_byte_at_a_time(client, kind):
    data = request(
        9, "verify", {"key": "nothing", "scopes": ["a:b"], "units": 70000, "ip": "10.0.0.1"}
    )
    for byte in data:
        client.send(bytes([byte]))
    assert client.result(9) == {"valid": False, "code": "not_found"}


def test_split_in_two_at_every_byte(client):
    data = request(9, "verify", {"key": "nothing", "cost": 300})
    for at in range(1, len(data)):
        client.send(data[:at])
        client.send(data[at:])
        assert client.result(9) == {"valid": False, "code": "not_found"}


def test_two_in_one_write(client):
    client.send(request(1, "ping") + request(2, "verify", {"key": ""}))
    assert client.result(2) == {"valid": False, "code": "malformed"}
    assert client.result(1)["time"] > 0


def test_one_and_a_half_then_the_other_half(client):
    data = request(1, "ping") + request(2, "ping")
    client.send(data[:-3])
    assert client.result(1)["time"] > 0
    client.send(data[-3:])
    assert client.result(2)["time"] > 0


def test_half_a_message_then_the_end(client):
    client.send(PING[:-1])
    client.finish()
    assert client.until_closed() == []


def test_request_then_half_close_is_answered(client):
    client.send(PING + request(2, "ping"))
    client.finish()
    assert sorted(m[1] for m in client.until_closed()) == [1, 2]


def test_pending_change_then_half_close_is_answered(module_daemon):
    client = module_daemon.connect()
    client.send(request(1, "key.create", {"name": "late"}))
    client.finish()
    (reply,) = client.until_closed()
    assert reply[2] is None and reply[3]["name"] == "late"


def test_valid_then_garbage(client):
    client.send(PING + b"\xc1garbage")
    (reply,) = client.until_closed()
    assert reply[:3] == [REPLY, 1, None]


def test_pending_change_then_garbage_is_answered(module_daemon):
    client = module_daemon.connect()
    client.send(request(1, "key.create", {"name": "late"}) + b"\xc1")
    (reply,) = client.until_closed()
    assert reply[2] is None and reply[3]["name"] == "late"


def test_nothing_then_the_end(client):
    client.finish()
    assert client.until_closed() == []


# -- methods and parameters


BAD_METHODS = {
    "unknown": "key.conjure",
    "empty": "",
    "nil": None,
    "integer": 4,
    "binary": b"ping",
    "array": ["ping"],
    "map": {"ping": 1},
    "300 bytes": "p" * 300,
    "not UTF-8": "pi\udcffng",
    "holds NUL": "ping\0",
    "escape": "\x1b[2J",
    "other case": "PING",
}


@pytest.mark.parametrize("method", BAD_METHODS.values(), ids=BAD_METHODS)
def test_bad_method(module_daemon, honest, method):
    client = module_daemon.connect()
    client.send(request(9, method) + PING)
    error = client.reply(9)[2]
    assert error.startswith("unknown_method: ")
    if method not in ("", "key.conjure") and isinstance(method, str):
        assert method.casefold() not in error.casefold()
    assert client.result(1)["time"] > 0


ADMIN_ONLY = [
    "key.create", "key.list", "key.get", "key.update", "key.disable", "key.enable", "key.revoke",
    "key.delete", "events.subscribe", "events.unsubscribe", "stats.get",
]  # fmt: skip


@pytest.mark.parametrize("method", ADMIN_ONLY)
def test_admin_method_on_verify_socket(module_daemon, honest, method):
    client = module_daemon.connect_verify()
    client.send(request(9, method, {"name": "x"}) + PING)
    assert codes([client.reply(9)]) == [(9, "forbidden")]
    assert client.result(1)["time"] > 0


def test_no_parameters_at_all_are_taken_as_an_empty_map(client):
    client.send(pack([0, 9, "ping", []]))
    assert client.result(9)["time"] > 0


BAD_PARAMS = {
    "nil": None,
    "map": {},
    "integer": 1,
    "string": "x",
    "array of nil": [None],
    "array of array": [[]],
    "two maps": [{}, {}],
    "a key that is a number": [{1: 2}],
    "a key that is nil": [{None: 2}],
    "a key that is not UTF-8": [{"\udcff": 2}],
}


@pytest.mark.parametrize("params", BAD_PARAMS.values(), ids=BAD_PARAMS)
def test_bad_params(client, params):
    client.send(pack([0, 9, "ping", params]) + PING)
    assert codes([client.reply(9)])[0][1] in ("invalid_argument", "bad_request")
    assert client.result(1)["time"] > 0


def test_unknown_notifications_are_ignored(client):
    client.send(pack([2, "nothing", [{}]]) + pack([2, 5, None]) + PING)
    assert client.recv()[:3] == [REPLY, 1, None]


def test_a_method_as_notification_is_not_answered(client):
    client.send(pack([2, "ping", [{}]]) + PING)
    assert client.recv()[:3] == [REPLY, 1, None]


def test_a_notification_past_the_bound_is_stepped_over(client):
    client.send(pack([2, "nothing", [{"x": "y" * 100_000}]]) + PING)
    assert client.recv()[:3] == [REPLY, 1, None]


def test_every_first_byte(module_daemon, honest):
    for first in range(256):
        with module_daemon.connect_verify() as client:
            client.send(bytes([first]) + b"\xff" * 16)
            client.finish()
            assert client.until_closed() == [], first


def test_closed_connections_are_really_closed(client):
    client.send(b"\xc1")
    client.until_closed()
    with pytest.raises((Closed, BrokenPipeError, ConnectionResetError)):
        for _ in range(100):
            client.send(PING)
            client.recv()
