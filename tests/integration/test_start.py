"""Start: options, configuration, a second daemon, and stores that must not be touched."""

import contextlib
import hashlib
import os
import re
import socket
import sqlite3

import pytest

from rpc import RpcError
from server import open_store

SYSEXITS = range(64, 79)  # sysexits.h
EX_USAGE, EX_CONFIG = 64, 78


def snapshot(directory):
    """Every file of a directory with a digest of its content; an empty journal is nothing."""
    files = [path for path in directory.rglob("*") if path.is_file() and path.stat().st_size]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def refuses(daemon, *words, code=None):
    """A start must fail with one sentence that holds these words, and change nothing."""
    before = snapshot(daemon.data)
    done = daemon.run()
    assert done.returncode in (SYSEXITS if code is None else [code]), done
    errors = [line for line in done.stderr.splitlines() if ": error: " in line]
    assert len(errors) == 1, done.stderr
    for word in words:
        assert str(word) in errors[0]
    assert snapshot(daemon.data) == before


# -- options


def test_version(new_daemon):
    done = new_daemon().run("--version")
    assert (
        done.returncode == 0 and re.match(r"apikeyd \d+\.\d+\.\d+", done.stdout) and not done.stderr
    )


def test_help(new_daemon):
    done = new_daemon().run("--help")
    assert done.returncode == 0 and not done.stderr
    for option in (
        "--config",
        "--data",
        "--runtime",
        "--workers",
        "--check-config",
        "--dump-config",
        "--version",
        "--help",
    ):
        assert option in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--bogus"],
        ["extra"],
        ["--workers", "x"],
        ["--workers", "-1"],
        ["--workers", "100000"],
        ["--workers"],
        ["-Z"],
    ],
)
def test_wrong_usage(new_daemon, arguments):
    daemon = new_daemon()
    done = daemon.run(*arguments)
    assert done.returncode == EX_USAGE and done.stderr and not done.stdout
    assert snapshot(daemon.data) == {}


@pytest.mark.parametrize("workers", ["1", "2", "8"])
def test_workers(new_daemon, workers):
    daemon = new_daemon(args=["--workers", workers]).start()
    key = daemon.connect().call("key.create", name="demo")["key"]
    clients = [daemon.connect_verify() for _ in range(20)]
    assert all(client.call("verify", key=key)["valid"] for client in clients)


# -- configuration


BAD_CONFIGS = {
    "unknown option": ('log_level = "info"\n\nnonsense = 1\n', 3, "nonsense"),
    "too small": ("# first\nmax_connections = 0\n", 2, "max_connections"),
    "too large": ("max_connections = 99999999999999999999\n", 1, "max_connections"),
    "no number": ("\n\n\nmax_connections = many\n", 4, "max_connections"),
    "a bad mode": ('verify_mode = "rw-rw----"\n', 1, "verify_mode"),
    "a bad level": ('log_level = "loud"\n', 1, "log_level"),
    "a bad brand": ('\nbrand = "A K"\n', 2, "brand"),
    "a bad environment": ("environments = {live,\n Test}\n", 2, "environments"),
    "no environments": ("environments = {}\n", None, "environments"),
    "last } missing": ('\nenvironments = {live,\n "test"\n', 2, "'{'"),
    "comment not closed": ("brand = ak\n/* all that follows\ntrust_peer = false\n", 2, "comment"),
    "} too many": ("environments = {live, test}\n}\n", 2, ""),
    "no value": ("log_level =\n", None, ""),
    "no =": ("log_level\n", None, ""),
    "quote missing": ('log_level = "info\n', None, ""),
    "binary": ("\x7fELF\x02\x01\n", None, ""),
}


@pytest.mark.parametrize(("text", "line", "word"), BAD_CONFIGS.values(), ids=BAD_CONFIGS)
def test_bad_configuration(new_daemon, text, line, word):
    daemon = new_daemon(config=text)
    where = f"{daemon.config_file}:{line}:" if line else f"{daemon.config_file}:"
    refuses(daemon, where, word, code=EX_CONFIG)
    done = daemon.run("--check-config")
    assert done.returncode == EX_CONFIG and where in done.stderr and word in done.stderr


def test_missing_configuration(new_daemon):
    daemon = new_daemon(args=["--config", "/nonexistent/apikeyd.conf"])
    refuses(daemon, "/nonexistent/apikeyd.conf", code=EX_CONFIG)


GOOD_CONFIGS = [
    "",
    "# it isn't closed }\n",
    "// it isn't closed }\n",
    "/* it isn't\n closed } */\n",
    'environments = {"live", "test"}\n',
    "environments={live}",
    'log_level = "debug"\nmax_connections = 10\ntrust_peer = false\n',
]


@pytest.mark.parametrize("text", GOOD_CONFIGS)
def test_good_configuration(new_daemon, text):
    daemon = new_daemon(config=text)
    done = daemon.run("--check-config")
    assert done.returncode == 0, done.stderr
    assert snapshot(daemon.data) == {} and not any(daemon.runtime.iterdir())
    daemon.start()
    assert daemon.connect_verify().call("ping")


def test_dump_config_is_a_configuration(new_daemon):
    daemon = new_daemon()
    first = daemon.run("--dump-config")
    assert first.returncode == 0 and "max_connections" in first.stdout
    daemon.config = first.stdout
    assert daemon.run("--check-config").returncode == 0
    assert daemon.run("--dump-config").stdout == first.stdout
    daemon.config = "max_connections = 77\n"
    assert re.search(r"^max_connections = 77$", daemon.run("--dump-config").stdout, re.M)


def test_brand_and_environments(new_daemon):
    daemon = new_daemon(config='brand = "acme"\nenvironments = {prod, dev}\n').start()
    admin = daemon.connect()
    assert admin.call("key.create", name="demo")["key"].startswith("acme_prod_")
    key = admin.call("key.create", name="demo", env="dev")["key"]
    assert key.startswith("acme_dev_") and admin.call("verify", key=key)["env"] == "dev"
    with pytest.raises(RpcError):
        admin.call("key.create", name="demo", env="live")
    assert (
        admin.call("verify", key=key[:-1] + ("1" if key[-1] == "0" else "0"))["code"] == "malformed"
    )


def test_state_directory_is_the_default(new_daemon):
    daemon = new_daemon()
    command = [daemon.program, "--config", daemon.config_file, "--runtime", daemon.runtime]
    daemon.command = lambda: command
    daemon.config_file.write_text("")
    daemon.env = {"STATE_DIRECTORY": str(daemon.data)}
    daemon.start()
    assert (daemon.data / "apikeyd.db").exists()


# -- a second daemon, and stores that must not be touched


def test_second_daemon_on_the_same_data(new_daemon):
    first = new_daemon().start()
    key = first.connect().call("key.create", name="demo")["key"]
    second = new_daemon()
    second.data = first.data
    done = second.run()
    assert done.returncode in SYSEXITS and str(first.data) in done.stderr
    assert len(done.stderr.splitlines()) <= 2 and not any(second.runtime.iterdir())
    assert first.connect_verify().call("verify", key=key)["valid"] is True


def test_second_daemon_takes_nothing_from_the_first(new_daemon):
    """Exactly the same command again: the first goes on, reachable and durable."""
    first = new_daemon().start()
    before = {path: path.stat().st_ino for path in (first.socket, first.verify_socket)}
    assert first.run().returncode in SYSEXITS
    assert {path: path.stat().st_ino for path in before} == before
    key = first.connect().call("key.create", name="demo")["key"]
    first.kill9()
    first.start()
    assert first.connect_verify().call("verify", key=key)["valid"] is True


def test_start_over_stale_sockets(daemon):
    daemon.kill9()
    assert daemon.socket.exists()
    daemon.start()
    assert daemon.connect().call("ping")


def test_what_lies_in_the_sockets_place_is_not_removed(new_daemon):
    daemon = new_daemon()
    daemon.verify_socket.write_text("precious")
    assert daemon.run().returncode in SYSEXITS
    assert daemon.verify_socket.read_text() == "precious"


def test_who_listens_there_and_is_too_busy_to_answer_is_alive(new_daemon):
    daemon = new_daemon()
    with contextlib.ExitStack() as open_ones, pytest.raises(BlockingIOError):
        listener = open_ones.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(daemon.verify_socket))
        listener.listen(0)
        open_ones.callback(refuses, daemon, daemon.verify_socket, "another process listens")
        while True:
            waiting = open_ones.enter_context(socket.socket(socket.AF_UNIX))
            waiting.setblocking(False)
            waiting.connect(str(daemon.verify_socket))


def test_socket_path_too_long(new_daemon):
    daemon = new_daemon()
    daemon.runtime = daemon.dir / ("r" * 100)
    daemon.runtime.mkdir()
    refuses(daemon, daemon.runtime)


@pytest.mark.parametrize("directory", ["data", "runtime"])
@pytest.mark.parametrize("mode", [0o500, 0o000])
def test_directory_not_writable(unprivileged, directory, mode):
    path = getattr(unprivileged, directory)
    os.chown(path, 0, 0)
    path.chmod(mode | (0o055 if mode else 0))
    refuses(unprivileged, path)


def test_store_not_readable(unprivileged):
    (unprivileged.data / "apikeyd.db").touch(mode=0o600)  # root's
    refuses(unprivileged, unprivileged.data)


def test_missing_directories_are_made(new_daemon):
    daemon = new_daemon()
    daemon.data.rmdir()
    daemon.runtime.rmdir()
    daemon.start()
    assert daemon.data.stat().st_mode & 0o777 == 0o700 and daemon.runtime.stat().st_mode & 0o777 == 0o755


def test_a_missing_directory_above_is_not_made(new_daemon):
    daemon = new_daemon()
    daemon.runtime = daemon.dir / "none" / "run"
    refuses(daemon, daemon.runtime)
    assert not daemon.runtime.parent.exists()


@pytest.mark.parametrize("directory", ["data", "runtime"])
def test_directory_is_a_file(new_daemon, directory):
    daemon = new_daemon()
    path = getattr(daemon, directory)
    path.rmdir()
    path.write_text("precious")
    done = daemon.run()
    assert done.returncode in SYSEXITS and str(path) in done.stderr
    assert path.read_text() == "precious"


def test_store_of_a_newer_version(stopped):
    with open_store(stopped.data) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("PRAGMA user_version = 9999")
    assert version >= 1
    refuses(stopped, "9999", version)


def overwrite(at, data):
    def change(path):
        with open(path, "r+b") as file:
            file.seek(at)
            file.write(data)

    return change


CORRUPTIONS = {
    "no database at all": lambda path: path.write_bytes(
        b"this is no database, but it is long enough\n" * 200
    ),
    "header": overwrite(0, b"\xff" * 100),
    "magic": overwrite(0, b"SQLite format 9\0"),
    "schema page": overwrite(100, b"\xff" * 900),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "cut in the first page": lambda path: os.truncate(path, 700),
    "someone else's database": lambda path: foreign(path),
}


def foreign(path):
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE theirs (x)")
    database.commit()
    database.close()


@pytest.mark.parametrize("corrupt", CORRUPTIONS.values(), ids=CORRUPTIONS)
def test_corrupt_store(stopped, corrupt):
    corrupt(stopped.data / "apikeyd.db")
    refuses(stopped, stopped.data / "apikeyd.db")
