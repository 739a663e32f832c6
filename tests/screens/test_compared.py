"""docs/COMPARED.md: the strokes of its table are typed here as they stand there, and counted."""

import re
from pathlib import Path

import pytest

ROWS = [
    [cell.strip() for cell in line.split("|")[1:-1]]
    for line in (Path(__file__).parents[2] / "docs/COMPARED.md").read_text().splitlines()
    if re.match(r"\| [^|]+ \| `", line)
]
STROKES = {task: strokes.strip("`").split() for task, strokes, *_ in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_strokes_are_counted_right(row):
    assert len(STROKES[row[0]]) == int(row[2])


def test_there_are_eight_tasks():
    assert len(ROWS) == len(STROKES) == 8


@pytest.fixture
def typed(admin, tui, daemon):
    """typed(task, pictures) types a task's strokes; pictures: what must be seen before the stroke of this number."""
    for n in range(20):
        admin.call("key.create", name=f"gate {n:02}")
    for n in range(4):
        admin.call("key.create", name=f"other {n}")
    screen = tui(daemon.socket, view="")
    screen.wait("apikeyd  Overview", "24 active")

    def do(task, pictures=None, begin=None):
        if begin:
            screen.keys(begin)
            screen.wait("row 1 of 24")
        for n, stroke in enumerate(STROKES[task]):
            if pictures and n in pictures:
                screen.wait(*pictures[n])
            screen.keys(stroke)
        return screen

    return do


def test_find_revoke_and_look_at_its_day(typed, admin):
    typed("find a key by fragment").wait("/gate  20 found", "gate 19", absent="other")
    typed("revoke it", {1: ["Revoke gate 19?"]}).wait("gate 19 is revoked now.")
    assert [k["name"] for k in admin.call("key.list", status="revoked")["keys"]] == ["gate 19"]
    typed("see its last day", {1: ["apikeyd  Key "]}).wait("1 h  [24 h]", "none in 24 h")


def test_create_one_with_a_limit(typed, admin):
    typed("create one with a limit", {1: ["Only the name"]}).wait("gate is created")
    made = admin.call("key.list", query="gate", limit=1, sort="created_at", desc=True)["keys"][0]
    assert made["name"] == "gate" and made["rate"] == [{"window": 60, "limit": 9}]


def test_rotate(typed, admin):
    typed("rotate", {1: ["apikeyd  Key "], 2: ["A new secret for"], 3: ["Rotate other 3?"]}, begin="2").wait("will not be shown again")
    assert len(admin.call("key.get", id=admin.call("key.list", query="other 3")["keys"][0]["id"])["secrets"]) == 2


def test_find_who_did_what(typed, admin):
    admin.call("user.create", username="ada", role="operator")
    screen = typed("find who did what", {1: ["apikeyd  Audit", "user.create"]})
    screen.wait("/actor:ada", "None of the")
    screen.keys("Escape", "/", "a", "d", "a", "Enter")
    screen.wait("/ada", "row 1 of 1", "user.create")


def test_disable_twenty(typed, admin):
    typed("disable 20 of a name", {6: ["20 found"], 7: ["20 marked"], 8: ["Disable 20 keys?"]}).wait("20 disabled. z undoes it.")
    assert admin.call("key.list", status="disabled")["total"] == 20


def test_learn_the_keys(typed):
    typed("learn all keys of a view").wait("Here", "Look at the selected key")
