"""`minivod api` and `minivod worker` apart, on one database and one store."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest

from minivod.cli.embedded_postgres import EmbeddedPostgres
from minivod.cli.local_server import LocalServer
from minivod.media.sandbox import Service, start_service

from ..databases import url_of
from .user import PATIENCE, call, eventually, minivod, publish, upload

PARTS = 4


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database in which nothing is yet."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("create database test_parts")
        yield url_of(postgres, "test_parts")
        connection.execute("drop database test_parts with (force)")


@contextmanager
def part(name: str, env: dict[str, str], log: Path) -> Iterator[Service]:
    """A part of the server until the block ends."""
    with log.open("ab") as out:
        service = start_service([sys.executable, "-m", "minivod", name], env=env, stdout=out, stderr=out)
    try:
        yield service
    finally:
        service.terminate(PATIENCE)


def test_two_apis_and_two_workers_start_at_once_and_share_everything(
    empty_database: str, home: Path, short_clip: Path, unused_tcp_port_factory: Callable[[], int]
) -> None:
    common = {
        "PATH": os.environ["PATH"],
        "MINIVOD_DATABASE_URL": empty_database,
        "MINIVOD_STORAGE_URL": (home / "objects").as_uri(),
    }
    ports = [unused_tcp_port_factory(), unused_tcp_port_factory()]
    with ExitStack() as stack:
        services = {}
        for number in range(PARTS):
            name = ("api", "worker")[number % 2]
            own = {"MINIVOD_DATA_DIR": str(home / f"data-{number}"), "MINIVOD_PORT": str(ports[number // 2])}
            services[number] = stack.enter_context(part(name, {**common, **own}, home / f"{number}.log"))
        made = minivod("keys", "create", "--database-url", empty_database)
        key = dict(line.split(": ") for line in made.stdout.splitlines())
        first, second = (
            LocalServer(f"http://127.0.0.1:{port}", key["SecretId"], key["SecretKey"], 0, services[0], home / "0.log")
            for port in ports
        )
        for server in (first, second):
            eventually("the API is ready", partial(_ready, server.url))
        file_id = upload(first, short_clip)
        assert publish(second, file_id).PublishResult == "Pass"
        assert call(first, "PullEvents").EventSet, "what one accepted, the other announces"
        assert [service.poll() for service in services.values()] == [None] * PARTS
    assert [service.poll() for service in services.values()] == [0] * PARTS
    for number in range(PARTS):
        assert "Traceback" not in (home / f"{number}.log").read_text(encoding="utf-8")


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_part_needs_a_database(name: str) -> None:
    missing = minivod(name)
    assert (missing.returncode, missing.stderr) == (
        2,
        "minivod: database_url is not set; `minivod serve` brings its own database, the single parts need one\n",
    )
    away = minivod(name, "--database-url", "postgresql://user:hunter2@127.0.0.1:1/name")
    assert away.returncode == 1
    assert away.stderr.startswith("minivod: the database does not answer; check database_url: connection failed")
    assert "hunter2" not in away.stderr


def test_a_database_that_never_answers() -> None:
    """It takes the connection and says nothing, like one behind a firewall; PGCONNECT_TIMEOUT shortens the wait."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://user@127.0.0.1:{silent.getsockname()[1]}/name"
        away = minivod("api", "--database-url", url, env={"PGCONNECT_TIMEOUT": "2"})
    assert away.returncode == 1
    assert away.stderr.startswith("minivod: the database does not answer; check database_url: connection timeout")


@pytest.mark.parametrize(
    ("name", "flag", "value", "words"),
    [
        ("serve", "--storage-url", "ftp://user:hunter2@host/x", "storage_url"),
        ("worker", "--review-thresholds", '{"Porn": [1]}', "review_thresholds"),
        ("api", "--database-url", "postgresql://user:hunter2@[host/name", "database_url"),
    ],
)
def test_a_wrong_value_stops_the_start(
    name: str, flag: str, value: str, words: str, home: Path, database_url: str
) -> None:
    env = {"MINIVOD_DATA_DIR": str(home / "data"), "MINIVOD_DATABASE_URL": database_url, "MINIVOD_PORT": "0"}
    refused = minivod(name, flag, value, env=env)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"minivod: the setting {words} ")
    assert len(refused.stderr.splitlines()) == 1
    assert "hunter2" not in refused.stderr
