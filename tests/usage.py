"""What was used, as usage.query tells it and as it lies in the store."""

from server import open_store, poll

HOUR = 3600


def points_of(client, **params):
    return client.call("usage.query", **params)["points"]


def sums(points):
    return tuple(sum(p[i] for p in points) for i in (1, 2, 3))


def used(client, **params):
    return sums(points_of(client, **params))


def sums_by(by, client, **who):
    """Sums of each group, by its name; none is less than nothing."""
    groups = client.call("usage.query", by=by, **who)["groups"]
    assert all(n >= 0 for points in groups.values() for point in points for n in point)
    return {name: sums(points) for name, points in groups.items()}


def by_code(client, **who):
    return sums_by("code", client, **who)


def by_resource(client, **who):
    return sums_by("resource", client, **who)


def by_secret(client, **who):
    return sums_by("secret", client, **who)


def resources_of(client, key):
    """Of one key, where all together are what is answered without `by`."""
    groups = by_resource(client, key=key["id"])
    assert tuple(map(sum, zip(*groups.values()))) in ((), used(client, key=key["id"]))
    return groups


def stored(daemon):
    """Sums of the day rows of all, of a daemon that has ended."""
    with open_store(daemon.data) as db:
        return db.execute(
            "SELECT coalesce(sum(allowed), 0), coalesce(sum(denied), 0), coalesce(sum(units), 0) "
            "FROM usage WHERE step = 2 AND who = '*'"
        ).fetchone()


def written(daemon):
    """When the store was last written to."""
    return (daemon.data / "apikeyd.db-wal").stat().st_mtime_ns


def wait_for_fold(daemon, since):
    """Until something has been written since; taken before a verify, that is its fold."""
    poll(lambda: written(daemon) != since, "a fold")


def wait_behind_fold(client):
    """Until the fold that has begun, be it that of the start, is through: each stage of it goes before one question."""
    for _ in ("secrets", "resources", "leavers"):
        used(client)


def prefix_of(key):
    return key["key"].rpartition("_")[0]
