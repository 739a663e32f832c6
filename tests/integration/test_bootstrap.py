"""The first administrator, where systemd hands over a credential for one."""

import pytest

from rpc import RpcError

PASSWORD = "four plain words here"
TOKEN = "K7-token-of-the-first-start"
EX_CONFIG = 78


@pytest.fixture
def handed(new_daemon, tmp_path):
    """Makes a daemon that is not started yet, with these credentials."""

    def make(**credentials):
        for name, text in credentials.items():
            (tmp_path / name.replace("_", "-")).write_text(text)
        return new_daemon(config="trust_peer = false\n", env={"CREDENTIALS_DIRECTORY": str(tmp_path)})

    return make


def login(daemon, password=PASSWORD):
    return daemon.connect().call("auth.login", username="admin", password=password)


def refused(function, *args, **more):
    with pytest.raises(RpcError) as caught:
        function(*args, **more)
    return caught.value.code


def test_nobody_has_a_default_password(handed):
    daemon = handed().start()
    for password in ("", "admin", "password", "apikeyd"):
        assert refused(login, daemon, password) == "unauthenticated"


def test_a_password(handed):
    daemon = handed(admin_password=PASSWORD).start()
    assert login(daemon)["role"] == "admin"
    assert refused(daemon.connect().call, "auth.recover", username="admin", code="", new_password=PASSWORD) == (
        "unauthenticated"
    )


def test_a_token_sets_the_password_once(handed):
    daemon = handed(admin_token=TOKEN + "\n").start()
    assert refused(login, daemon, TOKEN) == "unauthenticated"
    recover = {"username": "admin", "code": TOKEN, "new_password": PASSWORD}
    daemon.connect().call("auth.recover", **recover)
    assert login(daemon)["role"] == "admin"
    daemon.restart()  # the credential is still there
    assert refused(daemon.connect().call, "auth.recover", **recover) == "unauthenticated"


def test_only_a_store_without_users_gets_one(handed):
    daemon = handed(admin_password=PASSWORD).start()
    client = daemon.connect()
    client.call("auth.login", username="admin", password=PASSWORD)
    client.call("user.set_password", password="quite other words there", old_password=PASSWORD)
    daemon.restart()
    assert refused(login, daemon) == "unauthenticated"
    assert login(daemon, "quite other words there")


@pytest.mark.parametrize(
    "credentials, reason",
    [
        ({"admin_password": "short"}, "admin-password: must have at least 15 bytes"),
        ({"admin_password": "administrator's"}, "admin-password: must not hold the user name"),
        ({"admin_password": ""}, "admin-password: must have at least 15 bytes"),
        ({"admin_token": "x" * 19}, "admin-token: must have 20 to 1024 characters"),
        ({"admin_token": "x" * 1025}, "admin-token: must have 20 to 1024 characters"),
    ],
)
def test_a_weak_one_stops_the_start(handed, credentials, reason):
    daemon = handed(**credentials)
    done = daemon.run()
    assert done.returncode == EX_CONFIG and reason in done.stderr
    assert list(credentials.values())[0] == "" or list(credentials.values())[0] not in done.stderr


def test_it_is_in_the_audit_log(handed):
    daemon = handed(admin_password=PASSWORD).start()
    client = daemon.connect()
    client.call("auth.login", username="admin", password=PASSWORD)
    (entry,) = client.call("audit.list", action="user.create")["entries"]
    assert (entry["actor"], entry["object"], entry["outcome"]) == ("apikeyd", "admin", "ok")
    assert client.call("audit.verify")["ok"]
