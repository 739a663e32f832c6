"""Tenants, users and plans: made, changed and deleted by forms, and codes for those who have no password."""

import re

import pytest

from console import picture
from leaks import memory_holds
from fake import HELLO
from test_views import SIZES, to

VIEWS = {"tenant": ("8", "Tenants"), "user": ("9", "Users"), "plan": ("3", "Plans")}

PICTURES = {
    ("tenant", (80, 24)): """\
A customer to whom keys and users belong.

Name
             such as acme; for good
Plan

At most

             [ Create ]""",
    ("tenant", (40, 10)): """\
Name
             such as acme; for good
Plan

At most

             [ Create ]""",
    ("user", (80, 24)): """\
Who may do what, and in which tenant.

User
             such as ada; for good
Role

Tenant

OS account

At most

             [ Create ]""",
    ("user", (40, 10)): """\
User
Role
Tenant
OS account
At most
             [ Create ]
             such as ada; for good""",
    ("plan", (80, 24)): """\
Limits under a name; keys on it follow it when it changes.

Name
             such as free; for good
Rate

Quota

Units/req

Keys

Keys/user

             [ Create ]""",
    ("plan", (40, 10)): """\
Name
Rate
Quota
Units/req
Keys
Keys/user
             such as free; for good""",
}

EDITED = """\
apikeyd  Plan                                                      serving  root
free, as it is. An empty field takes away what was there.

Rate         100/1m
             such as 100/60s 5000/1h; empty: as often as one likes
Quota        20000/month 500/day:units

Units/req    7

Keys         10

Keys/user

             [ Save ]









F1 help  Enter next  Ctrl-S do it  Esc cancel"""

CODES = {(80, 24): """\
Each sets a password of ada once:
####-####-####-####
They will not be shown again. An empty password at the login asks for one.""", (40, 10): """\
Each sets a password of ada once:
####-####-####-####
They will not be shown again. An empty
password at the login asks for one."""}  # fmt: skip


def inside(screen):
    """What is between the first line and the last two."""
    return "\n".join(picture(screen.text()).split("\n")[1:-2]).rstrip()


def go(screen, noun):
    to(screen, *VIEWS[noun])


def fill(screen, *texts):
    """Each field in its turn; None stays as it is. Ends on the button, which is pressed."""
    for text in texts:
        if text is not None:
            screen.keys("C-u")
            screen.type(text)
        screen.keys("Tab")
    screen.keys("Enter")


@pytest.mark.parametrize(("noun", "size"), PICTURES)
def test_forms(daemon, tui, noun, size):
    screen = tui(daemon.socket, size=size)
    go(screen, noun)
    screen.keys("n")
    screen.shows(PICTURES[noun, size], seen=inside)
    screen.keys("Escape")
    screen.wait(f"apikeyd  {VIEWS[noun][1]}")


def test_a_tenant(admin, screen):
    admin.call("plan.create", name="free")
    go(screen, "tenant")
    screen.wait("row 1 of 1")
    screen.keys("n")
    screen.wait("[ Create ]")
    fill(screen, "acme", "free", "0")
    screen.wait("1 to 1000000000")
    screen.keys("C-u")
    screen.type("12")
    screen.keys("Tab", "Enter")
    screen.wait("acme is created.", "of 2", re.compile("acme +active"))
    made = admin.call("tenant.get", name="acme")
    assert (made["plan"], made["max_keys"]) == ("free", 12)
    screen.keys("g", "e")
    screen.wait("acme, as it is", "free", "12")
    fill(screen, "", "1000000000")
    screen.wait("acme is changed.", "of 2")
    made = admin.call("tenant.get", name="acme")
    assert (made.get("plan"), made["max_keys"]) == (None, 1000000000)
    assert admin.call("audit.list", action="tenant.update")["entries"]


def test_a_tenant_goes_with_its_keys(admin, screen):
    admin.call("tenant.create", name="acme")
    admin.call("key.create", name="of acme", tenant="acme")
    go(screen, "tenant")
    screen.wait("row 1 of 2", re.compile("acme +active +1"))
    screen.keys("D")
    screen.wait("Delete tenant acme?", "Its 1 keys go with it")
    screen.type("acm")
    screen.keys("Enter")
    screen.wait("Delete tenant acme?")
    assert admin.call("tenant.get", name="acme")["keys"] == 1
    screen.type("e")
    screen.keys("Enter")
    screen.wait("acme is deleted.", "row 1 of 1")
    assert admin.call("key.list")["total"] == 0


def test_a_user(admin, screen):
    admin.call("tenant.create", name="acme")
    go(screen, "user")
    screen.wait("There is no user")
    screen.keys("n")
    screen.wait("[ Create ]")
    fill(screen, "ada", "boss", "acme", "", "3")
    screen.wait(re.compile("Role +boss\n +admin, operator or viewer"))
    screen.keys("C-u")
    screen.type("operator")
    screen.keys("Tab", "Tab", "Tab", "Tab", "Enter")
    screen.wait("ada is created. c makes a code", "row 1 of 1")
    made = admin.call("user.get", username="ada")
    assert (made["role"], made["tenant"], made["max_keys"], made.get("os_account")) == ("operator", "acme", 3, None)
    screen.keys("e")
    screen.wait("ada, as it is", "operator")
    fill(screen, "viewer", None, "games", "")
    screen.wait("ada is changed.", re.compile("ada +viewer"))
    made = admin.call("user.get", username="ada")
    assert (made["role"], made["tenant"], made.get("max_keys"), made["os_account"]) == ("viewer", "acme", None, "games")
    screen.keys("D")
    screen.wait("Delete user ada?")
    screen.type("ada")
    screen.keys("Enter")
    screen.wait("ada is deleted.", "There is no user")


def test_only_what_differs_is_sent(fake, tui):
    ada = {"username": "ada", "role": "viewer", "tenant": "acme", "status": "active"}
    daemon = fake(user_list={"users": [ada], "next": None}, user_get=ada, user_update=ada)
    screen = tui(daemon.socket)
    go(screen, "user")
    screen.wait("row 1 of 1")
    screen.keys("e")
    screen.wait("ada, as it is", "viewer")
    screen.keys("BTab", "Enter")
    screen.wait("Nothing differs")
    screen.keys("Tab")
    fill(screen, "operator", None, None, None)
    screen.wait("ada is changed.")
    sent = [params for method, params in daemon.asked if method == "user.update"]
    assert [set(params) for params in sent] == [{"username", "role", "request_id"}] and sent[0]["role"] == "operator"


def test_a_plan(admin, screen):
    go(screen, "plan")
    screen.wait("There is no plan")
    screen.keys("n")
    screen.wait("[ Create ]")
    fill(screen, "free", "100/60s", "20000/month 500/day:units", "7", "10", "")
    screen.wait("free is created.", "row 1 of 1")
    made = admin.call("plan.get", name="free")
    assert made["rate"] == [{"window": 60, "limit": 100}] and len(made["quota"]) == 2
    assert (made["units_per_request"], made["max_keys"], made.get("max_keys_per_user")) == (7, 10, None)
    screen.keys("e")
    screen.shows(EDITED)
    fill(screen, "", None, "", "", "2")
    screen.wait("free is changed.", "row 1 of 1")
    made = admin.call("plan.get", name="free")
    assert not made.get("rate") and len(made["quota"]) == 2 and made["max_keys_per_user"] == 2
    screen.keys("D")
    screen.wait("Delete plan free?")
    screen.type("free")
    screen.keys("Enter")
    screen.wait("free is deleted.", "There is no plan")


@pytest.mark.parametrize("noun", VIEWS)
def test_what_the_daemon_refuses_stays_typed(admin, screen, noun):
    more = {"user": {"username": "there", "role": "viewer"}}.get(noun, {"name": "there"})
    admin.call(f"{noun}.create", **more)
    go(screen, noun)
    screen.wait("there")
    screen.keys("n")
    screen.wait("[ Create ]")
    screen.type("there")
    if noun == "user":
        screen.keys("Tab")
        screen.type("viewer")
        screen.keys("BTab")
    screen.keys("BTab", "Enter")
    screen.wait("Not done: ", "[ Create ]", "there")


def test_one_that_has_gone_is_not_changed(fake, tui):
    daemon = fake(tenant_list={"tenants": [{"name": "gone", "status": "active"}], "next": None}, tenant_get="not_found: no such tenant")
    screen = tui(daemon.socket)
    go(screen, "tenant")
    screen.wait("row 1 of 1")
    screen.keys("e")
    screen.wait("gone cannot be changed now", "apikeyd  Tenants")


# -- codes


@pytest.mark.parametrize("size", SIZES)
def test_codes_are_shown_once(admin, daemon, tui, sanitized, size):
    admin.call("user.create", username="ada", role="viewer")
    screen = tui(daemon.socket, size=size)
    go(screen, "user")
    screen.wait("row 1 of 1")
    screen.keys("c")
    screen.wait("A code for ada, good for a day.", "[ Make codes ]")
    screen.keys("Enter")
    code = re.search(r"\w{4}(-\w{4}){3}", screen.wait("not be shown again"))[0]
    screen.shows(CODES[size], seen=lambda screen: inside(screen).replace(code, "####-####-####-####"))
    screen.keys("y")
    screen.wait("Sent to the terminal")
    screen.keys("Escape")
    screen.wait("row 1 of 1", absent=code)
    assert sanitized or not memory_holds(screen.pid, code.encode())
    assert admin.call("auth.recover", username="ada", code=code, new_password="entirely different words") == {"username": "ada"}


TEN = {(80, 24): """\
Each sets a password of ada once:
aaa0-bbbb-cccc-dddd aaa1-bbbb-cccc-dddd aaa2-bbbb-cccc-dddd aaa3-bbbb-cccc-dddd
aaa4-bbbb-cccc-dddd aaa5-bbbb-cccc-dddd aaa6-bbbb-cccc-dddd aaa7-bbbb-cccc-dddd
aaa8-bbbb-cccc-dddd aaa9-bbbb-cccc-dddd
They will not be shown again. An empty password at the login asks for one.""", (40, 10): """\
Each sets a password of ada once:
aaa0-bbbb-cccc-dddd aaa1-bbbb-cccc-dddd
aaa2-bbbb-cccc-dddd aaa3-bbbb-cccc-dddd
aaa4-bbbb-cccc-dddd aaa5-bbbb-cccc-dddd
aaa6-bbbb-cccc-dddd aaa7-bbbb-cccc-dddd
aaa8-bbbb-cccc-dddd aaa9-bbbb-cccc-dddd
They will not be shown again. A 1 more ▼"""}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
def test_ten_codes_of_ones_own(fake, tui, size):
    ada = {"username": "ada", "role": "operator", "status": "active"}
    daemon = fake(hello=HELLO | {"user": "ada", "role": "operator"}, user_list={"users": [ada], "next": None})
    codes = [f"aaa{n}-bbbb-cccc-dddd" for n in range(10)]
    daemon.answers["user.recovery_codes"] = {"username": "ada", "expires_at": None, "codes": codes}
    screen = tui(daemon.socket, size=size)
    go(screen, "user")
    screen.wait("row 1 of 1")
    screen.keys("c")
    screen.wait("Ten codes of ada, in place of", "[ Make codes ]")
    screen.keys("Enter")
    screen.shows(TEN[size], seen=inside)
    screen.keys("G")
    screen.wait("login asks for one.")


def test_codes_refused(fake, tui):
    ada = {"username": "ada", "role": "viewer", "status": "active"}
    daemon = fake(user_list={"users": [ada], "next": None})
    daemon.answers["user.recovery_codes"] = "forbidden: not for you"
    screen = tui(daemon.socket)
    go(screen, "user")
    screen.wait("row 1 of 1")
    screen.keys("c")
    screen.wait("[ Make codes ]")
    screen.keys("Enter")
    screen.wait("No codes were made known: ", "not for you", "[ Make codes ]")


# -- roles


@pytest.mark.parametrize(("role", "offered"), [("admin", True), ("operator", False), ("viewer", False)])
def test_only_what_the_role_may_do_is_offered(fake, tui, role, offered):
    daemon = fake(hello=HELLO | {"role": role}, tenant_list={"tenants": [{"name": "acme", "status": "active"}], "next": None})
    screen = tui(daemon.socket)
    go(screen, "tenant")
    screen.wait("row 1 of 1", "o keys")
    assert [f"{key} " in screen.lines()[-1] for key in ("n new", "e edit", "d disable")] == [offered] * 3
    screen.keys("n", "e", "D", "d", "?")
    screen.wait("[ Create ]" if offered else "apikeyd  Help", absent="acme" if not offered else ())


def test_read_only_offers_none(daemon, tui):
    screen = tui(daemon.socket, "--read-only")
    go(screen, "tenant")
    screen.wait("row 1 of 1", "o keys", absent=("n new", "e edit"))
