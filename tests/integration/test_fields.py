"""Fields: every bad value is invalid_argument, names the parameter, and leaves nothing behind."""

import math
import sys

import pytest

from rpc import RpcError, pack

NUMBERS = [-1, 0, 2**63, 2**64 - 1, 1.5, 3.0, "1", True, [1], {}]
BAD_TEXT = {
    "clears the screen": "\x1b[2J",
    "newline": "a\nb",
    "tab": "a\tb",
    "NUL": "a\0b",
    "DEL": "a\x7f",
    "C1": "a\x9b2J",
    "right-to-left override": "a\u202eb",
    "isolate": "a\u2066b",
    "zero-width space": "a\u200bb",
    "byte order mark": "\ufeffa",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "no-break space": "a\u00a0b",
    "private use": "a\ue000b",
    "tag": "a\U000e0041b",
    "high surrogate": "a\udced\udca0\udc80",
    "low surrogate": "a\udced\udcb0\udc80",
    "broken UTF-8": "a\udcff",
    "cut UTF-8": "a\udce2\udc82",
    "overlong UTF-8": "a\udcc0\udcaf",
    "past U+10FFFF": "a\udcf4\udc90\udc80\udc80",
    "not NFC": "e\u0301",
    "only a space": " ",
    "only spaces": "   ",
    "leading space": " a",
    "trailing space": "a ",
    "integer": 5,
    "binary": b"a",
    "array": ["a"],
    "map": {"a": 1},
    "bool": False,
}
BROKEN_UTF8 = [text for name, text in BAD_TEXT.items() if any(word in name for word in ("surrogate", "UTF-8", "past U"))]
BAD_NAMES = BAD_TEXT | {
    "empty": "",
    "129 bytes": "n" * 129,
    "130 bytes in 65 letters": "é" * 65,
    "nil": None,
}
BAD_WORDS = [
    "",
    " ",
    "Upper",
    "two words",
    "w" * 65,
    "ü",
    "a/b",
    "a\n",
    "a*",
    "\udcff",
    5,
    b"w",
    ["w"],
]
BAD_TIMES = [
    -1,
    0,
    1,
    1_000_000_000,
    253402300800,
    2**63,
    2**64 - 1,
    4e9,
    4e9 + 0.5,
    "2099-01-01",
    True,
    [],
    {},
]
BAD_NETWORKS = [
    "", " ", "x", "10.1", "10", "010.0.0.1", "10.0.0.01", "0x0a.0.0.1", "10.0.0.256", "10.0.0.1.1",
    "10.0.0.", "10.0.0.1/33", "10.0.0.1/8", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08",
    "10.0.0.0/8/8", "10.0.0.0/ 8", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1\n", "10.0.0.1\0",
    "fe80::1%eth0", "::1/129", "2001:db8::1/32", "2001:db8", ":::", "1::2::3", "12345::", "::g",
    "[::1]", "localhost", "10.0.0.0-10.0.0.9", 167772161, b"10.0.0.1", None, ["::"],
]  # fmt: skip
BAD_SCOPES = [
    "", "../", "A:b", "a b", "a\n", "a\0", "é", "a" * 65, "a*b", "*a", "a**", "a,b", "\udcff", 5,
    b"a", None, ["a"],
]  # fmt: skip


def deep(levels):
    """A map nested so many deep."""
    return {"a": deep(levels - 1)} if levels > 1 else {}


BAD_FIELDS = [
    *[("name", value) for value in BAD_NAMES.values()],
    *[("tenant", value) for value in BAD_WORDS],
    *[("owner", value) for value in BAD_WORDS],
    *[("env", value) for value in [*BAD_WORDS, "nowhere"]],
    *[("email", value) for value in BAD_TEXT.values()],
    *[("notes", value) for name, value in BAD_TEXT.items() if name not in ("newline",)],
    *[("expires_at", value) for value in BAD_TIMES],
    *[("expires_in", value) for value in [*NUMBERS, 253402300799, 253402300800]],
    *[("ip_allow", value) for value in ("10.0.0.1", {}, {"10.0.0.1": 1}, 5, b"\x0a\0\0\1")],
    *[("ip_allow", ["192.0.2.0/24", value]) for value in BAD_NETWORKS],
    *[("ip_allow", ["192.0.2.0/24", "192.0.2.0/24"])],
    *[("scopes", value) for value in ("a:b", {}, {"a": 1}, 5, b"a")],
    *[("scopes", ["good", value]) for value in BAD_SCOPES],
    *[("scopes", ["a", "b", "a"]), ("scopes", [f"s{n}" for n in range(65)])],
    *[("meta", value) for value in ("x", 5, [], [1], b"x", True)],
    *[
        ("meta", {"a": "x" * 4096}),
        ("meta", deep(5)),
        ("meta", {"a": [[[[]]]]}),
        ("meta", {"a": 2**63}),
        *[("meta", {"a": [number]}) for number in (math.nan, math.inf, -math.inf)],
    ],
    *[
        ("meta", {"a": value})
        for name, value in BAD_TEXT.items()
        if "surrogate" in name or "UTF-8" in name
    ],
    *[("request_id", value) for value in ("", "r" * 65, "é" * 65, "🔑" * 65, 5, b"r", ["r"], "a\nb")],
    *[("rate", value) for value in ([{"window": 0, "limit": 2**32}], [[]], [None], {}, "x", -1, 5)],
    *[("quota", value) for value in ([{"period": "day", "limit": 5}], [[]], {}, "x", -1)],
    *[("units_per_request", value) for value in (0, -1, 2**32, 1.5, "1")],
    *[("plan", value) for value in ("", 5, "A", "a b")],
]


def refused(client, parameter, method, /, **params):
    """The call must be refused, naming the parameter first."""
    with pytest.raises(RpcError) as error:
        client.call(method, **params)
    assert error.value.code == "invalid_argument"
    assert error.value.text.startswith((f"{parameter}: ", f"{parameter}[", f"{parameter}."))
    error.value.text.encode("ascii" if "no such" in error.value.text else "utf-8")


def show(value):
    return ascii(value)[:40] if not isinstance(value, str) or value else "empty"


@pytest.fixture(scope="module")
def admin(module_daemon):
    return module_daemon.connect()


@pytest.fixture(scope="module")
def key(admin):
    """A key whose record no refused call may change."""
    return admin.call(
        "key.create",
        name="steady",
        scopes=["a:*"],
        ip_allow=["10.0.0.0/8"],
        notes="first",
        meta={"n": 1},
    )


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS, ids=show)
def test_create_refuses(admin, key, field, value):
    refused(admin, field, "key.create", **({"name": "refused"} | {field: value}))
    assert admin.call("key.list")["total"] == 1


UPDATABLE = [
    "name", "owner", "email", "notes", "scopes", "ip_allow", "meta", "expires_at", "expires_in",
    "request_id", "rate", "quota", "units_per_request", "plan",
]  # fmt: skip
NIL_CHANGES_NOTHING = [("name", None)]


@pytest.mark.parametrize(
    ("field", "value"),
    [case for case in BAD_FIELDS if case[0] in UPDATABLE and case not in NIL_CHANGES_NOTHING],
    ids=show,
)
def test_update_refuses(admin, key, field, value):
    before = admin.call("key.get", id=key["id"])
    refused(admin, field, "key.update", **({"id": key["id"], "notes": "changed"} | {field: value}))
    assert admin.call("key.get", id=key["id"]) == before


def test_a_time_and_a_span_together_are_refused(admin, key):
    with pytest.raises(RpcError) as error:
        admin.call("key.create", name="both", expires_at=4_000_000_000, expires_in=60)
    assert error.value.code == "invalid_argument" and "expires_" in error.value.text
    assert admin.call("key.list")["total"] == 1


@pytest.mark.parametrize(
    "field", ["id", "tenant", "env", "created_at", "status", "secrets", "key", "requests"]
)
def test_update_refuses_what_cannot_change(admin, key, field):
    if field == "id":
        refused(admin, "id", "key.update", name="x")
    else:
        refused(admin, field, "key.update", id=key["id"], **{field: key.get(field, "x")})


REFERRING = ["key.get", "key.update", "key.disable", "key.enable", "key.revoke", "key.delete"]


@pytest.mark.parametrize("method", REFERRING)
@pytest.mark.parametrize(
    "value", [None, "", 5, b"k_1", ["k_1"], "k\0", "k 1", "k\n", "\x1b[2J", "\udcff", "k" * 5000]
)
def test_bad_id(admin, key, method, value):
    refused(admin, "id", method, id=value)
    assert admin.call("key.get", id=key["id"])["status"] == "active"


BAD_LISTS = [
    *[("limit", value) for value in (0, -1, 1001, 2**32, 2**63, 1.5, "10", True)],
    *[
        ("cursor", value)
        for value in (
            "",
            "x",
            "0",
            "AAAA",
            "=" * 8,
            "../../etc",
            "\0",
            "\udcff",
            5,
            b"x",
            "c" * 2000,
        )
    ],
    *[("status", value) for value in ("", "any", "ACTIVE", 1, ["active"])],
    *[("sort", value) for value in ("", "digest", "name desc", "name;", 1, ["name"])],
    *[("desc", value) for value in (1, 0, "true", [])],
    *[("query", value) for value in (5, b"x", ["x"], "\udcff", "a\nb", "q" * 4097)],
    *[("tenant", value) for value in BAD_WORDS],
    *[("owner", value) for value in BAD_WORDS],
]


@pytest.mark.parametrize(("field", "value"), BAD_LISTS, ids=show)
def test_list_refuses(admin, key, field, value):
    refused(admin, field, "key.list", **{field: value})


BAD_VERIFIES = [
    *[("key", value) for value in (None, 5, 1.5, True, ["k"], {"k": 1})],
    *[("ip", value) for value in ["10.0.0.0/8", *BAD_NETWORKS] if value is not None],
    *[("scopes", value) for value in ("a:b", 5, {}, b"a")],
    *[("scopes", ["a", value]) for value in [*BAD_SCOPES, "*", "a:*"]],
    *[("scopes", [f"s{n}" for n in range(65)])],
    *[("tenant", value) for value in (5, b"w", ["w"])],
    *[("units", value) for value in NUMBERS if value != 0 or value is True],
    *[("cost", value) for value in [-1, 1001, *NUMBERS[2:]]],
    *[("resource", value) for value in (5, ["r"], {}, "", "r" * 257, *BROKEN_UTF8)],
    *[("agent", value) for value in (5, ["r"], {}, "a" * 513, *BROKEN_UTF8)],
    *[("dry_run", value) for value in (1, 0, "true", [])],
]


@pytest.mark.parametrize("kind", ["verify", "admin"])
@pytest.mark.parametrize(("field", "value"), BAD_VERIFIES, ids=show)
def test_verify_refuses(module_daemon, key, kind, field, value):
    with (module_daemon.connect_verify if kind == "verify" else module_daemon.connect)() as client:
        refused(client, field, "verify", **({"key": key["key"], "ip": "10.0.0.1"} | {field: value}))
        assert client.call("verify", key=key["key"], ip="10.0.0.1")["valid"] is True


METHODS = [
    "hello", "ping", "verify", "key.create", "key.list", *REFERRING, "events.subscribe",
    "events.unsubscribe", "stats.get",
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unknown", ["bogus", "", "Key", "key ", "\x1b[2J", "é", "b" * 300])
def test_unknown_parameter_is_named(admin, method, unknown):
    with pytest.raises(RpcError) as error:
        admin.call(method, **{unknown: 1})
    assert error.value.code == "invalid_argument"
    assert "\x1b" not in error.value.text and len(error.value.text) < 400
    assert unknown != "bogus" or "bogus" in error.value.text


DOUBLED = {
    "verify": "key", "key.create": "name", "key.list": "query", "hello": "client",
    "key.update": "notes", "key.create ": "request_id",
} | {method: "id" for method in REFERRING if method != "key.update"}  # fmt: skip


@pytest.mark.parametrize(("method", "parameter"), DOUBLED.items())
def test_doubled_parameter_is_named(admin, key, method, parameter):
    required = {"key.update": {"id": key["id"]}, "key.create ": {"name": "x"}}.get(method, {})
    pairs = [*required.items(), (parameter, key["id"]), (parameter, key["id"])]
    body = bytes([0x80 + len(pairs)]) + b"".join(pack(name) + pack(value) for name, value in pairs)
    admin.send(b"\x94\x00\xcd\xff\xff" + pack(method.strip()) + b"\x91" + body)
    error = admin.reply(65535)[2]
    assert error.startswith("invalid_argument: ") and parameter in error
    assert admin.call("key.get", id=key["id"])["status"] == "active"


@pytest.mark.parametrize(("method", "parameter"), [("verify", "key"), ("key.create", "name")] +
                         [(method, "id") for method in REFERRING])  # fmt: skip
def test_missing_parameter_is_named(admin, method, parameter):
    refused(admin, parameter, method)


GOOD_NAMES = [
    "n",
    "n" * 128,
    "é" * 64,
    "日本語",
    "ключ 🔑",
    "a  b",
    "<b>&amp;",
    "'; drop table keys; --",
    "%_\\",
]


@pytest.mark.parametrize("name", GOOD_NAMES, ids=show)
def test_good_names_come_back_as_they_are(daemon, name):
    admin = daemon.connect()
    key = admin.call("key.create", name=name)
    assert key["name"] == name
    assert admin.call("key.get", id=key["id"])["name"] == name
    assert daemon.connect_verify().call("verify", key=key["key"])["name"] == name


GOOD_FIELDS = [
    ("expires_at", 253402300799),
    ("scopes", [f"s{n}" for n in range(64)]),
    ("scopes", ["a" * 64, "a.b_c-d:e/0*", "*"]),
    ("ip_allow", ["0.0.0.0/0", "::/0", "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]),
    ("notes", "two\nlines"),
    ("meta", deep(4)),
    (
        "meta",
        {
            "s": "x",
            "i": -5,
            "big": 2**63 - 1,
            "t": True,
            "n": None,
            "f": 0.5,
            "most": [sys.float_info.max, -sys.float_info.max],
            "a": [1, "two", [3]],
            "ü": "é",
        },
    ),
]


@pytest.mark.parametrize(("field", "value"), GOOD_FIELDS, ids=show)
def test_good_values_come_back_as_they_are(daemon, field, value):
    admin = daemon.connect()
    key = admin.call("key.create", name="good", **{field: value})
    stored = admin.call("key.get", id=key["id"])[field]
    assert sorted(stored) == sorted(value) if isinstance(value, list) else stored == value
