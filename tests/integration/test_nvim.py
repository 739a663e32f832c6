"""An independent msgpack-rpc client that was not made for us: Neovim's rpcrequest()."""

import json
import shutil
import subprocess

import pytest

from rpc import HANG

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="no nvim")

SCRIPT = """
let channel = sockconnect('pipe', $AK_SOCKET, {'rpc': v:true})
let answers = []
for [method, params] in json_decode($AK_CALLS)
  try
    call add(answers, rpcrequest(channel, method, params))
  catch
    call add(answers, v:exception)
  endtry
endfor
call writefile([json_encode(answers)], $AK_OUT)
quitall!
"""


@pytest.fixture
def nvim(daemon):
    """Sends (method, params) by Neovim and gives the answers; an error is its exception's text."""

    def run(path, *calls):
        script, out = daemon.dir / "calls.vim", daemon.dir / "answers.json"
        script.write_text(SCRIPT)
        environment = daemon.environment(
            AK_SOCKET=str(path), AK_CALLS=json.dumps(calls), AK_OUT=str(out), HOME=str(daemon.dir)
        )
        subprocess.run(
            ["nvim", "--headless", "--clean", "-i", "NONE", "-n", "-S", script],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=HANG,
            check=True,
        )
        return json.loads(out.read_text())

    return run


def test_hello_and_verify(daemon, admin, nvim):
    key = admin.call("key.create", name="von Neovim", scopes=["a"], meta={"n": 1})
    hello, yes, no, refused, wrong = nvim(
        daemon.verify_socket,
        ("hello", {"client": "nvim"}),
        ("verify", {"key": key["key"], "scopes": ["a"]}),
        ("verify", {"key": "nonsense"}),
        ("key.list", {}),
        ("verify", {"key": key["key"], "bogus": 1}),
    )
    assert hello["protocol"] == 1 and hello["socket"] == "verify"
    assert yes["valid"] is True and yes["name"] == "von Neovim" and yes["meta"] == {"n": 1}
    assert no == {"valid": False, "code": "not_found"}
    assert "forbidden: " in refused
    assert "invalid_argument: bogus" in wrong


def test_the_whole_way(daemon, nvim):
    made, listed = nvim(daemon.socket, ("key.create", {"name": "demo"}), ("key.list", {}))
    revoked, no = nvim(
        daemon.socket, ("key.revoke", {"id": made["id"]}), ("verify", {"key": made["key"]})
    )
    assert [key["id"] for key in listed["keys"]] == [made["id"]]
    assert revoked["status"] == "revoked" and no["code"] == "revoked"
