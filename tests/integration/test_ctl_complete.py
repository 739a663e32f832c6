"""What a shell offers at Tab."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from rpc import HANG

SCRIPTS = Path(__file__).parents[2] / "docs" / "completion"


@pytest.fixture(scope="module")
def admin(module_daemon):
    admin = module_daemon.connect()
    admin.call("tenant.create", name="acme")
    admin.call("plan.create", name="basic")
    admin.call("user.create", username="vic", role="viewer", password="correct horse battery")
    return admin


@pytest.fixture(scope="module")
def key(admin):
    return admin.call("key.create", name="tab\u00a7 here")


@pytest.fixture
def offered(build, module_daemon, admin):
    def run(*typed, socket=module_daemon.socket):
        done = subprocess.run(
            [build / "apikeyctl", "--socket", socket, "complete", "--", *typed],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [line.split("\t")[0] for line in done.stdout.splitlines()]

    return run


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["k"], ["key"]),
        (["key", "re"], ["revoke"]),
        (["--json", "key", "d"], ["disable", "delete"]),
        (["key", "list", "--st"], ["--status"]),
        (["key", "list", "--status", "d"], ["disabled"]),
        (["--color", ""], ["always", "never", "auto"]),
        (["key", "list", "--sort", "u"], ["units"]),
        (["tenant", "show", "a"], ["acme"]),
        (["plan", "update", ""], ["basic"]),
        (["user", "passwd", ""], ["vic"]),
        (["tenant", "create", ""], []),
        (["key", "create", "--name", ""], []),
        (["key", "odd", ""], []),
    ],
)
def test_offers(offered, typed, expected):
    assert offered(*typed) == expected


def test_every_noun_is_offered_once(offered):
    nouns = offered("")
    assert nouns == offered() and len(set(nouns)) == len(nouns) and {"key", "plan", "verify", "usage"} <= set(nouns)


def test_keys_by_id_and_by_prefix(offered, key):
    prefix = key["secrets"][0]["prefix"]
    assert offered("key", "revoke", key["id"][:8]) == [key["id"]]
    assert offered("key", "revoke", prefix[:14]) == [prefix]
    assert offered("usage", key["id"][:8]) == [key["id"]]
    assert key["id"] in offered("key", "show", "")


@pytest.mark.parametrize("prefix", ["zz;reboot", "zz$(reboot)", "zz`reboot`", "zz'", 'zz"', "zz|sh", "zz&", "zz:x", "zz*", "zz<a"])
def test_nothing_that_a_shell_would_run(offered, admin, prefix):
    """What is offered goes into a line that is run next, perhaps by root; prefixes are given by whoever imports keys."""
    made = admin.call("key.import", name="evil", plaintext=f"old-key-of-{prefix}", prefix=prefix)
    fine = admin.call("key.import", name="fine", plaintext=f"another-key-of-{prefix}", prefix=f"zz-{made['id']}")
    assert prefix not in offered("key", "show", "zz")
    assert fine["secrets"][0]["prefix"] in offered("key", "show", "zz-")
    assert offered("key", "show", made["id"]) == [made["id"]]


def test_the_socket_that_is_typed(offered, module_daemon, key):
    typed = ["--socket", str(module_daemon.socket), "key", "show", key["id"][:8]]
    assert offered(*typed, socket="/nonexistent/socket") == [key["id"]]


def test_without_a_daemon(offered):
    assert offered("key", "sh", socket="/nonexistent/socket") == ["show"]
    assert offered("key", "show", "", socket="/nonexistent/socket") == []


def test_bash(build, module_daemon, key):
    script = f'source {SCRIPTS}/apikeyctl.bash; COMP_WORDS=(apikeyctl key show {key["id"][:8]}); COMP_CWORD=3; _apikeyctl; '
    done = subprocess.run(
        ["bash", "-c", script + 'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, timeout=HANG,
        env=os.environ | {"PATH": f'{build.resolve()}:{os.environ["PATH"]}', "APIKEYD_SOCKET": str(module_daemon.socket)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (key["id"] + "\n", "")


def test_what_is_offered_is_plain_text(build, module_daemon, key):
    done = subprocess.run(
        [build / "apikeyctl", "--socket", module_daemon.socket, "complete", "--", "key", "show", key["id"]],
        capture_output=True, text=True, timeout=HANG,
    )  # fmt: skip
    assert done.stdout == key["id"] + "\ttab\u00a7 here\n"


@pytest.mark.parametrize("typed", [["key", "re"], ["key", "list", "--status", ""], ["no", "such", "thing"]])
def test_json_says_the_same(build, offered, typed):
    done = subprocess.run([build / "apikeyctl", "--json", "complete", "--", *typed], stdout=subprocess.PIPE, timeout=HANG)
    assert done.returncode == 0
    assert [offer["word"] for offer in json.loads(done.stdout)] == offered(*typed)
