"""Rate limits, quotas and units: exact under any number of connections, told truly, kept over kill -9; plans; key.explain."""

import threading
import time

import pytest

from rpc import RpcError
from server import poll

HOUR = {"window": 3600, "limit": 5}
DAY = {"period": "day", "of": "requests", "limit": 7}


@pytest.fixture(scope="module")
def admin(module_daemon):
    return module_daemon.connect()


@pytest.fixture(scope="module")
def verifier(module_daemon):
    return module_daemon.connect_verify()


@pytest.fixture
def make(admin):
    def make(**params):
        return admin.call("key.create", **({"name": "demo"} | params))

    return make


def codes(verifier, key, count, **params):
    return [verifier.call("verify", key=key["key"], **params)["code"] for _ in range(count)]


def test_a_rate(make, verifier):
    key = make(rate=[HOUR])
    before = time.time()
    first = verifier.call("verify", key=key["key"], cost=2)
    after = time.time()
    assert first["valid"]
    (limit,) = first["limits"]
    reset = limit.pop("reset")
    assert limit == {"window": 3600, "of": "requests", "limit": 5, "remaining": 3}
    assert before - 1 + 3600 <= reset <= after + 1 + 7200  # one window or two ahead, in whole seconds
    denied = verifier.call("verify", key=key["key"], cost=4)
    assert (denied["valid"], denied["code"]) == (False, "rate_limited")
    assert 1 <= denied["retry_after"] <= 7200
    assert denied["limits"][0]["remaining"] == 3  # used up nothing
    assert codes(verifier, key, 4) == ["ok"] * 3 + ["rate_limited"]
    assert "retry_after" not in verifier.call("verify", key=key["key"], cost=6)  # never


def test_it_passes_when_it_said(make, verifier):
    """The wait is true to the second: not at its second before, but at its end."""
    key = make(rate=[{"window": 2, "limit": 3}])
    assert verifier.call("verify", key=key["key"], cost=3)["valid"]
    began, polls = time.monotonic(), []
    while not polls or not polls[-1][2]["valid"]:
        before = time.monotonic()
        verdict = verifier.call("verify", key=key["key"], cost=2, dry_run=True)
        polls.append((before, time.monotonic(), verdict))
        assert before - began < 60
    refused, (_, passed, _) = polls[:-1], polls[-1]
    last, _, _ = refused[-1]
    for before, after, verdict in refused:  # each was decided between its two times, and it passed between last and passed
        assert last - after <= verdict["retry_after"] < passed - before + 1


def test_a_quota_and_units(make, verifier, one_day):
    key = make(
        quota=[DAY, {"period": "month", "of": "units", "limit": 100}], units_per_request=60
    )
    assert verifier.call("verify", key=key["key"], units=61)["code"] == "units_exceeded"
    verdict = verifier.call("verify", key=key["key"], units=60)
    assert verdict["valid"]
    day, month = verdict["limits"]
    assert day.pop("reset") % 86400 == 0 and month.pop("reset") % 86400 == 0
    assert day == DAY | {"remaining": 6}
    assert month == {"period": "month", "of": "units", "limit": 100, "remaining": 40}
    before = time.time()
    denied = verifier.call("verify", key=key["key"], units=41)
    assert denied["code"] == "quota_exceeded"
    assert before - 1 <= denied["limits"][1]["reset"] - denied["retry_after"] <= time.time() + 1
    assert codes(verifier, key, 7) == ["ok"] * 6 + ["quota_exceeded"]
    assert codes(verifier, key, 1, units=60) == ["quota_exceeded"]


def test_no_limits_no_members(make, verifier):
    verdict = verifier.call("verify", key=make()["key"])
    assert "limits" not in verdict and "retry_after" not in verdict


def test_a_denial_for_another_reason_uses_nothing(make, verifier):
    key = make(rate=[HOUR], scopes=["a"])
    for _ in range(10):
        verdict = verifier.call("verify", key=key["key"], scopes=["b"])
        assert verdict["code"] == "scope_missing" and verdict["limits"][0]["remaining"] == 5
    assert codes(verifier, key, 6, scopes=["a"]) == ["ok"] * 5 + ["rate_limited"]


def test_changing_limits_keeps_what_was_used(admin, make, verifier):
    key = make(rate=[HOUR])
    assert codes(verifier, key, 4) == ["ok"] * 4
    both = [{"window": 60, "limit": 100}, {"limit": 6, "window": 3600}]
    assert admin.call("key.update", id=key["id"], rate=both)["rate"] == both
    assert codes(verifier, key, 3) == ["ok", "ok", "rate_limited"]
    assert "rate" not in admin.call("key.update", id=key["id"], rate=None)
    assert codes(verifier, key, 3) == ["ok"] * 3
    admin.call("key.update", id=key["id"], rate=[])
    assert codes(verifier, key, 3) == ["ok"] * 3


@pytest.mark.parametrize(
    "params, error",
    [
        ({"rate": [{"window": 60, "limit": 0}]}, "rate[0].limit: must be at least 1"),
        ({"rate": [HOUR, {"window": 0, "limit": 1}]}, "rate[1].window: must be at least 1"),
        ({"rate": [{"window": 2678401, "limit": 1}]}, "rate[0].window: must be at most 2678400"),
        ({"rate": [{"window": 1, "limit": 2**32}]}, "rate[0].limit: must be at most 2147483648"),
        ({"rate": [{"window": 1, "limit": -1}]}, "rate[0].limit: must be at least 1"),
        ({"rate": [{"window": 1, "limit": 1.0}]}, "rate[0].limit: must be an integer"),
        ({"rate": [{"window": 1}]}, "rate[0].limit: is missing"),
        ({"rate": [{"limit": 1}]}, "rate[0].window: is missing"),
        ({"rate": [HOUR | {"burst": 1}]}, "rate[0]: has a member that does not belong to it"),
        ({"rate": [HOUR, HOUR]}, "rate[1]: has the same window as another"),
        ({"rate": [5]}, "rate[0]: must be a map"),
        ({"rate": HOUR}, "rate: must be an array of maps"),
        ({"rate": [{"window": n, "limit": 1} for n in range(1, 6)]}, "rate: must hold at most 4"),
        ({"quota": [DAY | {"period": "week"}]}, "quota[0].period: must be one of: day, month"),
        ({"quota": [DAY | {"of": "cost"}]}, "quota[0].of: must be one of: requests, units"),
        ({"quota": [DAY | {"of": 1}]}, "quota[0].of: must be a string"),
        ({"quota": [DAY | {"limit": 0}]}, "quota[0].limit: must be at least 1"),
        ({"quota": [{"period": "day", "limit": 1}]}, "quota[0].of: is missing"),
        (
            {"quota": [DAY, DAY | {"limit": 9}]},
            "quota[1]: has the same period, of the same, as another",
        ),
        ({"units_per_request": 0}, "units_per_request: must be at least 1"),
        ({"units_per_request": 2**32}, "units_per_request: must be at most 2147483648"),
    ],
)
def test_limits_that_are_none(admin, make, params, error):
    for call in (
        lambda: make(**params),
        lambda: admin.call("key.update", id=make()["id"], **params),
    ):
        with pytest.raises(RpcError) as refused:
            call()
        assert str(refused.value) == f"invalid_argument: {error}"


def test_the_largest_limits(make, verifier):
    key = make(
        rate=[{"window": 2678400, "limit": 2**31}],
        quota=[{"period": "month", "of": "units", "limit": 2**31}],
        units_per_request=2**31,
    )
    verdict = verifier.call("verify", key=key["key"], cost=1000, units=2**31)
    assert [limit["remaining"] for limit in verdict["limits"]] == [2**31 - 1000, 0]


def test_any_number_of_connections_pass_exactly_the_limit(new_daemon):
    daemon = new_daemon(args=["--workers", "4"]).start()
    limit, connections, each = 1000, 64, 40
    key = daemon.connect().call(
        "key.create",
        name="busy",
        rate=[{"window": 86400, "limit": limit}, {"window": 3600, "limit": 2 * limit}],
        quota=[{"period": "month", "of": "requests", "limit": 3 * limit}],
    )
    allowed, ready = [], threading.Barrier(connections)

    def ask():
        client = daemon.connect_verify()
        ready.wait()
        for _ in range(2):
            verdicts = client.pipeline([("verify", {"key": key["key"]})] * (each // 2))
            allowed.append(sum(verdict["valid"] for verdict in verdicts))

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(allowed) == 2 * connections and sum(allowed) == limit


def test_kill_9_forgets_nothing(new_daemon, one_day):
    daemon = new_daemon().start()
    admin = daemon.connect()
    plain = admin.call("key.create", name="plain", rate=[HOUR], quota=[DAY])
    admin.call("plan.create", name="gold", rate=[{"window": 3600, "limit": 4}])
    planned = admin.call("key.create", name="planned", plan="gold")
    assert codes(daemon.connect_verify(), plain, 4) == ["ok"] * 4
    assert codes(daemon.connect_verify(), planned, 3) == ["ok"] * 3
    for _ in range(3):
        daemon.kill9()
        daemon.start()
        verdict = daemon.connect_verify().call("verify", key=plain["key"], dry_run=True)
        assert [limit["remaining"] for limit in verdict["limits"]] == [1, 3]
    assert codes(daemon.connect_verify(), plain, 2) == ["ok", "rate_limited"]
    assert codes(daemon.connect_verify(), planned, 2) == ["ok", "rate_limited"]


def test_a_deleted_keys_counters_start_anew(admin, make, verifier):
    for _ in range(3):
        key = make(rate=[HOUR])
        assert codes(verifier, key, 6) == ["ok"] * 5 + ["rate_limited"]
        admin.call("key.delete", id=key["id"])


# -- plans


@pytest.fixture
def plan(admin, request):
    """A plan of a name of its own."""
    name = request.node.name.replace("test_", "")[:60]
    return admin.call("plan.create", name=name, rate=[HOUR], units_per_request=10)


def test_a_key_follows_its_plan(admin, make, verifier, plan, one_day):
    keys = [make(plan=plan["name"]) for _ in range(3)]
    own = make(plan=plan["name"], rate=[{"window": 3600, "limit": 2}])
    assert keys[0]["plan"] == plan["name"] and "rate" not in keys[0]
    assert codes(verifier, keys[0], 6) == ["ok"] * 5 + ["rate_limited"]
    assert codes(verifier, keys[0], 1, units=11) == ["units_exceeded"]
    assert codes(verifier, own, 3) == ["ok", "ok", "rate_limited"]
    assert codes(verifier, own, 1, units=11) == ["units_exceeded"]
    wider = [{"window": 3600, "limit": 8}]
    changed = admin.call(
        "plan.update", name=plan["name"], rate=wider, quota=[DAY], units_per_request=None
    )
    assert changed["rate"] == wider and "units_per_request" not in changed
    assert changed["keys"] == 4
    assert codes(verifier, keys[0], 4) == ["ok"] * 3 + ["rate_limited"]
    assert codes(verifier, keys[1], 8, units=100) == ["ok"] * 7 + ["quota_exceeded"]
    assert codes(verifier, own, 1) == ["rate_limited"]
    admin.call("key.update", id=own["id"], rate=None)
    assert codes(verifier, own, 6) == ["ok"] * 6
    admin.call("key.update", id=own["id"], plan=None)
    assert "limits" not in verifier.call("verify", key=own["key"])


def test_a_plan_without_limits_may_get_some(admin, make, verifier):
    admin.call("plan.create", name="empty")
    key = make(plan="empty")
    assert "limits" not in verifier.call("verify", key=key["key"])
    admin.call("plan.update", name="empty", rate=[HOUR])
    assert codes(verifier, key, 6) == ["ok"] * 5 + ["rate_limited"]
    admin.call("plan.update", name="empty", rate=None)
    assert codes(verifier, key, 1) == ["ok"]


def test_plans_are_listed_and_deleted(admin, make, plan):
    assert admin.call("plan.get", name=plan["name"]) == plan
    assert plan in admin.call("plan.list")["plans"]
    names = [plan["name"] for plan in admin.call("plan.list")["plans"]]
    assert names == sorted(names)
    keys = [make(plan=plan["name"]) for _ in range(2)]
    with pytest.raises(RpcError, match="^conflict: plan .* has 2 keys on it"):
        admin.call("plan.delete", name=plan["name"])
    for key in keys:
        admin.call("key.delete", id=key["id"])
    admin.call("plan.delete", name=plan["name"])
    for method in ("plan.get", "plan.update", "plan.delete"):
        with pytest.raises(RpcError, match="^not_found: no plan "):
            admin.call(method, name=plan["name"])
    with pytest.raises(RpcError, match="^not_found: no plan "):
        make(plan=plan["name"])


def test_a_plan_is_made_once(admin, plan):
    with pytest.raises(RpcError, match="^conflict"):
        admin.call("plan.create", name=plan["name"])


def test_a_plan_of_many_keys_changes_beside_verifies(new_daemon):
    """Every key follows, and a verify meanwhile sees the one or the other."""
    daemon = new_daemon().start()
    admin, other = daemon.connect(), daemon.connect_verify()
    admin.call("plan.create", name="big", rate=[{"window": 3600, "limit": 1000}])
    keys = admin.pipeline([("key.create", {"name": "n", "plan": "big"})] * 1000)
    pending = admin.start("plan.update", name="big", rate=[{"window": 3600, "limit": 2000}])
    seen = {other.call("verify", key=keys[0]["key"])["limits"][0]["limit"] for _ in range(50)}
    assert seen <= {1000, 2000}
    assert admin.result(pending)["keys"] == 1000
    verdicts = other.pipeline([("verify", {"key": key["key"]}) for key in keys])
    assert {verdict["limits"][0]["limit"] for verdict in verdicts} == {2000}


# -- key.explain


def outcomes(answer):
    return {check["check"]: check["outcome"] for check in answer["checks"]}


ORDER = [
    "malformed",
    "not_found",
    "revoked",
    "expired",
    "disabled",
    "owner_disabled",
    "tenant_disabled",
    "ip_denied",
    "scope_missing",
    "units_exceeded",
    "rate_limited",
    "quota_exceeded",
]


def test_every_check_in_its_order(admin, make, verifier):
    key = make(
        rate=[HOUR],
        quota=[DAY],
        scopes=["a"],
        ip_allow=["192.0.2.0/24"],
        units_per_request=5,
    )
    admin.call("key.disable", id=key["id"])
    question = {"scopes": ["a", "b"], "units": 6, "cost": 6, "ip": "198.51.100.1"}
    answer = admin.call("key.explain", id=key["id"], **question)
    assert [check["check"] for check in answer["checks"]] == ORDER
    assert outcomes(answer) == dict.fromkeys(ORDER, "pass") | {
        "malformed": "skip",
        "disabled": "fail",
        "ip_denied": "fail",
        "scope_missing": "fail",
        "units_exceeded": "fail",
        "rate_limited": "fail",
    }
    assert (answer["valid"], answer["code"], answer["key_id"]) == (False, "disabled", key["id"])
    numbers = {check["check"]: check for check in answer["checks"]}
    assert numbers["scope_missing"]["missing"] == ["b"]
    assert (numbers["units_exceeded"]["units"], numbers["units_exceeded"]["limit"]) == (6, 5)
    rate = numbers["rate_limited"]
    assert (rate["window"], rate["asked"], rate["limit"], rate["remaining"]) == (3600, 6, 5, 5)
    assert verifier.call("verify", key=key["key"], **question)["code"] == "disabled"


def test_an_explanation_agrees_with_verify_and_counts_nothing(admin, make, verifier):
    key = make(rate=[HOUR])
    for n in range(7):
        answers = [admin.call("key.explain", id=key["id"]) for _ in range(3)]
        answers.append(admin.call("key.explain", key=key["key"]))
        verdict = verifier.call("verify", key=key["key"])
        assert {answer["code"] for answer in answers} == {verdict["code"]}
        assert answers[0]["checks"][-2]["remaining"] == max(0, 5 - n)
        assert ("retry_after" in answers[0]) == (n >= 5)
    assert admin.call("key.get", id=key["id"])["requests"] == 5


def test_what_is_no_key_is_explained_too(admin, make):
    answer = admin.call("key.explain", key="nonsense")
    assert answer["code"] == "not_found"
    assert outcomes(answer) == dict.fromkeys(ORDER, "skip") | {
        "malformed": "pass",
        "not_found": "fail",
    }
    for text in ("", "x" * 257, make()["key"][:-6] + "000000"):
        answer = admin.call("key.explain", key=text)
        assert outcomes(answer) == dict.fromkeys(ORDER, "skip") | {"malformed": "fail"}
    assert admin.call("key.explain", key=make()["key"], tenant="other")["code"] == "not_found"


def test_what_cannot_be_explained(admin, make):
    with pytest.raises(RpcError, match="^invalid_argument: id: give it or key"):
        admin.call("key.explain")
    key = make()
    with pytest.raises(RpcError, match="^invalid_argument: id: give it or key, not both"):
        admin.call("key.explain", id=key["id"], key=key["key"])
    with pytest.raises(RpcError, match="^not_found"):
        admin.call("key.explain", id="k_nothere")


def test_counters_file_is_private(module_daemon):
    path = module_daemon.data / "limits.counters"
    poll(path.exists)
    assert path.stat().st_mode & 0o777 == 0o600
