"""apikeyctl: limits given and shown, plans, and why a key would be denied."""

import json

import pytest


@pytest.fixture
def make(ctl):
    def make(*args):
        return json.loads(ctl("--json", "key", "create", "--name", "shop", *args, check=0).stdout)

    return make


def test_limits_become_parameters(ctl, make):
    key = make(
        *("--rate", "100/60s", "--rate", "5/1s", "--quota", "1000/day"),
        *("--quota", "500/month:units", "--units-per-request", "7"),
    )
    assert key["rate"] == [{"window": 60, "limit": 100}, {"window": 1, "limit": 5}]
    assert key["quota"] == [
        {"period": "day", "of": "requests", "limit": 1000},
        {"period": "month", "of": "units", "limit": 500},
    ]
    assert key["units_per_request"] == 7
    changed = json.loads(
        ctl("--json", "key", "update", key["id"], "--rate", "", "--quota", "9/day", check=0).stdout
    )
    assert "rate" not in changed and changed["quota"][0]["limit"] == 9


def test_the_daemon_says_what_is_wrong_with_a_limit(ctl):
    done = ctl("key", "create", "--name", "a", "--rate", "0/60s")
    assert (done.returncode, done.stdout) == (2, "") or done.returncode == 1
    assert "rate[0].limit: must be at least 1" in done.stderr


def test_a_card_shows_what_is_left(ctl, make, daemon, one_day):
    key = make("--rate", "5/1h", "--quota", "1000/day")
    shown = ctl("key", "show", key["id"], check=0).stdout
    assert "Rate         5 in 1 h\n" in shown and "Quota        1000 requests a day\n" in shown
    assert "Limits       5 in 1 h: 5 left\n" in shown
    for _ in range(5):
        ctl("verify", input=key["key"], check=0)
    assert ctl("verify", input=key["key"]).returncode == 11
    shown = ctl("key", "show", key["id"], check=0).stdout
    assert "Limits       5 in 1 h: 0 left, all again in " in shown
    assert "             1000 requests a day: 995 left, all again in " in shown
    assert ctl("--plain", "key", "show", key["id"], check=0).stdout.count("\n") == 1


def test_plans(ctl, make):
    assert "no plans yet" in ctl("plan", "list", check=0).stderr
    assert ctl("--json", "plan", "list", check=0).stdout == '{"plans":[]}\n'
    ctl("plan", "create", "basic", "--rate", "2/1h", "--quota", "9/day", check=0)
    key = make("--plan", "basic")
    assert key["plan"] == "basic"
    assert "basic\t2 in 1 h\t9 requests a day\t\t1\t" in ctl("--plain", "plan", "list", check=0).stdout
    ctl("plan", "update", "basic", "--rate", "3/1h", "--quota", "", check=0)
    plan = json.loads(ctl("--json", "plan", "show", "basic", check=0).stdout)
    assert plan["rate"][0]["limit"] == 3 and "quota" not in plan and plan["keys"] == 1
    assert "Limits       3 in 1 h: 3 left\n" in ctl("key", "show", key["id"], check=0).stdout
    assert ctl("plan", "delete", "basic").returncode == 7
    done = ctl("plan", "delete", "--yes", "basic", check=6)
    assert "plan basic has 1 key on it" in done.stderr
    ctl("key", "delete", "--yes", key["id"], check=0)
    ctl("plan", "delete", "--yes", "basic", check=0)
    ctl("plan", "show", "basic", check=3)


def test_an_explanation(ctl, make):
    key = make("--rate", "5/1h", "--scope", "a")
    done = ctl("key", "explain", key["id"], "--scope", "b", "--cost", "6", check=0)
    lines = done.stdout.splitlines()
    assert lines[-1] == "A verify would say: scope_missing"
    assert "scope_missing   fail  missing b" in lines
    assert any(line.startswith("rate_limited    fail  window 3600, ") for line in lines)
    assert "ip_denied       skip" in lines
    by_key = ctl("key", "explain", "--file", "-", input=key["key"], check=0).stdout
    assert "A verify would say: ok\n" in by_key and "malformed       pass\n" in by_key
    answer = json.loads(ctl("--json", "key", "explain", key["id"], check=0).stdout)
    assert answer["valid"] and answer["checks"][0] == {"check": "malformed", "outcome": "skip"}
    plain = ctl("--plain", "key", "explain", key["id"], check=0).stdout
    assert "revoked\tpass\t\n" in plain and plain.endswith("code\tok\t\n")
    ctl("key", "explain", "k_nothere", check=3)
