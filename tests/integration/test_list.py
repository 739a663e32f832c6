"""key.list: filters, search, order and pages over a few thousand keys."""

import random
import string

import pytest

from rpc import RpcError
from server import poll

COUNT = 2500
OWNERS = ["ada", "bob", "cleo", "dora"]


@pytest.fixture(scope="module")
def admin(module_daemon):
    return module_daemon.connect()


def use(admin, verifier, some):
    """Gives them requests and units, one of them by two secrets and one that has lost its first."""
    chance = random.Random(3)
    for n, key in enumerate(some):
        rotations = {7: 1, 8: 16}.get(n, 0)
        for _ in range(rotations + 1):
            full = admin.call("key.rotate", id=key["id"], grace=0)["key"]
            for _ in range(chance.randrange(1, 5)):
                assert verifier.call("verify", key=full, units=chance.randrange(9))["valid"]


@pytest.fixture(scope="module")
def keys(admin, module_daemon):
    """What was created, in that order; every tenth is disabled, the one after it revoked, and
    of every fifty one disabled, one revoked and one active key have expired. Some are used."""
    chance = random.Random(7)
    wanted = []
    for n in range(COUNT):
        params = {"name": f"{chance.choice(string.ascii_letters)}-{chance.randrange(300)} no {n}"}
        params["owner"] = chance.choice(OWNERS)
        if n % 50 in (20, 21, 27):
            params["expires_in"] = 1
        elif n % 3 == 0:
            params["expires_at"] = 4_000_000_000 + chance.randrange(50)
        if n % 100 == 5:
            params["notes"] = "Remember the 100%_rule\nof O'Neil"
        if n % 100 == 6:
            params["email"] = f"user{n}@Example.ORG"
        wanted.append(("key.create", params))
    created = [key for at in range(0, COUNT, 100) for key in admin.pipeline(wanted[at : at + 100])]
    changes = [("key.disable", {"id": key["id"]}) for key in created[0::10]]
    changes += [("key.revoke", {"id": key["id"]}) for key in created[1::10]]
    admin.pipeline(changes)
    poll(lambda: admin.call("key.list", status="expired")["total"] == COUNT // 50 * 2, "expiry")
    use(admin, module_daemon.connect_verify(), created[2::60])
    return [admin.call("key.get", id=key["id"]) for key in created]


def pages(admin, limit, **params):
    """All keys of a listing, page by page; a page of large keys may end early, but not be empty."""
    found, cursor = [], {}
    while True:
        page = admin.call("key.list", limit=limit, **params, **cursor)
        found += page["keys"]
        assert len(page["keys"]) <= limit
        if page.get("next") is None:
            assert page["total"] == len(found)
            return found
        assert page["keys"]
        cursor = {"cursor": page["next"]}


def ids(keys):
    return [key["id"] for key in keys]


def test_all_in_order_of_creation(admin, keys):
    assert pages(admin, 1000) == keys


def test_default_page_is_bounded(admin, keys):
    page = admin.call("key.list")
    assert 0 < len(page["keys"]) <= 1000 and page["total"] == COUNT and page["next"]


@pytest.mark.parametrize("limit", [1, 7, 999, 1000])
def test_page_size(admin, keys, limit):
    query = {"status": "disabled"} if limit < 10 else {}
    expected = [key for key in keys if not query or key["status"] == "disabled"]
    assert ids(pages(admin, limit, **query)) == ids(expected)


@pytest.mark.parametrize("desc", [False, True])
@pytest.mark.parametrize("sort", ["created_at", "name", "owner", "tenant", "expires_at", "prefix", "status"])
@pytest.mark.parametrize("limit", [100, 1000])
def test_sort(admin, keys, sort, desc, limit):
    found = pages(admin, limit, sort=sort, desc=desc)
    assert sorted(ids(found)) == sorted(ids(keys))
    said = {"prefix": lambda key: key["secrets"][-1]["prefix"]}.get(sort, lambda key: key.get(sort))
    values = [said(key) for key in found if said(key) is not None]
    assert values
    if sort == "name":  # in which case and collation is silent; the order must be one all the same
        assert values in (
            sorted(values, reverse=desc),
            sorted(values, key=str.casefold, reverse=desc),
        ) or sorted(map(str.casefold, values), reverse=desc) == list(map(str.casefold, values))
    else:
        assert values == sorted(values, reverse=desc)


def test_desc_is_the_reverse(admin, keys):
    assert ids(pages(admin, 1000, desc=True)) == ids(keys)[::-1]


@pytest.mark.parametrize("status", ["active", "disabled", "revoked", "expired"])
def test_status(admin, keys, status):
    assert any(key["status"] == status for key in keys)
    assert ids(pages(admin, 500, status=status)) == [
        key["id"] for key in keys if key["status"] == status
    ]


@pytest.mark.parametrize("owner", [*OWNERS, "nobody"])
def test_owner(admin, keys, owner):
    assert ids(pages(admin, 500, owner=owner)) == [
        key["id"] for key in keys if key["owner"] == owner
    ]


@pytest.mark.parametrize(("tenant", "share"), [("default", 1), ("other", 0)])
def test_tenant(admin, keys, tenant, share):
    assert admin.call("key.list", tenant=tenant)["total"] == COUNT * share


def matches(key, query):
    fields = [key["id"], key["name"], key["owner"], key.get("email"), key.get("notes")]
    fields += [secret["prefix"] for secret in key["secrets"]]
    return any(query.casefold() in field.casefold() for field in fields if field)


QUERIES = [
    "no 17",
    "NO 17",
    "x-1",
    "-2",
    "a",
    "cleo",
    "user106@",
    "example.org",
    "100%_rule",
    "%",
    "_",
    "%%%",
    "___",
    "O'Neil",
    '"',
    "'",
    "*",
    "a*",
    "no OR yes",
    "NEAR(a b)",
    "(",
    "nowhere to be found",
    "the 100",
    "\\",
]


@pytest.mark.parametrize("query", QUERIES)
def test_query(admin, keys, query):
    assert ids(pages(admin, 1000, query=query)) == [
        key["id"] for key in keys if matches(key, query)
    ]


def test_query_by_id_and_prefix(admin, keys):
    for key in keys[::311]:
        for query in (key["id"], key["secrets"][0]["prefix"], key["secrets"][0]["prefix"][-8:]):
            assert ids(admin.call("key.list", query=query)["keys"]) == [key["id"]]


def test_filters_together(admin, keys):
    found = pages(admin, 5, owner="ada", status="active", query="-1", sort="name", desc=True)
    expected = [
        k for k in keys if k["owner"] == "ada" and k["status"] == "active" and matches(k, "-1")
    ]
    assert sorted(ids(found)) == sorted(ids(expected)) and expected


def test_a_changed_key_is_found_by_what_it_says_now(admin, keys):
    key = admin.call("key.create", name="zebra crossing", notes="quagga")
    admin.call("key.update", id=key["id"], name="okapi", notes=None)
    assert admin.call("key.list", query="zebra")["total"] == 0
    assert admin.call("key.list", query="quagga")["total"] == 0
    assert ids(admin.call("key.list", query="OKAPI")["keys"]) == [key["id"]]
    admin.call("key.delete", id=key["id"])
    assert admin.call("key.list", query="okapi")["total"] == 0
    assert admin.call("key.list")["total"] == COUNT


def test_pages_stay_true_while_keys_come_and_go(admin, keys):
    """No key that was there all the time is skipped or doubled."""
    found, cursor, made = [], {}, []
    for _ in range(100):
        page = admin.call("key.list", limit=100, sort="name", **cursor)
        found += ids(page["keys"])
        if page.get("next") is None:
            break
        cursor = {"cursor": page["next"]}
        for name in ("A", "m", "zz"):
            made.append(admin.call("key.create", name=name)["id"])
        admin.call("key.delete", id=made.pop(0))
    admin.pipeline([("key.delete", {"id": key_id}) for key_id in made])
    assert len(set(found)) == len(found)
    assert set(ids(keys)) <= set(found)


# -- cursors


@pytest.fixture(scope="module")
def cursor(admin, keys):
    return admin.call("key.list", limit=10, sort="name")["next"]


def refused(admin, **params):
    with pytest.raises(RpcError) as error:
        admin.call("key.list", **params)
    assert error.value.code == "invalid_argument" and error.value.text.startswith("cursor: ")


def test_a_changed_cursor_is_refused(admin, cursor):
    for at in range(len(cursor)):
        for other in "A", "0", "f":
            if cursor[at] != other:
                refused(admin, sort="name", cursor=cursor[:at] + other + cursor[at + 1 :])
    refused(admin, sort="name", cursor=cursor[:-1])
    refused(admin, sort="name", cursor=cursor + "0")
    refused(admin, sort="name", cursor=cursor * 2)


def test_a_cursor_of_another_order_is_refused(admin, cursor):
    refused(admin, sort="owner", cursor=cursor)
    refused(admin, sort="name", desc=True, cursor=cursor)
    refused(admin, cursor=cursor)


def test_a_cursor_can_be_used_again(admin, cursor):
    first = admin.call("key.list", limit=10, sort="name", cursor=cursor)
    assert admin.call("key.list", limit=10, sort="name", cursor=cursor) == first


@pytest.mark.parametrize("sort", ["last_used_at", "requests", "units"])
@pytest.mark.parametrize("desc", [False, True])
@pytest.mark.parametrize("query", [{}, {"status": "active"}, {"owner": "ada"}, {"query": "no 1"}])
@pytest.mark.parametrize("limit", [9, 1000])
def test_sort_by_use(admin, keys, sort, desc, query, limit):
    place = {key["id"]: n for n, key in enumerate(keys)}
    wanted = ids(pages(admin, 1000, **query))
    expected = sorted(
        (key for key in keys if key["id"] in wanted),
        key=lambda key: (key.get(sort, 0), place[key["id"]]),
        reverse=desc,
    )
    assert len(expected) > 10 and ids(pages(admin, limit, sort=sort, desc=desc, **query)) == ids(expected)
