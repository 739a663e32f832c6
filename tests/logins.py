"""Users who log in by name and password."""

from rpc import refusal

PASSWORD = "four plain words here"
OTHER = "quite other words there"
WRONG = "not the password at all"
FAILURES = 5  # apikeyd/lockout.h
SESSIONS = 32  # apikeyd/store/store.h
QUEUE = 16  # apikeyd/hasher.h


def login(daemon, username="admin", password=PASSWORD):
    """A connection that has logged in, and its token."""
    client = daemon.connect()
    client.token = client.call("auth.login", username=username, password=password)["token"]
    return client


def guess(daemon, username, password=WRONG):
    return str(refusal(daemon.connect(), "auth.login", username=username, password=password))
