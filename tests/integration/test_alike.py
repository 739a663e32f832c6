"""What many changes at once have made of the daemon's memory is what a start makes of its store."""

import hashlib
import random

import pytest

from rpc import RpcError

ROUNDS, CALLS = 15, 60
RATES = [None, [{"window": 3600, "limit": 100000}], [{"window": n, "limit": 100000} for n in (10, 20)]]
MOVES = {"remaining", "reset"}  # of a limit, as time goes by


class Crowd:
    """Clients that change the same few keys and plans at once, so that many changes come into one commit."""

    def __init__(self, daemon, chance):
        self.chance, self.clients, self.verifier = chance, [daemon.connect() for _ in range(4)], daemon.connect_verify()
        self.ids, self.texts = [], []

    def call(self):
        """A random one, as (method, params)."""
        plan, rate = self.chance.choice(["a", "b"]), self.chance.choice(RATES)
        if len(self.ids) < 5 or self.chance.random() < 0.2:
            return "key.create", {"name": "made", "plan": plan}
        if self.chance.random() < 0.2:
            self.texts.append(f"key of the old system {len(self.texts)}")
            return "key.import", {"name": "old", "plan": plan, "sha256": hashlib.sha256(self.texts[-1].encode()).hexdigest()}
        key = {"id": self.chance.choice(self.ids[-40:])}
        return self.chance.choice(
            [
                ("key.rotate", {**key, "grace": self.chance.choice([0, 1000])}),
                ("key.update", {**key, "plan": self.chance.choice([plan, None]), "rate": rate}),
                ("key.disable", key),
                ("key.enable", key),
                ("key.revoke", key),
                ("key.delete", key),
                ("plan.update", {"name": plan, "rate": rate, "units_per_request": self.chance.choice([None, 5])}),
            ]
        )

    def round(self):
        asked = [(client, client.start(method, **params)) for client in self.clients for method, params in self.calls()]
        some = self.chance.sample(self.texts, min(len(self.texts), CALLS))
        self.verifier.pipeline([("verify", {"key": text, "resource": "r"}) for text in some])
        for client, msgid in asked:
            try:
                key = client.result(msgid)
            except RpcError as error:
                assert error.code in ("not_found", "conflict"), error
                continue
            self.ids += [key["id"]] if key.get("id") not in [None, *self.ids] else []
            self.texts += [key["key"]] if "key" in key else []

    def calls(self):
        return [self.call() for _ in range(CALLS // len(self.clients))]


def picture(daemon, crowd):
    """All that clients can see of it: how much there is, each verdict, each key with what it was used for."""
    admin, verifier = daemon.connect(), daemon.connect_verify()
    stats = admin.call("stats.get")
    verdicts = verifier.pipeline([("verify", {"key": text, "dry_run": True}) for text in crowd.texts])
    for verdict in verdicts:
        verdict["limits"] = [
            {name: value for name, value in limit.items() if name not in MOVES} for limit in verdict.get("limits", [])
        ]
    keys = admin.pipeline([("key.get", {"id": key}) for key in crowd.ids])
    used = admin.pipeline([("usage.query", {"key": key, "step": "day"}) for key in crowd.ids])
    groups = admin.call("usage.query", by="code", step="day")["groups"]
    return (
        (stats["keys"], stats["secrets"]),
        verdicts,
        [key.code if isinstance(key, RpcError) else key for key in keys],
        [one.code if isinstance(one, RpcError) else sums(one["points"]) for one in used],
        {code: sums(points) for code, points in groups.items()},
    )


def sums(points):
    return [sum(column) for column in list(zip(*points))[1:]]


@pytest.mark.parametrize("end", ["stop", "kill9"])
def test_as_after_a_start(daemon, end):
    seed = random.randrange(1 << 32)
    crowd = Crowd(daemon, random.Random(seed))
    for plan in "ab":
        daemon.connect().call("plan.create", name=plan, rate=RATES[1])
    for _ in range(ROUNDS):
        crowd.round()
    daemon.connect().call("key.create", name="last")  # behind what the verifies have set off
    before = picture(daemon, crowd)
    getattr(daemon, end)()
    daemon.start()
    after = picture(daemon, crowd)
    for was, now in zip(before, after):
        assert was == now, f"seed {seed}"
