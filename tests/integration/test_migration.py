"""A store of the first version: taken over whole, once, with the keys in it."""

import json
import pathlib
import shutil

import pytest

from server import open_store

FIRST = pathlib.Path(__file__).parent / "version1"  # made by 0.1.0 before its store changed


@pytest.fixture
def old(new_daemon):
    daemon = new_daemon()
    with open_store(daemon.data) as db:
        db.executescript((FIRST / "store.sql").read_text())
    shutil.copy(FIRST / "pepper", daemon.data / "pepper")
    (daemon.data / "pepper").chmod(0o600)
    daemon.made = json.loads((FIRST / "keys.json").read_text())
    return daemon


def test_keys_of_the_first_version_go_on(old):
    for _ in range(2):  # the second start finds it done
        old.start()
        admin, verifier = old.connect(), old.connect_verify()
        verdicts = [verifier.call("verify", key=key["key"], ip="10.1.2.3", dry_run=True) for key in old.made]
        assert [verdict["code"] for verdict in verdicts] == ["ok", "disabled"]
        for key in old.made:
            assert admin.call("key.get", id=key["id"])["notes" if "notes" in key else "name"]
        assert admin.call("key.list", query="first")["total"] == 1
        old.stop()
    with open_store(old.data) as db:
        assert db.execute("PRAGMA user_version").fetchone() > (1,)


def test_a_key_of_the_first_version_can_be_changed(old):
    old.start()
    key = old.made[0]
    assert old.connect().call("key.update", id=key["id"], notes="new")["notes"] == "new"
    old.restart()
    assert old.connect().call("key.get", id=key["id"])["notes"] == "new"
    assert old.connect_verify().call("verify", key=key["key"], ip="10.1.2.3")["code"] == "ok"
