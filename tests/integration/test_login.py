"""Ways in: passwords, tokens, keys; what ends them, and what a guesser learns."""

import os
import socket
import subprocess
import sys

import pytest

from rpc import HANG, Client, RpcError, pack, request

PASSWORD = "four plain words here"
OTHER = "quite other words there"
CODES = 10


@pytest.fixture
def team(new_daemon, tmp_path):
    """A daemon whose first administrator has a password, and where nobody is trusted for the uid."""
    (tmp_path / "admin-password").write_text(PASSWORD + "\n")
    daemon = new_daemon(config="trust_peer = false\n", env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    return daemon.start()


def login(daemon, username="admin", password=PASSWORD):
    """A connection that has logged in, and its token."""
    client = daemon.connect()
    client.token = client.call("auth.login", username=username, password=password)["token"]
    return client


def error(client, method, /, **params):
    with pytest.raises(RpcError) as caught:
        client.call(method, **params)
    return caught.value


def test_a_login_is_answered_and_acts(team):
    client = team.connect()
    assert client.call("hello")["authenticated"] is False
    assert error(client, "key.list").code == "unauthenticated"
    answer = client.call("auth.login", username="admin", password=PASSWORD)
    assert answer["user"] == "admin" and answer["role"] == "admin" and answer["tenant"] is None
    assert answer["token"].startswith("as_") and len(answer["token"]) == 46
    assert client.call("hello")["user"] == "admin"
    key = client.call("key.create", name="mine")
    assert key["owner"] == "admin" and key["created_by"] == "admin"
    entries = client.call("audit.list")["entries"]
    assert [(e["action"], e["actor"], e["outcome"]) for e in entries[:2]] == [
        ("key.create", "admin", "ok"),
        ("auth.login", "admin", "ok"),
    ]


def test_a_token_goes_on_over_connections_and_restarts(team):
    token = login(team).token
    for _ in range(2):
        client = team.connect()
        answer = client.call("auth.resume", token=token)
        assert answer["user"] == "admin" and answer["token"] == token
        who = client.call("auth.whoami")
        assert who["by"] == "session" and who["expires_at"] == answer["expires_at"]
        team.restart()
    team.kill9()
    team.start()
    assert team.connect().call("auth.resume", token=token)["user"] == "admin"


def test_nothing_that_was_given_out_is_in_the_files(team):
    client = login(team)
    codes = client.call("user.recovery_codes")["codes"]
    team.stop()
    kept = b"".join(p.read_bytes() for p in team.data.iterdir()) + team.output().encode()
    for secret in [client.token, client.token[3:], PASSWORD, *codes, codes[0].replace("-", "")]:
        for form in (secret.encode(), secret.encode().hex().encode()):
            assert form not in kept
