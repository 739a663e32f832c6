"""apikeyctl key rotate: the new key alone, grace times as people write them, and who still uses the old one."""

import json
import stat


def test_rotate(ctl, daemon):
    old = ctl("key", "create", "--name", "demo", check=0).stdout.strip()
    prefix = old.rpartition("_")[0]
    done = ctl("key", "rotate", prefix, "--grace", "24h", check=0)
    new = done.stdout.removesuffix("\n")
    assert new.startswith("ak_live_") and new != old and " " not in new
    assert "not be shown again" in done.stderr and new not in done.stderr
    verdict = json.loads(ctl("verify", "--json", input=old, check=0).stdout)
    assert verdict["superseded"] is True
    shown = ctl("key", "show", prefix, check=0).stdout
    assert "SINCE ROTATION" in shown and "superseded" in shown and prefix in shown and new.rpartition("_")[0] in shown
    ctl("key", "update", prefix, "--grace", "0", check=0)
    ctl("verify", input=old, check=10)
    ctl("verify", input=new, check=0)
    assert ctl("key", "update", prefix, "--grace", "1d", check=6).stdout == ""


def test_a_week_where_no_grace_is_given(ctl, daemon):
    key = json.loads(ctl("key", "create", "--json", "--name", "demo", check=0).stdout)
    key = json.loads(ctl("key", "rotate", "--json", key["id"], check=0).stdout)
    assert key["secrets"][0]["expires_at"] - key["secrets"][1]["created_at"] == 7 * 86400


def test_rotate_to_a_file(ctl, daemon, tmp_path):
    key = json.loads(ctl("key", "create", "--json", "--name", "demo", check=0).stdout)
    path = tmp_path / "key"
    assert ctl("key", "rotate", key["id"], "--out", path, check=0).stdout == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ctl("verify", input=path.read_text(), check=0)
    before = ctl("key", "show", "--json", key["id"], check=0).stdout
    ctl("key", "rotate", key["id"], "--out", path, check=2)  # it is there already: nothing is done
    assert len(json.loads(ctl("key", "show", "--json", key["id"]).stdout)["secrets"]) == len(json.loads(before)["secrets"])
    ctl("key", "revoke", "--yes", key["id"], check=0)
    ctl("key", "rotate", key["id"], "--out", tmp_path / "other", check=6)
    assert not (tmp_path / "other").exists()


def test_wrong_grace(ctl, daemon):
    key = json.loads(ctl("key", "create", "--json", "--name", "demo", check=0).stdout)
    for grace in ("never", "2031-01-01", "soon", "-1d", "367d", ""):
        ctl("key", "rotate", key["id"], f"--grace={grace}", check=2)
