"""Tenants, users and sessions as views."""

import re

import pytest

from fake import HELLO
from test_views import SIZES, body, to

TENANTS = {(80, 24): """\
row 1 of 2
TENANT            STATUS         KEYS    AT MOST  USERS  PLAN         CREATED
acme              active            1      1,000      1  -            ####-##-##
default           active            1          -      1  -            ####-##-##""", (40, 10): """\
row 1 of 2
TENANT        STATUS         KEYS  USERS
acme          active            1      1
default       active            1      1"""}  # fmt: skip

USERS = {(80, 24): """\
row 1 of 2
USER            ROLE      TENANT      STATUS    OS ACCOUNT  PASSWORD  LAST LOGIN
ada             operator  acme        active    -           no        -
vic             viewer    default     active    -           no        -""", (40, 10): """\
row 1 of 2
USER        ROLE      TENANT    STATUS
ada         operator  acme      active
vic         viewer    default   active"""}  # fmt: skip

SESSIONS = {(80, 24): """\
row 1 of 1
SESSION       USER                    UID     BEGUN     SEEN      ENDS      THIS
s_1234567890  ada                     1000    long ago  long ago  past      yes""", (40, 10): """\
row 1 of 1
SESSION       USER              SEEN
s_1234567890  ada               long ago"""}  # fmt: skip


@pytest.fixture
def people(admin):
    admin.call("tenant.create", name="acme", max_keys=1000)
    admin.call("user.create", username="ada", role="operator", tenant="acme")
    admin.call("user.create", username="vic", role="viewer", tenant="default")
    admin.call("key.create", name="of acme", tenant="acme", owner="ada")
    admin.call("key.create", name="of root")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("digit", "title", "expected"), [("8", "Tenants", TENANTS), ("9", "Users", USERS)]
)
def test_pictures(people, daemon, tui, size, digit, title, expected):
    screen = tui(daemon.socket, size=size)
    to(screen, digit, title)
    screen.shows(expected[size], body)


def test_the_footer_keeps_what_matters_most(people, daemon, tui):
    screen = tui(daemon.socket)
    to(screen, "9", "Users")
    screen.wait(re.compile(r"^\? help  Enter open  / filter  o keys  n new  e edit  d disable  c code  Esc back$", re.M))
    screen.resize(40, 10)
    screen.wait(re.compile(r"^\? help  Enter open  / filter  Esc back$", re.M))


def test_an_operator_makes_codes_for_nobody_else(fake, tui):
    users = {"users": [{"username": name, "role": "operator", "status": "active"} for name in ("ada", "bob")], "next": None}
    screen = tui(fake(hello=HELLO | {"user": "bob", "role": "operator"}, user_list=users).socket)
    to(screen, "9", "Users")
    screen.wait("row 1 of 2", absent="c codes")
    screen.keys("c", "j")
    screen.wait("row 2 of 2", "Users", "c codes")
    screen.keys("c")
    screen.wait("bob", absent="row 2 of 2")


@pytest.mark.parametrize("size", SIZES)
def test_sessions(fake, tui, size):
    users = {"users": [{"username": "ada", "role": "admin", "status": "active"}], "next": None}
    sessions = [{"id": "s_1234567890", "username": "ada", "uid": 1000, "created_at": 0, "seen_at": 0, "expires_at": 1, "current": True}]
    daemon = fake(user_list=users, user_sessions={"sessions": sessions})
    daemon.answers["user.end_sessions"] = {"ended": 1}
    screen = tui(daemon.socket, size=size)
    to(screen, "9", "Users")
    screen.wait("row 1 of 1")
    screen.keys("i")
    screen.wait("apikeyd  Sessions")
    screen.shows(SESSIONS[size], lambda screen: re.sub(r"\d{5}d …", "long ago", body(screen)))
    assert ("user.sessions", {"username": "ada"}) in daemon.asked
    screen.keys("x")
    screen.wait("End session s_1234567890 of ada?")
    screen.keys("y")
    screen.wait("The session is ended.")
    ended = [params for method, params in daemon.asked if method == "user.end_sessions"]
    assert ended == [{"username": "ada", "id": "s_1234567890"}]


def test_a_tenant_is_disabled_and_enabled(people, admin, screen):
    to(screen, "8", "Tenants")
    screen.wait("row 1 of 2", "acme")
    screen.keys("d")
    screen.wait("Disable tenant acme?")
    screen.keys("Enter", "n")
    screen.wait("row 1 of 2", absent="Disable tenant")
    assert admin.call("tenant.get", name="acme")["status"] == "active"
    screen.keys("d", "y")
    screen.wait("acme is disabled now.", re.compile(r"acme +disabled"))
    assert admin.call("tenant.get", name="acme")["status"] == "disabled"
    screen.keys("d")
    screen.wait("acme is active now.")


def test_a_user_is_disabled(people, admin, screen):
    to(screen, "9", "Users")
    screen.wait("row 1 of 2", "vic")
    screen.keys("j", "d")
    screen.wait("Disable user vic?")
    screen.keys("y")
    screen.wait("vic is disabled now.")
    assert admin.call("user.get", username="vic")["status"] == "disabled"


def test_nothing_is_done_to_a_row_of_the_listing_before(fake, tui):
    users = {"users": [{"username": name, "role": "viewer", "status": "disabled"} for name in ("ada", "bob")], "next": None}
    daemon = fake(user_list=users, user_get=users["users"][0])
    screen = tui(daemon.socket)
    to(screen, "9", "Users")
    screen.wait("row 1 of 2", "d disable")
    daemon.answers["user.list"] = None
    screen.keys("/")
    screen.type("bob")
    screen.keys("Enter")
    for does in "d", "e", "D", "c", "i", "o", "Enter":
        screen.keys(does)
    screen.keys("/")
    screen.wait("/bob", "ada", "apikeyd  Users", "F1 help", absent=("Delete", "as it is"))
    assert not [method for method, _ in daemon.asked if method in ("user.enable", "user.get", "user.sessions")]


@pytest.mark.parametrize(("digit", "title", "filter_"), [("8", "Tenants", "tenant:acme"), ("9", "Users", "owner:ada")])
def test_their_keys(people, screen, digit, title, filter_):
    to(screen, digit, title)
    screen.wait("row 1 of 2")
    screen.keys("o")
    screen.wait("apikeyd  Keys", f"/{filter_}", "of acme", "1 found", absent="of root")


def test_others_changes_are_seen(people, admin, screen):
    to(screen, "9", "Users")
    screen.wait("row 1 of 2")
    admin.call("user.create", username="zoe", role="viewer", tenant="acme")
    screen.wait("row 1 of 3", "zoe")


def test_an_operator_sees_what_the_role_may(fake, tui):
    screen = tui(fake(hello=HELLO | {"role": "viewer", "tenant": "acme"}, user_list={"users": [], "next": None}).socket)
    to(screen, "9", "Users")
    screen.wait("There is no user", absent="disable")
