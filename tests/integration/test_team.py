"""docs/TEAM.md, typed: every command of the walk, by the account that it stands with."""

import json
import os
import pathlib
import pty
import re
import select
import shutil

import pytest

from rpc import HANG

WALK = (pathlib.Path(__file__).parents[2] / "docs/TEAM.md").read_text()
UIDS = {"root": 0, "olga": 65531, "vera": 65532, "program": 65533}
CODE = re.compile(r"\b\w{4}(?:-\w{4}){3}\b")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for several accounts")


def steps():
    """Each command of the walk: who, what, and [(prompt, what is typed)]."""
    found = []
    for block in re.findall(r"```\n(.*?)```", WALK, re.S):
        for line in block.splitlines():
            if command := re.match(r"(\w+)[#$] (.*)", line):
                found.append((command[1], command[2], []))
            else:
                prompt, typed = re.fullmatch(r"(.*: )<(.*)>", line).groups()
                found[-1][2].append((prompt, typed))
    return found


class Desk:
    """Where one account sits: its own directory, its own environment, a terminal for each command."""

    def __init__(self, name, daemon, build, place):
        self.uid, self.home = UIDS[name], place / name
        self.home.mkdir()
        os.chown(self.home, self.uid, self.uid)
        self.environment = {
            "PATH": f"{build.resolve()}:/usr/bin:/bin",
            "APIKEYD_SOCKET": str(daemon.socket),
            "XDG_RUNTIME_DIR": str(self.home),
            "LANG": "C.UTF-8",
        }

    def run(self, command, typed):
        """Types a command, and what its prompts ask for; returns what was seen."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.home)
            os.setgroups([])
            os.setresgid(self.uid, self.uid, self.uid)
            os.setresuid(self.uid, self.uid, self.uid)
            os.execve("/bin/sh", ["sh", "-c", command], self.environment)
        seen, at = "", 0
        for prompt, text in [*typed, (None, None)]:
            while prompt is None or prompt not in seen[at:]:
                assert select.select([terminal], [], [], HANG)[0], f"{command}: {seen}"
                try:
                    seen += os.read(terminal, 65536).decode()
                except OSError:  # the end
                    break
            if prompt is not None:
                at = seen.index(prompt, at) + len(prompt)
                os.write(terminal, text.encode() + b"\n")
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, f"{command}: {seen}"
        assert not any(text in seen for _, text in typed), f"{command} shows what was typed"
        return seen


@needs_root
def test_the_walk(new_daemon, build, tmp_path):
    daemon = new_daemon(config='admin_mode = "0666"\n')
    daemon.dir.chmod(0o755)
    daemon.start()
    place = daemon.dir / "desks"
    place.mkdir(mode=0o755)
    place.chmod(0o755)
    programs = place / "bin"  # what every account can reach
    programs.mkdir()
    programs.chmod(0o755)
    shutil.copy(build / "apikeyctl", programs)
    desks = {name: Desk(name, daemon, programs, place) for name in UIDS}
    codes, seen = {}, ""
    for who, command, typed in steps():
        desk = desks[who]
        if command.startswith("export "):
            name, value = command.removeprefix("export ").split("=")
            desk.environment[name] = value
            shutil.move(desks["olga"].home / value, desk.home / value)
            os.chown(desk.home / value, desk.uid, desk.uid)
            continue
        answers = {
            "code of olga": codes.get("olga"),
            "code of vera": codes.get("vera"),
            "first line of codes.txt": (desk.home / "codes.txt").read_text().split()[0]
            if (desk.home / "codes.txt").exists()
            else None,
        }
        seen = desk.run(command, [(prompt, answers.get(text) or text) for prompt, text in typed])
        if who == "root" and command.startswith("apikeyctl user codes "):
            codes[command.split()[-1]] = CODE.search(seen)[0]
    check_what_is_left(daemon)


def check_what_is_left(daemon):
    """The audit log tells all of it with names."""
    admin = daemon.connect()
    (program,) = admin.call("key.list", query="billing portal")["keys"]
    entries = admin.call("audit.list", limit=1000)["entries"][::-1]
    told = [(e["actor"], e["action"], e["object"]) for e in entries if e["outcome"] == "ok"]
    customers = {key["name"]: key for key in admin.call("key.list", query="customer")["keys"]}
    assert all(key["owner"] == "olga" and key["created_by"] == program["id"] for key in customers.values())
    expected = [
        ("root", "tenant.create", "acme"),
        ("root", "user.create", "olga"),
        ("root", "user.create", "vera"),
        ("root", "user.recovery_codes", "olga"),
        ("root", "user.recovery_codes", "vera"),
        ("olga", "auth.recover", "olga"),
        ("olga", "user.recovery_codes", "olga"),
        ("olga", "key.create", program["id"]),
        (program["id"], "key.create", customers["customer 1"]["id"]),
        (program["id"], "key.create", customers["customer 2"]["id"]),
        ("vera", "auth.recover", "vera"),
        ("olga", "auth.recover", "olga"),
    ]
    assert [entry for entry in told if entry[1] not in ("auth.login", "auth.logout", "auth.key")] == expected
    assert [actor for actor, action, _ in told if action == "auth.login"] == ["olga", "vera", "olga"]
    refused = {(e["actor"], e["action"], e["outcome"]) for e in entries if e["outcome"] != "ok"}
    assert {("vera", "key.create", "forbidden"), ("uid 65531", "auth.login", "unauthenticated")} <= refused
    assert json.dumps(entries).count("plain words") == 0
