"""The table of keys, and what can be done from it."""

import re

import pytest

from console import Screen
from fake import key
from server import poll

EMPTY = """\
apikeyd  Keys                                                      serving  root
0 keys  0 active  0 disabled  0 expired  0 revoked
verifies 0/s  denied 0/s


There is no key yet.

Press n to create the first one. It is shown once: hand it to whoever is to use
it. A service then asks the daemon about each key it is given (apikeyctl verify
does the same by hand), and you see its use here.













? help  Enter open  / filter  s sort  n new  d disable  R revoke  q back"""

THREE = """\
apikeyd  Keys                                                      serving  root
3 keys  2 active  0 disabled  0 expired  1 revoked
verifies 0/s  denied 0/s
by created ▼  row 1 of 3
NAME                   KEY                       STATUS    OWNER       LAST USED
日本 gateway           ak_live_########_…####    active    ada         never
invoices               ak_live_########_…####    revoked   root        never
website                ak_live_########_…####    active    root        never















? help  Enter open  / filter  s sort  n new  d disable  R revoke  q back"""

THREE_SMALL = """\
apikeyd  Keys              serving  root
by created ▼  row 1 of 3
NAME                 STATUS    LAST USED
日本 gateway         active    never
invoices             revoked   never
website              active    never



? help  Enter open  / filter  q back"""


@pytest.fixture
def three(admin):
    """Three keys, the latest first: one of wide letters, a revoked one, a plain one."""
    made = [admin.call("key.create", name=name, **more) for name, more in
            [("website", {}), ("invoices", {}), ("日本 gateway", {"owner": "ada"})]]  # fmt: skip
    admin.call("key.revoke", id=made[1]["id"])
    return made[::-1]


def names(screen):
    """First words of the rows of the table."""
    lines = screen.lines()
    heading = next((n for n, line in enumerate(lines) if line.startswith("NAME")), None)
    return [] if heading is None else [line[:20].strip() for line in lines[heading + 1 : -2] if line.strip()]


def test_empty_store_says_what_to_do(screen):
    screen.shows(EMPTY)


def test_picture(three, tui, daemon):
    screen = tui(daemon.socket)
    screen.shows(THREE)
    screen.shows((5, 0), Screen.cursor)


def test_picture_40x10(three, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.shows(THREE_SMALL)


def test_moving_and_opening(three, screen):
    screen.wait("website")
    screen.keys("j", "Down", "Down", "k")
    screen.wait("row 2 of 3")
    screen.shows((6, 0), Screen.cursor)
    screen.keys("Enter")
    screen.wait("revoked: denied for good")
    for back in "Escape", "q", "Left":
        screen.keys(back)
        screen.wait("row 2 of 3")
        screen.keys("Right")
        screen.wait("revoked: denied for good")


def test_filter(three, screen):
    screen.wait("website")
    screen.keys("/")
    screen.type("WEBSITE")  # three letters could be in a random prefix or id, too
    screen.wait("/WEBSITE", "website", absent="invoices")
    screen.keys("Enter")
    screen.wait("/WEBSITE  1 found", "row 1 of 1")
    screen.keys("/")
    screen.type("nowhere")
    screen.wait("No key holds this")
    screen.keys("Escape")
    screen.wait("invoices", "website", "gateway", absent="/WEBSITE")


def test_filter_by_wide_letters_and_spaces(three, screen):
    screen.wait("website")
    screen.keys("/")
    screen.type("日本 ")
    screen.wait("gateway", absent="invoices")


def test_a_whole_key_in_the_filter_becomes_its_prefix(admin, screen):
    made = admin.call("key.create", name="pasted")
    admin.call("key.create", name="other")
    screen.wait("other")
    screen.keys("/")
    screen.paste(made["key"])
    text = screen.wait("pasted", made["secrets"][0]["prefix"], absent="other")
    assert made["key"] not in text


def test_a_paste_into_the_table_does_nothing_and_says_so(three, screen):
    screen.wait("website")
    screen.paste("qRy\ndn")
    screen.wait("A paste does nothing here", "1 revoked", "row 1 of 3")


def test_sort(three, screen):
    screen.wait("website")
    screen.shows(["日本 gateway", "invoices", "website"], names)
    screen.keys("s")
    screen.wait("by name ▲", re.compile(r"^NAME ▲", re.M))
    screen.shows(["invoices", "website", "日本 gateway"], names)
    screen.keys("S")
    screen.wait("by name ▼")
    screen.shows(["日本 gateway", "website", "invoices"], names)


def test_what_expires_by_time_alone_is_seen(admin, screen):
    """On a daemon where nothing else happens. The table asks nobody every second."""
    admin.call("key.create", name="short-lived", expires_in=4)
    admin.call("key.create", name="lasting", expires_in=4000)
    screen.wait("short-lived", "lasting")
    screen.wait(re.compile(r"short-lived .* expired "), "1 active", "1 expired")


def test_sort_by_key_and_by_status(three, admin, screen):
    admin.call("key.disable", id=three[2]["id"])
    screen.wait("1 disabled", "1 revoked")
    screen.keys(*"ss")
    screen.wait("by key ▲", re.compile(r"KEY ▲", re.M))
    screen.shows([key["name"] for key in sorted(three, key=lambda key: key["masked"])], names)
    screen.keys("s")
    screen.wait("by status ▲", re.compile(r"STATUS ▲", re.M))
    screen.shows(["日本 gateway", "website", "invoices"], names)  # active, disabled, revoked


def test_the_column_of_the_order_is_there(three, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("website", "LAST USED", absent="EXPIRES")
    screen.keys(*"ssssss")
    screen.wait("by expiry ▲", re.compile(r"^NAME +STATUS +EXPIRES ▲$", re.M), re.compile("website +active +never"))


def test_the_footer_tells_what_keys_do_just_now(three, screen):
    plain, line = re.compile(r"^\? help .* q back$", re.M), re.compile(r"^F1 help  Enter done  Esc cancel$", re.M)
    screen.wait("website", plain)
    for opens in "/", ":", "P":
        screen.keys(opens)
        screen.wait(line)
        screen.keys("F1")
        screen.wait("apikeyd  Help", "Sort by the next column")
        screen.keys("q")
        if opens == "/":
            screen.wait(line)
            screen.keys("Escape")
        screen.wait(plain)
    screen.keys("R")
    screen.wait("y revoke it", absent="help")


def test_what_is_typed_into_a_question_is_seen(three, tui, daemon):
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("website")
    screen.keys("G", "D")
    screen.type("websi")
    screen.wait("Delete website?", re.compile(r'Type "website" and Enter to delete it,\s+Esc for no:\nwebsi\n'))


def test_sort_by_last_use(three, verifier, admin, screen):
    key = admin.call("key.rotate", id=next(k for k in three if k["name"] == "website")["id"], grace=0)["key"]
    verifier.call("verify", key=key)
    screen.wait("website")
    screen.keys(*"sssssss")
    screen.wait("by last use ▼", re.compile(r"LAST U.* ▼$", re.M))
    screen.shows(["website", "日本 gateway", "invoices"], names)


def test_disable_and_enable(three, admin, screen):
    screen.wait("website")
    screen.keys("d")
    screen.wait("日本 gateway is disabled now.", "1 disabled")
    assert admin.call("key.get", id=three[0]["id"])["status"] == "disabled"
    screen.keys("d")
    screen.wait("日本 gateway is active now.", "0 disabled")
    assert admin.call("key.get", id=three[0]["id"])["status"] == "active"
    screen.keys("j", "d")
    screen.wait("invoices is revoked: that stays.")


def test_a_long_name_leaves_room_for_what_became_of_it(admin, tui, daemon):
    admin.call("key.create", name="日" * 42 + "xy")
    screen = tui(daemon.socket, size=(40, 10))
    screen.wait("日日日", "active")
    screen.keys("d")
    screen.wait("日日日日日日日… is disabled now. z", absent="\\x")


def test_revoke_asks(three, admin, screen):
    screen.wait("website")
    for no in "n", "q", "Escape":
        screen.keys("R")
        screen.wait("Revoke 日本 gateway?", "cannot be")
        screen.keys("Enter", "Space", "Y", "Enter")
        screen.wait("Revoke 日本 gateway?")
        screen.keys(no)
        screen.wait("1 revoked", absent="Revoke 日本")
    assert admin.call("key.get", id=three[0]["id"])["status"] == "active"
    screen.keys("x")
    screen.wait("Revoke 日本 gateway?")
    screen.paste("y")
    screen.wait("Revoke 日本 gateway?")
    screen.keys("y")
    screen.wait("日本 gateway is revoked now.", "2 revoked")
    assert admin.call("key.get", id=three[0]["id"])["status"] == "revoked"
    screen.keys("x")
    screen.wait("is revoked already")


def test_live_changes_of_another_client(three, admin, screen):
    screen.wait("website")
    screen.keys("j", "j")
    screen.wait("row 3 of 3")
    made = admin.call("key.create", name="from elsewhere")
    screen.wait("from elsewhere", "4 keys", "row 4 of 4")  # the cursor stays on its key
    admin.call("key.disable", id=made["id"])
    screen.wait(re.compile("from elsewhere.*disabled"), "1 disabled")
    admin.call("key.delete", id=made["id"])
    screen.wait("row 3 of 3", absent="from elsewhere")


def test_two_consoles_see_each_other(three, tui, daemon):
    one, two = tui(daemon.socket), tui(daemon.socket)
    one.wait("website"), two.wait("website")
    one.keys("d")
    two.wait(re.compile("gateway.*disabled"))
    two.keys("d")
    one.wait(re.compile("gateway.*active"), "0 disabled")


def test_verifies_are_counted_and_drawn(three, verifier, tui, daemon):
    screen = tui(daemon.socket)
    screen.wait("website", "denied 0/s")
    verifier.pipeline([("verify", {"key": three[0]["key"]})] * 400 + [("verify", {"key": "no such"})] * 300)
    screen.wait("█")  # the graph stays when the rate has passed
    screen.wait(re.compile("gateway.*now"))


# -- many rows


def listing(total):
    """key.list over so many keys that are nowhere."""

    def answer(params):
        begin = int(params.get("cursor", 0))
        end = min(total, begin + params["limit"])
        numbers = [total - 1 - n if params.get("desc") else n for n in range(begin, end)]
        return {"keys": [key(n) for n in numbers], "next": str(end) if end < total else None, "total": total}

    return answer


def test_a_million_rows_from_both_ends(fake, tui):
    total = 1_000_000
    daemon = fake(key_list=listing(total))
    screen = tui(daemon.socket)
    screen.wait("name 999999", "row 1 of 1,000,000")
    screen.keys("End")
    screen.wait(re.compile("^name 0 ", re.M), "row 1,000,000 of 1,000,000")
    for _ in range(10):
        screen.keys("PPage")
    screen.wait("row 999,840 of 1,000,000", "name 160")
    screen.keys("g")
    screen.wait("name 999999", "row 1 of 1,000,000")
    for _ in range(10):
        screen.keys("NPage")
    screen.wait("row 161 of 1,000,000", "name 999839")
    assert len([1 for method, params in daemon.asked if params.get("limit") == 100]) < 20


def test_real_pages(admin, tui, daemon):
    admin.pipeline([("key.create", {"name": f"key {n:04}"}) for n in range(450)])
    screen = tui(daemon.socket)
    screen.wait("key 0449", "450 keys")
    seen = set()

    def seen_down_to(number):
        seen.update(names(screen))
        return seen >= {f"key {n:04}" for n in range(number, 450)}

    poll(lambda: seen_down_to(450 - 16), "the first page")
    for row in *range(17, 450, 16), 450:
        screen.keys("NPage")
        screen.wait(f"row {row} of 450", f"key {450 - row:04}")
        poll(lambda: seen_down_to(450 - row), f"all keys down to row {row}")


def test_first_picture_of_many_keys(admin, tui, daemon):
    """Nothing of the first picture waits for more than a page of keys, however many there are."""
    for begin in range(0, 10_000, 500):
        admin.pipeline([("key.create", {"name": f"key {n:05}"}) for n in range(begin, begin + 500)])
    screen = tui(daemon.socket)
    screen.wait("10,000 keys", "10,000 active", "serving", "key 09999", "key 09990", "row 1 of 10,000", "? help")
