"""`minivod serve` stops: by a signal everything in order, by a kill without anything left over."""

import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.cli.local_server import start_local_server
from minivod.media.sandbox import start_service

from ..databases import LayDatabase
from .user import PATIENCE, alive, call, code_of, connections, eventually, parts, tree, works

RECOVERED = ("was not properly shut down", "was interrupted", "redo starts")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_order(number: signal.Signals, home: Path, lay_database: LayDatabase) -> None:
    data = home / "data"
    lay_database(data)
    with start_local_server(data) as server, ThreadPoolExecutor() as pool:
        below = tree(server.service.pid)
        poll = pool.submit(call, server, "PullEvents")
        eventually("the long poll reaches the server", lambda: connections(server))
        os.kill(server.service.pid, number)
        assert poll.result(PATIENCE).EventSet == []
        assert server.service.wait(PATIENCE) == 0
        assert not [pid for pid in below if alive(pid)]
    log = (data / "postgres.log").read_text(encoding="utf-8")
    assert log.splitlines()[-1].endswith("database system is shut down")
    postgres = EmbeddedPostgres(data)
    postgres.start()
    postgres.stop()
    log = (data / "postgres.log").read_text(encoding="utf-8")
    assert not any(words in log for words in RECOVERED)


def test_after_a_kill_nothing_is_left_and_the_next_start_works(
    home: Path, lay_database: LayDatabase, unused_tcp_port: int
) -> None:
    data = home / "data"
    lay_database(data)
    lock = data / "postgres" / "postmaster.pid"
    same_port = {"MINIVOD_PORT": str(unused_tcp_port)}
    with start_local_server(data, same_port) as server, ThreadPoolExecutor() as pool:
        poll = pool.submit(code_of, server, "PullEvents")
        eventually("the long poll reaches the server", lambda: connections(server))
        key, below = (server.secret_id, server.secret_key), tree(server.service.pid)
        postgres = parts(server)["postgres"]
        kept = lock.read_text(encoding="utf-8")
        os.kill(server.service.pid, signal.SIGKILL)
        eventually("every child ends with its server", lambda: not [pid for pid in below if alive(pid)])
        assert poll.result(PATIENCE) == "unreachable"
    # The number of a dead PostgreSQL may be another program's by then.
    assert kept.startswith(f"{postgres}\n")
    lock.write_text(kept.replace(str(postgres), str(os.getpid()), 1), encoding="utf-8")
    with start_local_server(data, same_port) as again:
        assert works(again, key)


def test_a_signal_during_the_first_start(home: Path) -> None:
    data = home / "data"
    env = {"PATH": os.defpath, "MINIVOD_DATA_DIR": str(data), "MINIVOD_PORT": "0"}
    service = start_service([sys.executable, "-m", "minivod", "serve"], env=env)
    try:
        eventually("the database is made", (data / "postgres").exists)
        service.terminate(PATIENCE)
        assert service.wait() == 0
    finally:
        service.terminate(0)
    with start_local_server(data) as server:
        assert server.service.poll() is None
