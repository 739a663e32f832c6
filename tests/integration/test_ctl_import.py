"""apikeyctl key import: one key, or a file of them with a dry run, a report of each row, and a second run."""

import crypt
import hashlib
import json
import os
import subprocess

import pytest

OLD = "sk-legacy-0123456789"


def sha256(plain):
    return hashlib.sha256(plain.encode()).hexdigest()


def bcrypt(plain):
    return crypt.crypt(plain, "$2b$04$abcdefghijklmnopqrstuu")


def verified(ctl, plain):
    return json.loads(ctl("verify", "--json", input=plain).stdout)


@pytest.mark.parametrize("kind", ["sha256", "bcrypt"])
def test_one_hash(ctl, kind):
    hashed = {"sha256": sha256, "bcrypt": bcrypt}[kind](OLD)
    done = ctl("key", "import", "--json", "--name", "x", "--prefix", "sk-legacy", "--hash", kind, input=hashed + "\n", check=0)
    assert hashed not in done.stdout + done.stderr
    assert verified(ctl, OLD)["key_id"] == json.loads(done.stdout)["id"]


def test_one_dry(ctl):
    done = ctl("key", "import", "--name", "x", "--dry-run", input=OLD, check=0)
    assert "nothing was changed" in done.stderr and not done.stdout
    said = json.loads(ctl("key", "import", "--json", "--name", "x", "--dry-run", input=OLD, check=0).stdout)
    assert (said["dry_run"], said["method"], said["keys"][0]["name"]) == (True, "key.import", "x") and OLD not in str(said)
    ctl("verify", input=OLD, check=10)
    ctl("key", "import", "--name", "x", input=OLD, check=0)
    ctl("key", "import", "--name", "x", "--dry-run", input=OLD, check=6)


def test_wrong_usage(ctl, tmp_path):
    path = tmp_path / "keys.csv"
    path.write_text("name,plaintext\n")
    for wrong in (["--name", "x", "--hash", "md5"], [], ["--name", "x", "--batch", "b"], [path, "--name", "x"],
                  [path, "--hash", "sha256"], [tmp_path / "none.csv"], [tmp_path], [path, "--batch", "x" * 51],
                  [path, "--format", "xml"], ["-"]):
        ctl("key", "import", *wrong, input=OLD, check=2)
    ctl("key", "import", path, "--batch", "x" * 50, check=0)


ROWS = [
    {"name": "billing, nightly", "plaintext": "plain-0123456789", "prefix": "plain", "scopes": ["a:read", "b:*"],
     "rate": [{"window": 60, "limit": 100}], "quota": [{"period": "day", "of": "units", "limit": 5}], "notes": 'say "hi"\nto them',
     "meta": {"team": "infra"}, "ip_allow": ["203.0.113.0/24"], "expires_at": 4102444800, "email": "a@example.org"},
    {"name": "hashed", "sha256": sha256(OLD), "owner": "carol", "env": "test", "units_per_request": 7},
    {"name": "slow", "bcrypt": bcrypt("slow-key-of-old"), "prefix": "slow-key"},
]
CSV = (
    "name,plaintext,sha256,bcrypt,prefix,scope,rate,quota,notes,meta,ip,expires,owner,env,units-per-request,email\r\n"
    '"billing, nightly",plain-0123456789,,,plain,a:read b:*,100/60s,5/day:units,"say ""hi""\nto them",team=infra,'
    "203.0.113.0/24,2100-01-01T00:00:00Z,,,,a@example.org\r\n"
    f"hashed,,{sha256(OLD)},,,,,,,,,,carol,test,7,\r\n"
    f"slow,,,{bcrypt('slow-key-of-old')},slow-key,,,,,,,,,,,\r\n"
)


def files(tmp_path):
    lines, table = tmp_path / "keys.jsonl", tmp_path / "keys.csv"
    lines.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n")
    table.write_text(CSV, newline="")
    return {"jsonl": lines, "csv": table}


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_file_as_windows_writes_it(ctl, admin, tmp_path, form):
    path = files(tmp_path)[form]
    text = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + (text if form == "csv" else text.replace(b"\n", b"\r\n")))
    assert "3 imported, 0 refused" in ctl("key", "import", path, check=0).stderr
    assert {key["name"] for key in admin.call("key.list")["keys"]} == {row["name"] for row in ROWS}


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_file(ctl, admin, tmp_path, form):
    path = files(tmp_path)[form]
    dry = ctl("key", "import", path, "--dry-run", check=0)
    assert "3 good" in dry.stderr and admin.call("key.list")["total"] == 0 and not admin.call("audit.list", action="key.import")["entries"]
    done = ctl("key", "import", path, "--json", check=0)
    report = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["outcome"] for row in report] == ["imported"] * 3
    assert [row["line"] for row in report] == ([1, 2, 3] if form == "jsonl" else [2, 4, 5])
    for text in ("plain-0123456789", sha256(OLD), bcrypt("slow-key-of-old")):
        assert text not in done.stdout + done.stderr
    for row, said in zip(ROWS, report):
        key = admin.call("key.get", id=said["id"])
        for name in set(row) - {"plaintext", "sha256", "bcrypt", "prefix"}:
            assert key[name] == row[name], name
        if "prefix" in row:
            assert key["secrets"][0]["prefix"] == row["prefix"]
    assert verified(ctl, OLD)["key_id"] == report[1]["id"]
    assert verified(ctl, "slow-key-of-old")["key_id"] == report[2]["id"]
    again = ctl("key", "import", path, "--json", check=0)
    assert again.stdout == done.stdout and admin.call("key.list")["total"] == 3


def test_rows_that_are_refused(ctl, admin, tmp_path):
    """The others are taken, the report names each, and what was mended goes through the second time."""
    path = tmp_path / "keys.csv"
    path.write_text("name,plaintext,rate,prefix\n"
                    f"good,{OLD},,p1\n"
                    "short,hunter2,,\n"
                    "two fields,x\n"
                    f"twice,{OLD},,p2\n"
                    "rate,another-old-key,often,\n"
                    "last,one-more-old-key,,\n")
    done = ctl("key", "import", path, "--plain", check=1)
    report = [line.split("\t") for line in done.stdout.splitlines()]
    assert [(row[0], row[1]) for row in report] == [("2", "imported"), ("3", "refused"), ("4", "refused"), ("5", "refused"),
                                                    ("6", "refused"), ("7", "imported")]
    assert [row[2] for row in report[1:5]] == ["invalid_argument", "invalid_argument", "conflict", "invalid_argument"]
    assert "2 imported, 4 refused" in done.stderr and "hunter2" not in done.stdout + done.stderr
    assert admin.call("key.list")["total"] == 2
    people = ctl("key", "import", path, check=1).stdout
    assert "line 2: imported k_" in people and "line 3: refused" in people


@pytest.mark.parametrize("again", [{"plaintext": OLD}, {"plaintext": OLD, "prefix": "other"}, {"sha256": sha256(OLD)},
                                   {"plaintext": "another-old-key", "prefix": "p1"}])
@pytest.mark.parametrize("first", [{"plaintext": OLD, "prefix": "p1"}, {"sha256": sha256(OLD), "prefix": "p1"}])
def test_a_dry_run_finds_what_stands_twice(ctl, admin, tmp_path, first, again):
    """And says of each row what the daemon then says of it."""
    path = tmp_path / "keys.jsonl"
    rows = [{"name": "a"} | first, {"name": "b", "plaintext": "hunter2"}, {"name": "c", "sha256": sha256("c")},
            {"name": "d"} | again, {"name": "e", "plaintext": "hunter2hunter2"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    reports = []
    for options in (["--dry-run"], []):
        done = ctl("key", "import", path, "--json", *options, check=1)
        reports.append([json.loads(line) for line in done.stdout.splitlines()])
        assert OLD not in done.stdout + done.stderr
    dry, real = ([(row["line"], row.get("error")) for row in report] for report in reports)
    expected = [None, "invalid_argument", None, "conflict", None]
    assert dry == list(enumerate(expected, 1))
    assert "line 1 " in reports[0][3]["message"] and admin.call("key.list")["total"] == sum(e is None for _, e in real)
    if not ("sha256" in again and "plaintext" in first):  # whose native digest alone is there
        assert real == dry


def test_names_from_a_file_reach_no_terminal(ctl, tmp_path):
    path = tmp_path / "keys.jsonl"
    path.write_text(json.dumps({"name": "\x1b[2Jx", "plaintext": OLD}) + "\n" + "\x1b[2J\n")
    done = ctl("key", "import", path, check=1)
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("text", ["", "name,colour\n", "name,name\n", "name\0,plaintext\n", '"name\n'])
def test_no_table(ctl, tmp_path, text):
    path = tmp_path / "keys.csv"
    path.write_text(text)
    ctl("key", "import", path, check=2)


def test_a_table_that_breaks_off(ctl, admin, tmp_path):
    path = tmp_path / "keys.csv"
    path.write_text(f'name,plaintext\ngood,{OLD}\n"open,x\n')
    assert "line 3" in ctl("key", "import", path, check=2).stderr
    assert admin.call("key.list")["total"] == 1


def test_standard_input(ctl, admin):
    ctl("key", "import", "-", "--format", "jsonl", input=json.dumps(ROWS[1]), check=0)
    assert admin.call("key.list")["total"] == 1


def test_it_goes_on_where_it_was_stopped(ctl, daemon, build, tmp_path):
    """The daemon goes away in the midst of it; the same command again takes what is left, and nothing twice."""
    path = tmp_path / "keys.csv"
    count = 1000
    path.write_text("name,plaintext\n" + "".join(f"key {n},old-key-number-{n}\n" for n in range(count)))
    args = [build / "apikeyctl", "--socket", daemon.socket, "key", "import", path, "--plain"]
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"NO_COLOR": "1"}) as first:
        for _ in range(20):
            first.stdout.readline()
        daemon.kill9()
        said = first.communicate()[1]
    assert first.returncode == 5 and "the same command again" in said
    daemon.start()
    done = ctl("key", "import", path, "--plain", check=0)
    assert done.stdout.count("\timported\t") == count
    assert daemon.connect().call("key.list")["total"] == count
