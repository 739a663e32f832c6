"""What all black-box tests share: the build under test, a daemon of their own, clients for it."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from people import NOBODY
from rpc import HANG
from server import Daemon, FakeClock, poll


# A run in the background of a script is born with these ignored, and whatever it starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_addoption(parser):
    parser.addoption("--build", default="build", help="directory of the programs under test")


@pytest.fixture(scope="session")
def build(request):
    path = pathlib.Path(request.config.getoption("--build"))
    path = path if path.is_absolute() else request.config.invocation_params.dir / path
    assert (path / "apikeyd").exists(), f"no apikeyd in {path}: run make first"
    return path


@pytest.fixture(scope="session")
def sanitized(build):
    """Whether the build carries a sanitizer, under which memory and time say little."""
    program = (build / "apikeyd").read_bytes()
    return any(name in program for name in (b"__asan_init", b"__tsan_init"))


@pytest.fixture
def new_daemon(build):
    """Makes daemons that are not started yet; all of them are cleaned up, even when one of them fails at it."""
    with contextlib.ExitStack() as cleaning:

        def make(**settings):
            daemon = Daemon(build / "apikeyd")
            cleaning.callback(daemon.clean_up)
            for name, value in settings.items():
                assert hasattr(daemon, name)
                setattr(daemon, name, value)
            return daemon

        yield make


@pytest.fixture
def daemon(new_daemon):
    """A fresh daemon that serves."""
    return new_daemon().start()


@pytest.fixture
def unprivileged(new_daemon):
    """A daemon, not started, that would run as nobody; its directories are root's."""
    if os.getuid() != 0:
        pytest.skip("needs root to become someone else")
    daemon = new_daemon()
    daemon.dir.chmod(0o755)
    daemon.program = shutil.copy(daemon.program, daemon.dir / "apikeyd")  # reachable for nobody
    daemon.config_file.write_text("")
    daemon.prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    for path in (daemon.data, daemon.runtime, daemon.dir / "notify"):
        os.chown(path, NOBODY, NOBODY)
    return daemon


@pytest.fixture
def one_day():
    """What the test counts by the calendar (UTC) is of one day: near its end waits for the next."""
    poll(lambda: time.time() % 86400 < 86400 - HANG / 2, "midnight")


@pytest.fixture
def folding(new_daemon):
    """A daemon that folds what was used each second."""
    return new_daemon(config="usage_fold = 1\n").start()


@pytest.fixture(scope="module")
def module_daemon(build):
    """One daemon for all tests of a module, which must not depend on what the others left there."""
    daemon = Daemon(build / "apikeyd")
    try:
        yield daemon.start()
    finally:
        daemon.clean_up()


@pytest.fixture
def admin(daemon):
    return daemon.connect()


@pytest.fixture
def verifier(daemon):
    return daemon.connect_verify()


@pytest.fixture
def ctl(build, daemon):
    """Runs apikeyctl against the daemon: ctl("key", "list", input=…) gives the finished process."""

    def run(*args, input="", env=None, check=None):
        done = subprocess.run(
            [build / "apikeyctl", "--socket", daemon.socket, *args],
            input=input,
            capture_output=True,
            text=True,
            timeout=HANG,
            env=daemon.environment(**(env or {})),
        )
        assert check is None or done.returncode == check, done
        return done

    return run


@pytest.fixture
def fake_clock(build, sanitized):
    """fake_clock(daemon) gives a daemon, from its next start on, a clock that can be set."""
    if sanitized:
        pytest.skip("a sanitizer's runtime must be loaded first")
    library = (build / "tests/fake_clock.so").resolve()
    return lambda daemon: FakeClock(daemon, library)


@pytest.fixture
def stopped(daemon):
    """A daemon that holds 51 keys and is stopped; .made is the first, with its full key."""
    daemon.made = daemon.connect().call("key.create", name="demo")
    daemon.connect().pipeline([("key.create", {"name": f"k{n}"}) for n in range(50)])
    daemon.stop()
    return daemon
