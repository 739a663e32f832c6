"""The system's clock is set under a running daemon: nothing expired revives, no limit moves."""

import time

import pytest

from rpc import RpcError
from server import poll
from tracing import needs_strace, strace

HOUR, DAY, TEN_YEARS = 3600, 86400, 10 * 366 * 86400


@pytest.fixture
def clock(new_daemon, fake_clock):
    """A daemon whose wall clock can be moved: .set(seconds ahead), .go_to(second of a minute)."""
    daemon = new_daemon()
    clock = fake_clock(daemon)

    def go_to(second):
        """To where a minute has that second next, which is near enough to be followed."""
        now = int(time.time()) + clock.ahead
        at = now + (second - now) % 60
        clock.set(clock.ahead + at - now)
        poll(lambda: daemon.connect().call("ping")["time"] >= at, "the time")

    daemon.set, daemon.go_to = clock.set, go_to
    return daemon.start()


def seen(daemon, what):
    poll(lambda: what in daemon.output(), what)


def test_a_burst_of_unknown_keys_over_a_minutes_turn(clock):
    """A hundred within seconds, half of them in each minute."""
    admin, verifier = clock.connect(), clock.connect_verify()
    for second in 58, 2:
        clock.go_to(second)
        verifier.pipeline([("verify", {"key": f"k{second}.{n}", "ip": "203.0.113.9"}) for n in range(60)])
    (alert,) = poll(lambda: admin.call("alert.list", kind="unknown_keys")["alerts"], "the alert")
    assert alert["object"] == "203.0.113.0/24"


@pytest.mark.parametrize("step, said", [(-DAY, "went back by"), (TEN_YEARS, "went forward by")])
def test_a_leap_is_reported_and_not_followed(clock, one_day, step, said):
    admin, verifier = clock.connect(), clock.connect_verify()
    soon = admin.call("key.create", name="soon", expires_in=1)
    later = admin.call("key.create", name="later", expires_in=DAY // 2)
    limited = admin.call(
        "key.create",
        name="limited",
        rate=[{"window": 3600, "limit": 2}],
        quota=[{"period": "day", "of": "requests", "limit": 100}],
    )
    poll(lambda: verifier.call("verify", key=soon["key"])["code"] == "expired")
    for _ in range(2):
        assert verifier.call("verify", key=limited["key"])["valid"]
    before = verifier.call("verify", key=limited["key"])
    assert before["code"] == "rate_limited"

    clock.set(step)
    seen(clock, said)
    assert verifier.call("verify", key=soon["key"])["code"] == "expired"
    assert verifier.call("verify", key=later["key"])["code"] == "ok"
    after = verifier.call("verify", key=limited["key"])
    assert after["code"] == "rate_limited"
    assert before["retry_after"] - 60 <= after["retry_after"] <= before["retry_after"]
    for was, is_now in zip(before["limits"], after["limits"]):
        assert abs(was.pop("reset") - is_now.pop("reset")) <= 2
        assert was == is_now
    assert abs(admin.call("ping")["time"] - time.time()) < 60

    clock.set(0)
    seen(clock, "is right again")
    assert verifier.call("verify", key=later["key"])["code"] == "ok"


def test_after_a_restart_the_new_time_holds_but_rates_go_on(clock):
    admin, verifier = clock.connect(), clock.connect_verify()
    key = admin.call("key.create", name="k", rate=[{"window": 86400, "limit": 1}])
    assert verifier.call("verify", key=key["key"])["valid"]
    clock.set(-DAY)
    clock.kill9()
    clock.start()
    assert abs(clock.connect().call("ping")["time"] - (time.time() - DAY)) < 60
    verdict = clock.connect_verify().call("verify", key=key["key"])
    assert verdict["code"] == "rate_limited"
    reset = verdict["limits"][0]["reset"]  # at most two windows ahead, by the clock set back
    assert reset <= time.time() - DAY + 2 * DAY + 2


def test_a_small_step_is_followed(clock):
    admin = clock.connect()
    clock.set(4)
    poll(lambda: admin.call("ping")["time"] >= time.time() + 3)
    clock.set(0)
    poll(lambda: admin.call("ping")["time"] <= time.time() + 2)
    assert "the system's clock" not in clock.output()


@needs_strace
def test_no_count_is_missed_as_a_minute_turns(clock):
    """A question of this minute waits for the disk; what it finds then was last used in the next one."""
    clock.config = "workers = 1\n"
    clock.restart()
    admin, asker, verifier = clock.connect(), clock.connect(), clock.connect_verify()
    key = admin.call("key.create", name="k")
    assert verifier.call("verify", key=key["key"])["valid"]

    clock.go_to(57)
    with strace(clock, "-y", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=600s") as out:
        clock.connect().start("key.create", name="stalled")
        poll(lambda: "apikeyd.db" in out.read_text(), "the stall")
        question = asker.start("usage.query", step="minute")
        for _ in range(2):  # after the first the question has been read, too
            admin.call("ping")
        clock.go_to(2)
        assert verifier.call("verify", key=key["key"])["valid"]
    assert sum(point[1] for point in asker.result(question)["points"]) == 2


def test_as_many_steps_may_be_asked_for_at_the_end_of_a_minute(clock):
    """Those of now are in the answer, however long it waits; they are none more of the question."""
    admin = clock.connect()

    def minute():
        return admin.call("ping")["time"] // 60

    def refuses(steps, now):
        try:
            return admin.call("usage.query", step="minute", **{"from": 60 * (now - steps + 1)})["points"] != []
        except RpcError as error:
            return "step" in str(error)

    for second in (30, 55):
        now = refused = None
        while now != minute():  # unless it turned meanwhile
            clock.go_to(second)
            now = minute()
            refused = [steps for steps in (9999, 10000, 10001) if refuses(steps, now)]
        assert refused == [10001]


def test_what_was_counted_before_a_start_keeps_its_time(clock):
    """What no fold has brought into the store yet is not of the hour in which the secret is used next."""
    verifier = clock.connect_verify()
    key = clock.connect().call("key.create", name="k")
    assert verifier.call("verify", key=key["key"], resource="/r")["valid"]
    clock.kill9()
    clock.set(2 * HOUR)
    clock.start()
    admin = clock.connect()
    for _ in ("secrets", "resources"):  # behind the fold of the start
        admin.call("usage.query")
    assert clock.connect_verify().call("verify", key=key["key"], resource="/r")["valid"]
    for who in ({}, {"key": key["id"]}):
        first, second = admin.call("usage.query", **who)["points"]
        assert first[1:] == second[1:] == [1, 0, 0] and second[0] - first[0] >= 2 * HOUR
        groups = admin.call("usage.query", by="resource", **who)["groups"]
        assert groups == {"/r": [first, second]}
