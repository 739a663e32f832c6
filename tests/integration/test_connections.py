"""Connections: who may, how many; the slow, the greedy and the hostile cost the others nothing."""

import contextlib
import os
import random
import signal
import socket
import threading
import time

import pytest

from rpc import Client, Closed, RpcError, pack, request
from server import poll

NOBODY = 65534
OTHER = 65533
needs_root = pytest.mark.skipif(
    os.getuid() != 0, reason="needs root, to become someone else or to see the daemon's files"
)


@contextlib.contextmanager
def acting_as(uid, gid, groups=()):
    """What is connected to within sees this uid and these groups (SO_PEERCRED, SO_PEERGROUPS)."""
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


@pytest.fixture
def open_daemon(new_daemon):
    """Sets up a daemon whose directory anybody can reach; config decides about its sockets."""

    def start(config="", **settings):
        daemon = new_daemon(config=config, **settings)
        daemon.dir.chmod(0o755)
        return daemon.start()

    return start


def served(client):
    """Whether the connection is served; else it must have been closed without a byte."""
    try:
        with contextlib.suppress(OSError):
            client.send(request(1, "ping"))
        return client.recv()[1] == 1
    except Closed:
        client.close()
        return False


# -- who may connect


@needs_root
@pytest.mark.parametrize("kind", ["verify", "admin"])
def test_another_uid_is_refused_by_the_mode(open_daemon, kind):
    daemon = open_daemon()
    path = {"verify": daemon.verify_socket, "admin": daemon.socket}[kind]
    assert path.stat().st_mode & 0o007 == 0
    with acting_as(OTHER, OTHER), pytest.raises(PermissionError):
        Client(path)


@needs_root
@pytest.mark.parametrize("kind", ["verify", "admin"])
def test_another_uid_is_closed_without_a_byte_when_the_mode_is_wide(open_daemon, kind):
    daemon = open_daemon()
    path = {"verify": daemon.verify_socket, "admin": daemon.socket}[kind]
    path.chmod(0o666)
    with acting_as(OTHER, OTHER):
        client = Client(path)
    assert not served(client)
    assert served(daemon.connect()) and served(daemon.connect_verify())


@needs_root
def test_a_member_of_the_group_may_connect(open_daemon):
    daemon = open_daemon('verify_group = "nogroup"\nadmin_group = "nogroup"\n')
    for groups in ((OTHER, ()), (OTHER, (NOBODY,)), (NOBODY, ())):
        allowed = NOBODY in (groups[0], *groups[1])
        for path in (daemon.verify_socket, daemon.socket):
            with acting_as(OTHER, *groups):
                if not allowed:
                    with pytest.raises(PermissionError):
                        Client(path)
                    continue
                client = Client(path)
            assert client.call("hello")["uid"] == OTHER
            client.close()


@needs_root
def test_a_stranger_on_the_admin_socket_is_nobody(open_daemon):
    daemon = open_daemon('admin_group = "nogroup"\n')
    with acting_as(OTHER, NOBODY):
        client = Client(daemon.socket)
    hello = client.call("hello")
    assert hello["authenticated"] is False and hello.get("role") in (None, "none")
    for method in ("key.list", "key.create", "stats.get", "events.subscribe", "daemon.reload"):
        with pytest.raises(RpcError) as error:
            client.call(method, **({"name": "x"} if method == "key.create" else {}))
        assert error.value.code == "unauthenticated"
    client.close()
    assert daemon.connect().call("key.list")["total"] == 0


def test_trust_in_the_peer_can_be_switched_off(new_daemon):
    daemon = new_daemon(config="trust_peer = false\n").start()
    client = daemon.connect()
    assert client.call("hello")["authenticated"] is False
    with pytest.raises(RpcError) as error:
        client.call("key.list")
    assert error.value.code == "unauthenticated"
    assert client.call("verify", key="x")["code"] == "not_found"


# -- how many


@pytest.mark.parametrize("cap", [1, 10])
def test_total_cap(new_daemon, cap):
    daemon = new_daemon(config=f"max_connections = {cap}\n").start()
    clients = [daemon.connect() for _ in range(cap)]
    assert all(map(served, clients))
    assert not any(served(daemon.connect_verify()) for _ in range(5))
    assert all(map(served, clients))
    clients.pop().close()
    poll(lambda: served(daemon.connect()), "a free place")


@needs_root
def test_cap_per_uid(open_daemon):
    daemon = open_daemon('verify_group = "nogroup"\nmax_connections_per_uid = 5\n')

    def connect(uid):
        with acting_as(uid, NOBODY):
            client = Client(daemon.verify_socket)
        daemon.clients.append(client)
        return client

    clients = [connect(OTHER) for _ in range(5)]
    assert all(map(served, clients))
    assert not any(served(connect(OTHER)) for _ in range(5))
    assert served(connect(OTHER - 1)), "another uid has places of its own"
    assert all(served(daemon.connect_verify()) for _ in range(20)), "root is not capped"
    clients.pop().close()
    poll(lambda: served(connect(OTHER)), "a free place")


@needs_root
def test_connections_come_and_go(daemon):
    """Thousands of them leave nothing behind."""

    def churn(count):
        for _ in range(count):
            with Client(daemon.verify_socket) as client:
                client.call("ping")

    churn(200)
    files = len(os.listdir(f"/proc/{daemon.pid}/fd"))
    churn(2000)
    poll(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) <= files, "closed files")


def test_a_shells_limit_is_not_the_cap_on_connections(new_daemon):
    daemon = new_daemon(prefix=["prlimit", "--nofile=64:1024"]).start()
    crowd = [daemon.connect_verify() for _ in range(100)]
    assert all(map(served, crowd)) and served(daemon.connect())


def end_of_shortage(log):
    """What is said of connections to verify.sock that cannot be accepted, if the last of it is that they can again."""
    told = [line for line in log.splitlines() if "verify.sock" in line and "accepted" in line]
    return told if told and "again" in told[-1] else None


@needs_root
def test_out_of_file_descriptors(new_daemon, sanitized):
    daemon = new_daemon(prefix=["prlimit", "--nofile=64:64"], args=["--workers", "2"]).start()
    honest = daemon.connect_verify()
    assert served(honest)
    crowd = []
    for _ in range(100):
        client = Client(daemon.verify_socket)
        daemon.clients.append(client)
        crowd.append(client)
    poll(lambda: len(os.listdir(f"/proc/{daemon.pid}/fd")) >= 60, "no more file descriptors")
    before, since = daemon.cpu_ticks(), time.monotonic()
    while (
        time.monotonic() - since < 1
    ):  # the measure is processor time in a span, so a span there must be
        assert served(honest)
        time.sleep(0.05)
    spent = (daemon.cpu_ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - since)
    assert sanitized or spent < 0.25, "the daemon spins"
    for client in crowd:
        client.close()
    poll(lambda: served(daemon.connect_verify()), "recovery")
    assert served(daemon.connect())
    told = poll(lambda: end_of_shortage(daemon.output()), "the line that says it is over")
    held_back = [int(line.split("; ")[1].split()[0]) for line in told[1::2]]
    assert all("for now" in line for line in told[::2]) and all("again" in line for line in told[1::2])
    assert sum(held_back) > 0, "one warning for many failures"


# -- slow, greedy, hostile


def test_a_begun_request_must_arrive_in_time(new_daemon):
    daemon = new_daemon(config="request_timeout = 1\n").start()
    idle, half = daemon.connect_verify(), daemon.connect_verify()
    assert served(idle)
    half.send(request(1, "ping")[:-1])
    assert half.until_closed() == []
    assert served(idle), "an idle connection is no begun request"


def test_one_byte_now_and_then_does_not_stretch_the_time(new_daemon):
    daemon = new_daemon(config="request_timeout = 1\n").start()
    slow = daemon.connect_verify()
    data = request(1, "verify", {"key": "x" * 3000})

    def drip():
        with contextlib.suppress(OSError):
            for byte in data:
                slow.send(bytes([byte]))
                time.sleep(0.02)  # the attack itself

    thread = threading.Thread(target=drip)
    thread.start()
    assert slow.until_closed() == []
    slow.close()
    thread.join()


def stream(client):
    """Four seconds of writes that always end inside a request: how long the slowest took to arrive, and whether all came."""
    data, since, slowest = request(1, "ping"), time.monotonic(), 0
    begun = since
    try:
        client.send(data[:5])
        while begun - since < 4:
            client.send(data[5:] + data[:5])
            assert client.recv()[2] is None
            time.sleep(0.01)
            now = time.monotonic()
            begun, slowest = now, max(slowest, now - begun)
        return slowest, True
    except (Closed, OSError):
        return max(slowest, time.monotonic() - begun), False


def test_a_steady_stream_is_not_one_request(new_daemon):
    """Each of its requests arrives in time, unless the machine was held up."""
    daemon = new_daemon(config="request_timeout = 1\n").start()
    slowest, served = stream(daemon.connect_verify())
    while not served and slowest >= 1:
        slowest, served = stream(daemon.connect_verify())
    assert served


def stuff(client, data):
    """Writes the same requests until the daemon takes no more; returns how many bytes it took."""
    client.sock.setblocking(False)
    taken, quiet = 0, time.monotonic()
    while time.monotonic() - quiet < 0.3 and taken < 50_000_000:
        try:
            taken += client.sock.send(data[taken % len(data) :])
            quiet = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    return taken


def test_a_client_that_never_reads_is_held_back(daemon, sanitized):
    key = daemon.connect().call("key.create", name="demo")["key"]
    honest = daemon.connect_verify()
    before = daemon.status("VmRSS")
    data = request(5, "verify", {"key": key})
    for _ in range(8):
        taken = stuff(daemon.connect_verify(), data)
        assert taken < 50_000_000, "the daemon reads on though nobody takes its answers"
        assert honest.call("verify", key=key)["valid"] is True
    assert sanitized or daemon.status("VmRSS") - before < 8 * 512 + 1024


def test_a_hundred_thousand_pipelined(daemon):
    """Far more than any buffer holds: every one is answered, in whole messages."""
    count = 100_000
    key = daemon.connect().call("key.create", name="demo")["key"]
    client = daemon.connect_verify()
    data = b"".join(request(n, "verify", {"key": key}) for n in range(count))
    writer = threading.Thread(target=client.send, args=(data,))
    writer.start()
    seen = set()
    for _ in range(count):
        _, msgid, error, result = client.recv()
        assert error is None and result["valid"] is True
        seen.add(msgid)
    writer.join()
    assert seen == set(range(count))
    client.finish()
    assert client.until_closed() == []


def test_many_who_ask_at_once(daemon):
    """All are ready when the daemon looks, so that it sends their answers together: each gets its own, all of them, whoever
    else has left meanwhile, sends no more, or has sent what is no message."""
    key = daemon.connect().call("key.create", name="demo")["key"]
    clients = [daemon.connect_verify() for _ in range(60)]
    for client in clients:
        assert client.call("verify", key=key)["valid"] is True
    daemon.signal(signal.SIGSTOP)
    for n, client in enumerate(clients):
        client.send(b"".join(request(100 * n + i, "verify", {"key": key}) for i in range(16)))
        if n % 4 == 1:
            client.close()
        elif n % 4 == 2:
            client.finish()
        elif n % 4 == 3:
            client.send(b"\xc1")
    daemon.signal(signal.SIGCONT)
    for n, client in enumerate(clients):
        if n % 4 != 1:
            messages = [client.recv() for _ in range(16)] if n % 4 == 0 else client.until_closed()
            assert [message[1] for message in messages[:16]] == [100 * n + i for i in range(16)]
            assert all(message[3]["valid"] for message in messages[:16])
    for client in clients[::4]:
        assert client.call("verify", key=key)["valid"] is True


def test_answers_far_longer_than_their_requests(daemon):
    """A turn ends where there is no room for more answers; what has been read by then is answered when there is."""
    client, count = daemon.connect_verify(), 1400  # of so short requests, one read takes all
    data = b"".join(request(n % 128, "hello") for n in range(count))
    client.send(data)
    assert all(client.recv()[1] == n % 128 for n in range(count))
    client.finish()
    assert client.until_closed() == []


def test_a_flood_of_short_requests_by_a_quick_reader(daemon):
    """However quickly the answers are taken, no more is read than there is room for."""
    client, count, one = daemon.connect_verify(), 200_000, request(1, "hello")
    client.send(one)
    left = count * len(client.sock.recv(1 << 16))
    writer = threading.Thread(target=client.send, args=(one * count,))
    writer.start()
    while left > 0:
        data = client.sock.recv(min(left, 1 << 20))
        assert data, "the daemon hung up"
        left -= len(data)
    writer.join()
    assert served(client)


def test_changes_pipelined_beyond_every_queue(daemon):
    """More changes than the store takes: each is done or `busy`, and what was done is there."""
    count = 6000
    client = daemon.connect()
    data = b"".join(request(n, "key.create", {"name": f"k{n}"}) for n in range(count))
    writer = threading.Thread(target=client.send, args=(data,))
    writer.start()
    done = 0
    for _ in range(count):
        error = client.recv()[2]
        assert error is None or error.startswith("busy: ")
        done += error is None
    writer.join()
    assert done and daemon.connect().call("key.list")["total"] == done


def test_clients_that_leave_with_a_change_pending(daemon):
    for n in range(100):
        client = Client(daemon.socket)
        client.send(request(1, "key.create", {"name": f"k{n}"}))
        client.close()
    admin = daemon.connect()
    poll(lambda: admin.call("key.list")["total"] == 100, "every change")
    entries = admin.call("audit.list", action="key.create", limit=1000)["entries"]
    assert sorted(entry["detail"] for entry in entries) == sorted(f"k{n}" for n in range(100))
    poll(lambda: admin.call("stats.get")["connections"] == 1, "closed connections")


def hostile(daemon, chance):
    """One nasty connection."""
    with contextlib.suppress(OSError, Closed):
        with Client(random.choice([daemon.socket, daemon.verify_socket])) as client:
            kind = chance.randrange(8)
            if kind == 0:
                client.send(chance.randbytes(chance.randrange(1, 5000)))
            elif kind == 1:
                client.send(bytes.fromhex("ddffffffff"))
            elif kind == 2:
                client.send(request(1, "key.list") * 200)  # and never reads
            elif kind == 3:
                client.send(request(1, "verify", {"key": "x" * 2_000_000}))
            elif kind == 4:
                client.send(request(1, "verify", {"key": "y" * 300})[: chance.randrange(1, 300)])
            elif kind == 5:
                client.send(b"\x94\x00\x01\xa4ping" + b"\x91" * 5000)
            elif kind == 6:
                client.send(pack([2, "verify", [{"key": "x"}]]) * 500)
            else:
                for byte in request(1, "ping"):
                    client.send(bytes([byte]))
            if kind in (1, 5, 7):
                client.recv()


def test_64_hostile_connections_and_an_honest_one(daemon):
    key = daemon.connect().call("key.create", name="demo")["key"]
    stop = threading.Event()

    def attack(seed):
        chance = random.Random(seed)
        while not stop.is_set():
            hostile(daemon, chance)

    threads = [threading.Thread(target=attack, args=(seed,)) for seed in range(64)]
    for thread in threads:
        thread.start()
    try:
        honest, admin = daemon.connect_verify(), daemon.connect()
        for n in range(20):
            assert honest.call("verify", key=key)["valid"] is True
            made = admin.call("key.create", name=f"k{n}")
            assert honest.call("verify", key=made["key"])["name"] == f"k{n}"
            admin.call("key.revoke", id=made["id"])
            assert honest.call("verify", key=made["key"])["code"] == "revoked"
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_connection_that_only_opens(daemon):
    idle = [socket.socket(socket.AF_UNIX) for _ in range(50)]
    for one in idle:
        one.connect(str(daemon.verify_socket))
    assert served(daemon.connect_verify())
    for one in idle:
        one.close()
