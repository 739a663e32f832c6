"""Signals: reloading a good and a bad configuration, a stop that answers what is in flight."""

import pathlib
import re
import signal
import threading

import pytest

from rpc import Closed, RpcError
from server import poll


def test_sighup_takes_a_good_configuration(daemon):
    admin = daemon.connect()
    with pytest.raises(RpcError):
        admin.call("key.create", name="demo", env="staging")
    daemon.config = "environments = {live, staging}\n"
    daemon.reload()
    assert admin.call("key.create", name="demo", env="staging")["key"].startswith("ak_staging_")


@pytest.mark.parametrize("way", ["SIGHUP", "daemon.reload"])
def test_a_bad_configuration_is_refused_and_the_old_one_stays(new_daemon, way):
    daemon = new_daemon(config="environments = {live, old}\n").start()
    admin = daemon.connect()
    daemon.config_file.write_text('environments = {live, new}\nlog_level = "info"\nnonsense = 1\n')
    where = f"{daemon.config_file}:3:"
    if way == "SIGHUP":
        daemon.signal(signal.SIGHUP)
        poll(lambda: where in daemon.output(), "the refusal in the log")
    else:
        with pytest.raises(RpcError) as error:
            admin.call("daemon.reload")
        assert where in error.value.text
    with pytest.raises(RpcError):
        admin.call("key.create", name="demo", env="new")
    assert admin.call("key.create", name="demo", env="old")


def test_a_reload_keeps_the_workers_of_the_command_line(new_daemon):
    daemon = new_daemon(config="workers = 3\n", args=["--workers", "2"]).start()
    daemon.reload()
    assert "workers has changed" not in daemon.output()
    daemon.config = "workers = 4\n"
    daemon.args = []
    daemon.restart()
    daemon.config = "workers = 5\n"
    daemon.reload()
    assert "workers has changed; it takes effect at the next start" in daemon.output()


def test_a_change_far_into_a_long_list_is_told_of(new_daemon):
    rules = [f"uid {uid}: {'t' * 60}" for uid in range(1000, 1030)]
    daemon = new_daemon(config=f"verify_tenants = {{{', '.join(map(repr, rules))}}}\n").start()
    daemon.reload()
    assert "verify_tenants has changed" not in daemon.output()
    daemon.config = daemon.config.replace("uid 1029", "uid 1030")
    daemon.reload()
    assert "verify_tenants has changed; it takes effect at the next start" in daemon.output()


def test_reload_by_method(daemon):
    daemon.config_file.write_text("environments = {live, staging}\n")
    admin = daemon.connect()
    admin.call("daemon.reload")
    assert admin.call("key.create", name="demo", env="staging")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop(daemon, number):
    daemon.signal(number)
    daemon.wait_for("STOPPING=1")
    daemon.ended(0)
    assert not daemon.socket.exists() and not daemon.verify_socket.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_before_it_serves_is_not_lost(stopped, number):
    """From when the daemon has blocked the signals on it reads them, though its loop begins later."""
    stopped.launch()
    poll(lambda: blocks(stopped.pid, number), "the signals being blocked")
    stopped.signal(number)
    if number == signal.SIGHUP:
        for word in "READY=1", "RELOADING=1", "READY=1":
            stopped.wait_for(word)
        stopped.stop()
    else:
        stopped.ended(0)


def blocks(pid, number):
    mask = re.search(r"^SigBlk:\s+(\w+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]
    return int(mask, 16) >> (number - 1) & 1


@pytest.mark.parametrize("size", [1, 20, 200])
def test_sigterm_answers_what_is_in_flight(daemon, size):
    """Every change that was made was answered, and every answer arrives whole."""
    clients = [daemon.connect() for _ in range(4)]
    for client in clients:
        for n in range(size):
            client.start("key.create", name=f"k{n}")
    clients[0].reply(1)
    daemon.signal(signal.SIGTERM)
    answered = 1
    for client in clients:
        for message in client.until_closed():
            if message[2] is None:
                answered += 1
            else:
                assert message[2].startswith("unavailable: ")
    daemon.ended(0)
    daemon.start()
    assert daemon.connect().call("key.list")["total"] == answered


def test_sigterm_under_load(daemon):
    key = daemon.connect().call("key.create", name="demo")["key"]
    stop, wrong, served = threading.Event(), [], []

    def load():
        client = daemon.connect_verify()
        try:
            while not stop.is_set():
                results = client.pipeline([("verify", {"key": key})] * 32)
                wrong.extend(result for result in results if not result.get("valid"))
                served.append(len(results))
        except (Closed, OSError):
            pass

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        poll(lambda: len(served) > 50, "load")
        daemon.signal(signal.SIGTERM)
        daemon.ended(0)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_stop_with_open_idle_and_half_finished_clients(daemon):
    clients = [daemon.connect() for _ in range(10)]
    for client in clients[:5]:
        client.send(b"\x94\x00\x01")
    daemon.signal(signal.SIGTERM)
    daemon.ended(0)


def test_sigpipe_kills_nobody(daemon):
    for _ in range(20):
        client = daemon.connect()
        for _ in range(50):
            client.start("key.list")
        client.close()
    assert daemon.connect().call("ping")


def test_a_quiet_life_logs_no_warning(daemon):
    """A start, a little work and a stop are no reason for warnings."""
    daemon.connect().call("key.create", name="demo")
    daemon.stop()
    assert not re.search(r"\b(error|warning):", daemon.output())
