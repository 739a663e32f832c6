"""The pepper: made once, kept private; without the right one the daemon is sealed."""

import stat

import pytest

from rpc import RpcError


def replace_pepper(data, content):
    (data / "pepper").unlink()
    if content is not None:
        (data / "pepper").write_bytes(content)
        (data / "pepper").chmod(0o600)


@pytest.mark.parametrize(
    "content",
    [None, b"\x55" * 32, b"", b"\x55" * 31, b"\x55" * 33],
    ids=["missing", "wrong", "empty", "short", "long"],
)
def test_sealed_start(stopped, content):
    pepper = (stopped.data / "pepper").read_bytes()
    replace_pepper(stopped.data, content)
    stopped.start()
    admin, verifier = stopped.connect(), stopped.connect_verify()
    for client in (admin, verifier):
        for key in (stopped.made["key"], "nonsense", ""):
            with pytest.raises(RpcError) as error:
                client.call("verify", key=key)
            assert error.value.code == "unavailable"
    with pytest.raises(RpcError) as error:
        admin.call("key.create", name="sealed")
    assert error.value.code == "unavailable"
    assert admin.call("key.list")["total"] == 51 and verifier.call("ping")
    if content is None:
        assert not (stopped.data / "pepper").exists()
    else:
        assert (stopped.data / "pepper").read_bytes() == content
    stopped.stop()
    (stopped.data / "pepper").write_bytes(pepper)
    stopped.start()
    assert stopped.connect_verify().call("verify", key=stopped.made["key"])["valid"] is True


def test_pepper_is_made_once_and_private(daemon):
    pepper = daemon.data / "pepper"
    first = pepper.read_bytes()
    assert len(first) == 32 and stat.S_IMODE(pepper.stat().st_mode) == 0o600
    daemon.restart()
    assert pepper.read_bytes() == first


def test_peppers_differ(new_daemon):
    peppers = {(new_daemon().start().data / "pepper").read_bytes() for _ in range(3)}
    assert len(peppers) == 3


def test_pepper_from_a_credential(new_daemon):
    daemon = new_daemon()
    credentials = daemon.dir / "credentials"
    credentials.mkdir(mode=0o700)
    (credentials / "pepper").write_bytes(bytes(range(32)))
    daemon.env = {"CREDENTIALS_DIRECTORY": str(credentials)}
    daemon.start()
    key = daemon.connect().call("key.create", name="demo")["key"]
    assert not (daemon.data / "pepper").exists()
    daemon.restart()
    assert daemon.connect_verify().call("verify", key=key)["valid"] is True
    daemon.stop()
    daemon.env = {}
    daemon.start()  # without it: sealed, and no pepper is made
    with pytest.raises(RpcError):
        daemon.connect_verify().call("verify", key=key)
    assert not (daemon.data / "pepper").exists()
