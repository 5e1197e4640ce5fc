"""`minivod serve` goes on when a part of it dies."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from minivod.cli.local_server import LocalServer, start_local_server

from .user import PATIENCE, alive, call, children, eventually, publish, upload, works


@pytest.fixture(scope="module")
def victim(open_directory: Path) -> Iterator[LocalServer]:
    """A server whose parts are killed; each test leaves it whole."""
    home = open_directory / "victim"
    home.mkdir(mode=0o755)
    with start_local_server(home / "data") as running:
        yield running


def replaced(server: LocalServer, name: str, old: int) -> bool:
    """Whether another process took the place of that one."""
    return not alive(old) and children(server.service.pid).get(name, old) != old


def test_the_socket_outlives_the_api(victim: LocalServer) -> None:
    api = children(victim.service.pid)["api"]
    host, port = victim.address.split(":")
    os.kill(api, signal.SIGKILL)
    eventually("the API is dead", lambda: not alive(api))
    with socket.create_connection(
        (host, int(port)), timeout=PATIENCE
    ) as waiting:  # nobody serves it, yet it is not refused
        waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert waiting.recv(12) == b"HTTP/1.1 200"
    assert replaced(victim, "api", api)
    assert works(victim)


def test_a_worker_is_replaced(victim: LocalServer) -> None:
    def ready() -> int:
        return victim.log.read_text(encoding="utf-8").count('"worker_ready"')

    eventually("the worker works", lambda: ready() == 1)
    worker = children(victim.service.pid)["worker"]
    os.kill(worker, signal.SIGKILL)
    eventually("another one works", lambda: ready() == 2)
    assert replaced(victim, "worker", worker)


def test_a_killed_database_comes_back_with_what_was_acknowledged(victim: LocalServer) -> None:
    file_id = upload(victim)
    postgres = children(victim.service.pid)["postgres"]
    os.kill(postgres, signal.SIGKILL)
    eventually("another PostgreSQL runs", lambda: replaced(victim, "postgres", postgres))
    eventually("requests are answered again", lambda: works(victim))
    found = call(victim, "DescribeMediaInfos", FileIds=[file_id])
    assert [media.FileId for media in found.MediaInfoSet] == [file_id]
    assert publish(victim, file_id).PublishResult == "Pass", "the worker, too, found the new one"
